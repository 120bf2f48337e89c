"""A comparison for other programs: comma-separated values for spreadsheets, LaTeX for papers."""

from __future__ import annotations

import csv
import io

from ftcli.compare.report import Comparison, Group, Table

_LATEX = {letter: f"\\{letter}" for letter in "&%$#_{}"} | {
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\\": r"\textbackslash{}",
}
_OF_GROUP = ("mean", "standard_deviation", "median", "worst", "best", "majority", "failures", "train_seconds")
_OF_AGAINST = (
    *("difference", "low", "high", "p_value", "adjusted_p_value", "verdict", "reason"),
    *("smallest_provable", "seeds_to_prove", "almost_stochastic_order"),
)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def as_csv(comparison: Comparison) -> str:
    """Return a line for each recipe of each task, under a line of headings; None is left empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["task", "split", "metric", "recipe", "runs", "scored", *_OF_GROUP, *_OF_AGAINST])
    for table in comparison.tables:
        for group in table.groups:
            of_group = [getattr(group, name) for name in _OF_GROUP]
            of_against = [getattr(group.against, name, None) for name in _OF_AGAINST]
            names = [_as_text(name or "") for name in (table.task, table.split, table.metric, group.label)]
            writer.writerow([*names, len(group.runs), len(group.scores), *of_group, *of_against])
    return text.getvalue()


def as_latex(comparison: Comparison) -> str:
    """Return a ``tabular`` of the package booktabs for each task."""
    return "\n".join(_tabular(table) for table in comparison.tables)


def _as_text(name: str) -> str:
    """Return a name that no spreadsheet takes for a formula."""
    return f"'{name}" if name.startswith(_FORMULA_STARTS) else name


def _tabular(table: Table) -> str:
    metric = _escaped(table.metric or "score")
    lines = [
        f"% {_commented(table.task)}, {table.split}; verdict: {table.test}, Holm-corrected",
        r"\begin{tabular}{lrrrrl}",
        r"\toprule",
        rf"recipe & runs & {metric} & worst & difference & verdict \\",
        r"\midrule",
        *(_row(group) for group in table.groups),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines) + "\n"


def _row(group: Group) -> str:
    spread = "" if group.standard_deviation is None else rf" \pm {group.standard_deviation:.3f}"
    score = "--" if group.mean is None else f"${group.mean:.3f}{spread}$"
    worst = "--" if group.worst is None else f"${group.worst:.3f}$"
    found = group.against
    difference = "" if found is None or found.difference is None else f"${found.difference:+.3f}$"
    if found and found.low is not None and found.high is not None:
        difference += f" $[{found.low:+.3f}, {found.high:+.3f}]$"
    verdict = found.verdict.value if found else ""
    return rf"{_escaped(group.label)} & {len(group.runs)} & {score} & {worst} & {difference} & {verdict} \\"


def _escaped(text: str) -> str:
    return "".join(_LATEX.get(letter, letter) for letter in " ".join(text.split()))


def _commented(text: str) -> str:
    return " ".join(text.split())
