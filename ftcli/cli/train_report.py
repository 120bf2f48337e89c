"""How ``ftcli train`` looks in the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from ftcli.baselines.verdict import no_better
from ftcli.cli.budget_report import show_budget
from ftcli.cli.console import err, out, safe
from ftcli.cli.progress import TrainingProgress
from ftcli.cli.scores import calibration_lines, interval, score_table
from ftcli.engine.observers import Entry, Observer
from ftcli.engine.speed import Speed
from ftcli.engine.whole_table import looking_at_whole_table
from ftcli.runs.status import CHOSEN_EPOCHS
from ftcli.settings.train import TrainSettings
from ftcli.trainings.single import TrainResult
from ftcli.wording import as_typed, counted

if TYPE_CHECKING:
    from ftcli.engine.plan import Plan
    from ftcli.engine.summary import GroupSummary, PlanSummary

_LONG_WAIT = 0.1
"""What part of the time a thread has to wait for a core to be told of."""


class Progress(Observer):
    """A progress bar on stderr, and a line for each evaluation."""

    def __init__(self, settings: TrainSettings) -> None:
        self._settings = settings
        self._bar = TrainingProgress("loss {task.fields[loss]}")

    def begin(self, plan: Plan, metric: str) -> None:
        """Say what is about to be trained, and show the bar."""
        err.print(f"{what_is_trained(self._settings)}, seed {self._settings.seed}")
        self._metric = metric
        self._task = self._bar.add_task("training", total=plan.steps, loss="-")
        self._bar.start()

    def step(self, number: int) -> None:
        """Move the bar on."""
        self._bar.update(self._task, completed=number)

    def record(self, entry: Entry) -> None:
        """Show the loss, or the scores after an epoch."""
        if entry.split == "train":
            self._bar.update(self._task, loss=f"{entry.loss:.4f}")
            return
        score = f"{self._metric} {entry.metrics[self._metric]:.4f}"
        self._bar.console.print(f"epoch {entry.epoch:g}  {entry.split} loss {entry.loss:.4f}  {score}")

    def notice(self, text: str) -> None:
        """Say it."""
        self._bar.console.print(safe(text))

    def end(self) -> None:
        """Take the bar away."""
        self._bar.stop()


def what_is_trained(settings: TrainSettings) -> str:
    """Say what is about to be trained, on what and with which techniques."""
    names = settings.recipe().distinctive_names
    what = settings.task or settings.task_file or settings.train_file
    how = " + ".join(names) if names else "no technique"
    looking = looking_at_whole_table(settings.recipe(), settings)
    if settings.compact_vocabulary and looking:
        how += f" (trains the whole embedding table, as {' and '.join(looking)} must)"
    return f"Fine-tuning [bold]{safe(settings.model)}[/] on [bold]{safe(what)}[/] with {how}"


def show_result(result: TrainResult) -> None:
    """Say what was learned, where it lies, and what to type next."""
    evaluation, trained = result.trained.evaluation, result.trained
    kept = f" ({trained.kept})" if trained.last or trained.kept in ("best epoch", "average") else ""
    examples = counted(evaluation.examples, "example", "examples")
    out.print(f"\n[bold]{safe(evaluation.task)}[/], {evaluation.split} set of {examples}{kept}:")
    out.print(score_table(evaluation, trained.last))
    out.print(interval(evaluation))
    if beaten := no_better(evaluation):
        out.print(f"[yellow]{beaten}[/]", soft_wrap=True)
    if trained.kept in CHOSEN_EPOCHS and trained.selected_on == evaluation.split:
        out.print("[dim]The epoch was chosen on this same set, which flatters a little; see --select-fraction.[/]")
    for line in calibration_lines(trained.calibration) if trained.calibration else ():
        out.print(line, soft_wrap=True)
    if trained.collapsed:
        out.print("[yellow]The model gives every example the same label: the run has collapsed.[/]")
    steps = counted(trained.steps, "step", "steps")
    out.print(f"Trained {steps} in {trained.train_seconds:.1f} s: {speed_in_words(trained.speed)}")
    out.print(f"The run lies in [bold]{safe(result.run.path)}[/]")
    tell_of_traces([result.run.trace])
    again = "[cyan]ftcli eval[/] judges it again, " if result.run.model.is_dir() else ""
    out.print(f"Next: {again}[cyan]ftcli compare runs[/] puts runs side by side,")
    out.print("      [cyan]tensorboard --logdir runs[/] shows its curves.")


def tell_of_traces(traces: Sequence[Path]) -> None:
    """Say where the traces of steps are that there are, and what shows them."""
    found = [str(trace) for trace in traces if trace.exists()]
    if found:
        whose = "Its trace" if len(found) == 1 else "Their traces"
        out.print(f"{whose} of a few steps, for chrome://tracing or Perfetto: {safe(', '.join(found))}", soft_wrap=True)


def speed_in_words(speed: Speed) -> str:
    """Say how fast a training went and what held it back."""
    spent = ", ".join(f"{work} {share:.0%}" for work, share in speed.shares.items() if share >= 0.005)
    told = (
        f"{speed.examples_per_second:,.0f} examples and {speed.tokens_per_second:,.0f} tokens a second of its "
        f"steps; {1 - speed.padding_efficiency:.0%} of a batch was padding; time spent: {spent}"
    )
    if speed.waited < _LONG_WAIT:
        return told
    return f"{told}; a thread waited for a free core {speed.waited:.0%} of the time (docs/speed.md)"


def show_plan(summary: PlanSummary, guessed: Collection[str] = ()) -> None:
    """Show what ``--dry-run`` found out: what it takes first, then what is done.

    ``guessed`` names the settings that the data's files decided, which has been told.
    """
    show_budget(summary.budget)
    if summary.race is not None:
        epochs = ", ".join(f"{each:g}" for each in summary.race.pauses) or "no epoch, for there is one evaluation"
        share = summary.race.share_of_steps
        out.print(f"The race: half of the seeds stop after epoch {epochs}, so that it takes {share:.0%} of the steps")
    sizes = ", ".join(f"{name} {size:,}" for name, size in summary.examples.items())
    out.print(f"Examples: {sizes}")
    out.print(
        f"Steps: {summary.steps:,}, of which {summary.warmup_steps:,} warm up; {summary.steps_per_epoch:,} an epoch"
    )
    for note in summary.notes:
        out.print(f"[yellow]Note:[/] {note}", soft_wrap=True)
    out.print(f"Padding efficiency: {summary.padding_efficiency:.1%} of the tokens in a batch are text")
    out.print(f"Vocabulary: {summary.trained_vocabulary:,} of {summary.vocabulary:,} rows are in use and trained")
    settings = Table("setting", "value", title="Settings other than the defaults", title_justify="left")
    defaults = TrainSettings().model_dump(mode="json")
    for name, value in summary.settings.items():
        if not isinstance(value, dict) and value != defaults.get(name) and name not in {"strategy", *guessed}:
            settings.add_row(name, safe(as_typed(value)))
    recipe = Table("strategy", "options", "what it does", title="Recipe, in order", title_justify="left")
    for strategy in summary.recipe:
        options = ", ".join(
            f"{name}={as_typed(value)}" for name, value in strategy.options.items() if value is not None
        )
        recipe.add_row(strategy.name, options, strategy.title)
    out.print(settings)
    out.print(recipe)
    _show_groups(summary.groups)


def _show_groups(summaries: Sequence[GroupSummary]) -> None:
    """Show the parameter groups in a table; in a line where all have the same rate."""
    rates = {group.peak_lr for group in summaries}
    if len(rates) == 1:
        decays: Counter[float] = Counter()
        for group in summaries:
            decays[group.weight_decay] += group.parameters
        decayed = ", ".join(f"{decay:g} on {parameters:,}" for decay, parameters in decays.items())
        out.print(f"Parameters: all at a peak rate of {rates.pop():.3g}; weight decay {decayed}", soft_wrap=True)
        return
    groups = Table("group", title="Parameter groups", title_justify="left")
    for heading in ("parameters", "peak rate", "weight decay"):
        groups.add_column(heading, justify="right")
    for group in summaries:
        groups.add_row(group.name, f"{group.parameters:,}", f"{group.peak_lr:.3g}", f"{group.weight_decay:g}")
    out.print(groups)
