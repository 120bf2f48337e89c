"""The plots of the benchmarks."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any


def draw(report: dict[str, Any], place: Path) -> None:
    """Draw bars of examples a second, one for each subject, as SVG."""
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


def draw_seeds(report: dict[str, Any], place: Path) -> None:
    """Draw what one more seed costs: seconds of a thousand steps of so many seeds together, as SVG."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    numbers = {int(seeds): int(seeds) / found["steps_per_second"] for seeds, found in report["seeds"].items()}
    figure, axes = pyplot.subplots(figsize=(5, 2.8), layout="constrained")
    axes.plot(list(numbers), [1000 * seconds for seconds in numbers.values()], "o-", color="#1f6f8b")
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(list(numbers), [str(seeds) for seeds in numbers])
    axes.set_xlabel("seeds trained together")
    axes.set_ylabel("seconds of 1,000 steps")
    axes.set_title(f"{report['machine']['device']}, batch 16", loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(place, metadata={"Date": None})


def draw_differences(found: list[tuple[str, str, tuple[float, float, float]]], place: Path) -> None:
    """Draw each technique's difference to the baseline with its interval, a panel for each task, as SVG."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    tasks = list(dict.fromkeys(task for task, _, _ in found))
    names = list(dict.fromkeys(recipe for _, recipe, _ in found))
    figure, panels = pyplot.subplots(
        1,
        len(tasks),
        figsize=(3.2 * len(tasks) + 1, 0.32 * len(names) + 1),
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for task, axes in zip(tasks, panels[0], strict=True):
        for recipe, (middle, low, high) in ((recipe, line) for each, recipe, line in found if each == task):
            colour = "#1f6f8b" if low > 0 else "#b3541e" if high < 0 else "#8a9097"
            height = len(names) - names.index(recipe)
            axes.plot([low, high], [height, height], color=colour)
            axes.plot(middle, height, "o", color=colour)
        axes.axvline(0, color="black", linewidth=0.8)
        axes.set_title(task, loc="left")
        axes.set_yticks([len(names) - number for number in range(len(names))], names)
        axes.spines[["top", "right", "left"]].set_visible(False)
    figure.supxlabel("difference to the baseline, with its 95 % interval")
    figure.savefig(place, metadata={"Date": None})
