"""Bars of examples a second, one for each subject."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any


def draw(report: dict[str, Any], place: Path) -> None:
    """Write the plot as SVG."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    rates = {
        name: [turn[name]["examples_per_second"] for turn in report["turns"]]
        for name in report["turns"][0]
        if "examples_per_second" in report["turns"][0][name]
    }
    names = sorted(rates, key=lambda name: statistics.median(rates[name]))
    middle = [statistics.median(rates[name]) for name in names]
    spread = [
        [value - min(rates[name]) for name, value in zip(names, middle, strict=True)],
        [max(rates[name]) - value for name, value in zip(names, middle, strict=True)],
    ]
    figure, axes = pyplot.subplots(figsize=(7, 2.6), layout="constrained")
    colours = ["#1f6f8b" if name.startswith("ftcli") else "#b0b7bd" for name in names]
    axes.bar_label(axes.barh(names, middle, xerr=spread, color=colours), fmt="%.0f", padding=6)
    job = report["job"]
    axes.set_title(
        f"{job['task']}, batch {job['batch_size']}, {report['machine']['threads']} processor threads", loc="left"
    )
    axes.set_xlabel("examples a second while training (median, lowest, highest)")
    axes.margins(x=0.12)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(place, metadata={"Date": None})
