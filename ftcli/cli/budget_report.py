"""How a budget looks in the terminal."""

from __future__ import annotations

from rich.filesize import decimal

from ftcli.cli.console import out
from ftcli.engine.budget import Budget
from ftcli.wording import duration


def show_budget(budget: Budget) -> None:
    """Say what all seeds would take, and that these are estimates."""
    seeds = f" for {budget.seeds} runs, {budget.side_by_side} at a time" if budget.seeds > 1 else ""
    memory = "unknown" if budget.memory_bytes is None else decimal(budget.memory_bytes)
    out.print(f"Estimates from {budget.measured_steps} steps that were tried{seeds}:")
    out.print(f"  time    about {duration(budget.seconds)}" + (_a_run(budget) if budget.seeds > 1 else ""))
    out.print(f"  memory  about {memory}")
    if budget.micro_batch is not None:
        out.print(f"          a batch does not fit: {budget.micro_batch} examples at a time")
    disk, before = decimal(budget.disk_bytes), decimal(budget.disk_while_running_bytes)
    out.print(f"  disk    about {disk}, with checkpoints up to {before} before it is finished")


def _a_run(budget: Budget) -> str:
    return f", {duration(budget.seconds_a_seed)} a run"
