"""How ``ftcli train --seeds`` looks in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from ftcli.cli.console import err, out, safe
from ftcli.cli.progress import TrainingProgress
from ftcli.cli.scores import number
from ftcli.cli.train_report import speed_in_words, tell_of_traces
from ftcli.compare.statistics import mean
from ftcli.engine.observers import Entry
from ftcli.engine.speed import mean_speed
from ftcli.errors import FtcliError, PausedError
from ftcli.runs.evaluation import Evaluation
from ftcli.runs.race import RaceSummary
from ftcli.settings.train import Differing
from ftcli.trainings.observer import StudyObserver
from ftcli.trainings.outcome import Dropped, Outcome, StudyResult
from ftcli.wording import command, counted

_WAYS = {
    "eager": "one after the other",
    "processes": "in processes side by side",
    "vmap": "all in the same steps",
    "graph": "one after the other, their steps replayed",
}


class StudyProgress(StudyObserver):
    """A progress bar over the steps of all runs on stderr, and a line for each run that ends."""

    def __init__(self, announce: str, unit: Differing = "seed") -> None:
        self._announce, self._unit = announce, unit
        self._done: dict[int, int] = {}
        self._steps = 0
        self._bar = TrainingProgress("{task.fields[runs]}")

    def begin(self, numbers: Sequence[int], executor: str) -> None:
        """Say what is about to be trained, and show the bar."""
        if numbers:
            how = f" {_WAYS[executor]}" if len(numbers) > 1 else ""
            err.print(f"{self._announce}, {counted(len(numbers), self._unit, f'{self._unit}s')}{how}")
        else:
            err.print("All runs of this study are there already: nothing is trained.")
        self._runs_in_all, self._ended = len(numbers), 0
        self._task = self._bar.add_task("training", total=None, runs=self._standing())
        self._bar.start()

    def about_data(self, text: str) -> None:
        """Say it."""
        err.print(safe(text))

    def begin_run(self, number: int, steps: int, metric: str) -> None:
        """Learn how many steps there are."""
        self._steps = steps
        self._bar.update(self._task, total=steps * self._runs_in_all)

    def record(self, number: int, entry: Entry) -> None:
        """Move the bar on."""
        self._done[number] = entry.step
        self._bar.update(self._task, completed=sum(self._done.values()))

    def notice(self, number: int, text: str) -> None:
        """Say it."""
        self._bar.console.print(f"{self._unit} {number}  {safe(text)}")

    def end_run(self, outcome: Outcome) -> None:
        """Say how a run ended."""
        if isinstance(outcome.result, PausedError):
            return
        self._ended += 1
        self._bar.update(self._task, runs=self._standing())
        if isinstance(outcome.result, Dropped):
            self._done[outcome.number] = self._steps
            self._bar.console.print(f"{outcome.name}  {safe(outcome.result.reason)}", soft_wrap=True)
            return
        if isinstance(outcome.result, FtcliError):
            self._bar.console.print(f"{outcome.name}  [red]{safe(outcome.result.message)}[/]")
            return
        evaluation = outcome.result.trained.evaluation
        self._bar.console.print(f"{outcome.name}  {evaluation.metric} {number(evaluation.score)}")

    def end(self) -> None:
        """Take the bar away."""
        self._bar.stop()

    def _standing(self) -> str:
        return f"{self._ended} of {counted(self._runs_in_all, 'run', 'runs')} done"


def show_study(result: StudyResult) -> None:
    """Show the score of each run, their mean and spread, and what to type next."""
    finished, unit = result.finished, result.outcomes[0].unit
    if finished:
        first = finished[0].trained.evaluation
        examples = sum(each.trained.evaluation.examples for each in finished)
        judged = f"{first.split} set of {counted(first.examples, 'example', 'examples')}"
        held_out = f"{len(finished)} folds, {examples} examples held out in all"
        out.print(f"\n[bold]{safe(first.task)}[/], {held_out if unit == 'fold' else judged}:")
    table = Table(unit)
    for heading in (finished[0].trained.evaluation.metric if finished else "score", "loss", "seconds"):
        table.add_column(heading, justify="right")
    for outcome in result.outcomes:
        if isinstance(outcome.result, FtcliError):
            table.add_row(str(outcome.number), "failed", "-", "-")
            continue
        if isinstance(outcome.result, Dropped):
            table.add_row(str(outcome.number), f"stopped after epoch {outcome.result.lap.epoch:g}", "-", "-")
            continue
        trained = outcome.result.trained
        mark = " (collapsed)" if trained.collapsed else ""
        score = number(trained.evaluation.score) + mark
        table.add_row(str(outcome.number), score, number(trained.evaluation.loss), f"{trained.train_seconds:.1f}")
    out.print(table)
    if result.race is not None:
        _show_race(result.race)
    elif result.std is not None:
        out.print(f"mean {number(result.mean)}, standard deviation {number(result.std)} over the {unit}s")
    if finished:
        out.print(f"Beside them: {_baselines([each.trained.evaluation for each in finished])}")
        _show_speed(result, unit)
    if result.soup is not None:
        evaluation, seeds = result.soup.evaluation, ", ".join(map(str, result.soup.seeds))
        out.print(f"Their average, of seeds {seeds}: {evaluation.metric} [bold]{number(evaluation.score)}[/] (soup/)")
    out.print(f"The runs lie in [bold]{safe(result.path)}[/]")
    tell_of_traces([each.run.trace for each in finished])
    out.print(f"Next: [cyan]{safe(command('compare', result.path.parent))}[/] puts them beside other recipes.")


def _show_speed(result: StudyResult, unit: str) -> None:
    if result.seconds is not None:
        how = f", the {unit}s {_WAYS[result.executor]}" if len(result.outcomes) > 1 else ""
        out.print(f"It took {result.seconds:.1f} s in all{how}.")
    speed = mean_speed([each.trained.speed for each in result.finished])
    out.print(f"Each trained for {speed.seconds:.1f} s on average: {speed_in_words(speed)}")


def _baselines(evaluations: Sequence[Evaluation]) -> str:
    """Give the mean score of each baseline: folds have each their own."""
    names = dict.fromkeys(name for each in evaluations for name in each.baselines)
    means = {name: mean(each.baselines.get(name, {}).get(each.metric) for each in evaluations) for name in names}
    return ", ".join(f"{name} {number(value)}" for name, value in means.items())


def _show_race(race: RaceSummary) -> None:
    out.print(f"The race: {race.cost}.", soft_wrap=True)
    if race.winner is not None:
        out.print(f"Seed [bold]{race.winner}[/] scored best on {race.selected_on}.")
    out.print(f"[yellow]Note:[/] {race.caution}", soft_wrap=True)
