"""How what is wrong with data looks in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from ftcli.api.checking import CheckResult
from ftcli.checks.finding import Finding, Severity
from ftcli.cli import curve_report
from ftcli.cli.console import out, safe
from ftcli.cli.scores import number
from ftcli.wording import counted

_BASELINES = {"majority": "a constant answer", "linear": "TF-IDF and a linear model"}
_SHOWN = {Severity.ERROR: "[bold red]Error[/]", Severity.WARNING: "[yellow]Warning[/]"}


def show(result: CheckResult) -> None:
    """Show the data's sizes, then each finding with its rows and what to do."""
    for name, size in result.examples.items():
        shares = _shares(result.labels.get(name, {}), size, result.unlabelled.get(name, 0))
        out.print(f"{name}: {counted(size, 'example', 'examples')}{shares}", soft_wrap=True)
    for finding in result.findings:
        where = f" [dim]{safe(finding.where)}[/]" if finding.where else ""
        out.print(f"{_SHOWN[finding.severity]} {safe(finding.message)}{where}", soft_wrap=True)
        out.print(f"  {safe(finding.hint)}", soft_wrap=True)
    for what in result.looked.left_out:
        out.print(f"[dim]Left out: {safe(what)}.[/]", soft_wrap=True)
    out.print(summary(result.findings))
    if result.baselines and result.looked.dataset:
        metric = result.looked.dataset.metric
        found = ", ".join(f"{_BASELINES[name]} {number(scores[metric])}" for name, scores in result.baselines.items())
        out.print(f"On dev an encoder has to beat, by {metric}: {found}", soft_wrap=True)
    if result.curve:
        curve_report.show(result.curve)


def summary(findings: Sequence[Finding]) -> str:
    """Say how many errors and warnings there are."""
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    return f"{_number(errors, 'error')}, {_number(len(findings) - errors, 'warning')}"


def _shares(counts: dict[str, int], examples: int, unlabelled: int) -> str:
    """Say which share of the examples has which label, and how many have none of those they could have."""
    if not any(counts.values()):
        return ""
    largest = sorted(counts.items(), key=lambda item: -item[1])[:10]
    more = f" and {len(counts) - 10} more" if len(counts) > 10 else ""
    none = f"; {unlabelled:,} have no label" if unlabelled else ""
    return ": " + ", ".join(f"{safe(name)} {count / examples:.0%}" for name, count in largest) + more + none


def _number(count: int, what: str) -> str:
    return counted(count, what, f"{what}s") if count else f"no {what}s"
