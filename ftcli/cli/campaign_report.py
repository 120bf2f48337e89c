"""How several studies of one command look in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ftcli.checks.finding import findings_as_json
from ftcli.cli import compare_report
from ftcli.cli.budget_report import show_budget
from ftcli.cli.console import out, safe
from ftcli.compare.report import Comparison
from ftcli.engine.budget import Budget, together
from ftcli.trainings.campaign import CampaignResult, Variant
from ftcli.wording import command, duration


def show_plan(variants: Sequence[Variant], budgets: Sequence[Budget]) -> None:
    """Show which studies there would be, and what they take."""
    plan = plan_as_json(variants, budgets)
    out.print(f"{len(variants)} studies, {plan['runs']} runs in all:")
    for each in plan["studies"]:
        unit = "folds" if "folds" in each else "seeds"
        out.print(f"  {safe(each['name'])}: {len(each[unit])} {unit}, {duration(each['budget']['seconds'])}")
    show_budget(together(budgets))
    out.print("Nothing was trained. A single study shows its plan in full: leave out --ablate and lists of values.")


def plan_as_json(variants: Sequence[Variant], budgets: Sequence[Budget]) -> dict[str, Any]:
    """Return what ``ftcli train --dry-run --json`` prints of several studies."""
    studies = [
        {
            "name": each.name,
            "strategies": list(each.settings.recipe().distinctive_names),
            f"{each.settings.differing}s": list(each.settings.numbers),
            "budget": asdict(budget),
        }
        for each, budget in zip(variants, budgets, strict=True)
    ]
    runs = sum(len(each.settings.numbers) for each in variants)
    return {"studies": studies, "runs": runs, "budget": asdict(together(budgets))}


def show(result: CampaignResult, comparison: Comparison, searched: Sequence[str]) -> None:
    """Show the comparison, and how to see it again."""
    compare_report.show(comparison)
    again = command("compare", result.path, *(["--tuned", ",".join(searched)] if searched else []))
    out.print(f"The studies lie in [bold]{safe(result.path)}[/]")
    out.print(f"Next: [cyan]{safe(again)}[/] shows this again.")


def as_json(result: CampaignResult, comparison: Comparison) -> dict[str, Any]:
    """Return what ``ftcli train --json`` prints of several studies."""
    return {
        "studies_in": str(result.path),
        "studies": [study.as_json() for study in result.studies],
        "data_warnings": findings_as_json(result.warnings),
        "comparison": comparison.model_dump(mode="json"),
    }
