"""A comparison as one HTML file, which needs no network and no other file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ftcli.compare.report import Comparison, Group, Table
from ftcli.page.charts import best_of, curves, differences, reliability, strip_plot
from ftcli.page.evidence import Evidence, gather
from ftcli.page.examples import MOST, Example, always_wrong, disagreed
from ftcli.page.numbers import Numbers, of_best, of_curves, of_reliability, of_runs
from ftcli.page.svg import colour

Texts = Mapping[str, Mapping[str, str]]


def render(comparison: Comparison, texts: Texts) -> str:
    """Return the page.

    Args:
        comparison: what it shows.
        texts: the texts of the examples by their ids, for each task, as far as they are known.

    Raises:
        RunError: a file of a run is damaged.
    """
    environment = Environment(
        loader=PackageLoader("ftcli.page", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": _number, "signed": _signed, "percent": "{:.0%}".format, "time": _time}
    template = environment.get_template("report.html.j2")
    return template.render(
        sections=[_Section.of(table, texts.get(table.task, {})) for table in comparison.tables],
        notes=comparison.notes,
        style=_own_file("report.css"),
        script=_own_file("report.js"),
        most=MOST,
        colour=colour,
    )


@dataclass(frozen=True)
class _Section:
    """What the template shows of one task."""

    table: Table
    evidence: list[Evidence]
    charts: dict[str, Markup]
    numbers: dict[str, Numbers]
    disagreed: list[Example]
    always_wrong: list[Example]

    @classmethod
    def of(cls, table: Table, texts: Mapping[str, str]) -> _Section:
        evidence = gather(table)
        metric = table.metric or "score"
        majority = next((group.majority for group in table.groups if group.majority is not None), None)
        charts = {
            "differences": differences(table.groups, metric),
            "best_of": best_of(table.groups, metric),
            "strip": strip_plot(evidence, metric, majority),
            "score": curves([(i, each.score) for i, each in enumerate(evidence) if each.score], metric),
            "loss": curves([(i, each.loss) for i, each in enumerate(evidence) if each.loss], "loss"),
            "reliability": reliability(evidence),
        }
        numbers = {
            "best_of": of_best(table.groups, metric),
            "strip": of_runs(table.groups, metric),
            "score": of_curves([(each.group.label, each.score) for each in evidence], metric),
            "loss": of_curves([(each.group.label, each.loss) for each in evidence], "loss"),
            "reliability": of_reliability(evidence),
        }
        return cls(table, evidence, charts, numbers, disagreed(evidence, texts), always_wrong(evidence, texts))

    @property
    def judged(self) -> list[Group]:
        """The recipes whose answers are known."""
        return [each.group for each in self.evidence if each.judged]

    @property
    def confused(self) -> list[Evidence]:
        """The recipes with a confusion matrix."""
        return [each for each in self.evidence if each.confusion is not None]

    @property
    def work(self) -> list[str]:
        """The kinds of work that time went into."""
        return list(dict.fromkeys(name for each in self.evidence if each.times for name in each.times.shares))

    @property
    def has_majority(self) -> bool:
        """Whether the majority baseline's score is known."""
        return any(group.majority is not None for group in self.table.groups)

    @property
    def settings(self) -> list[str]:
        """The settings that differ."""
        return list(dict.fromkeys(key for group in self.table.groups for key in group.settings))


def _own_file(name: str) -> Markup:
    return Markup((resources.files("ftcli.page") / name).read_text(encoding="utf-8"))  # noqa: S704 - our own text


def _number(value: Any) -> str:
    return "–" if value is None else f"{value:.4f}"


def _signed(value: Any) -> str:
    return "–" if value is None else f"{value:+.4f}"


def _time(seconds: float | None) -> str:
    """Return seconds, or minutes and hours where they are many.

    >>> _time(7.25), _time(90), _time(3700), _time(None)
    ('7.2 s', '1 min 30 s', '1 h 01 min', '–')
    """
    if seconds is None:
        return "–"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"
