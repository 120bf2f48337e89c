"""A comparison as one HTML file, which needs no network and no other file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ftcli.compare.report import Comparison, Group, Table
from ftcli.page.charts import COLOURS, curves, reliability, strip_plot
from ftcli.page.evidence import Evidence, gather
from ftcli.page.examples import MOST, Example, always_wrong, disagreed

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
    environment.filters |= {"number": _number, "signed": _signed, "percent": lambda share: f"{share:.0%}"}
    template = environment.get_template("report.html.j2")
    return template.render(
        sections=[_Section.of(table, texts.get(table.task, {})) for table in comparison.tables],
        notes=comparison.notes,
        style=_own_file("report.css"),
        script=_own_file("report.js"),
        most=MOST,
        colours=COLOURS,
    )


@dataclass(frozen=True)
class _Section:
    """What the template shows of one task."""

    table: Table
    evidence: list[Evidence]
    charts: dict[str, Markup]
    disagreed: list[Example]
    always_wrong: list[Example]

    @classmethod
    def of(cls, table: Table, texts: Mapping[str, str]) -> _Section:
        evidence = gather(table)
        metric = table.metric or "score"
        majority = next((group.majority for group in table.groups if group.majority is not None), None)
        charts = {
            "strip": strip_plot(evidence, metric, majority),
            "score": curves([(i, each.score) for i, each in enumerate(evidence) if each.score], metric),
            "loss": curves([(i, each.loss) for i, each in enumerate(evidence) if each.loss], "loss"),
            "reliability": reliability(evidence),
        }
        return cls(table, evidence, charts, disagreed(evidence, texts), always_wrong(evidence, texts))

    @property
    def judged(self) -> list[Group]:
        """The recipes whose answers are known."""
        return [each.group for each in self.evidence if each.judged]

    @property
    def confused(self) -> list[Evidence]:
        """The recipes with a confusion matrix."""
        return [each for each in self.evidence if each.confusion is not None]

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
