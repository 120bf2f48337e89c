"""``ftcli train``: Fine-tune a model on a task, or on files of your own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ftcli.cli.console import err, errors_shown, print_json, safe
from ftcli.cli.options import Option, with_parameters
from ftcli.cli.suggesting import Suggesting
from ftcli.cli.train_options import core_options, parameters, settings_of_all, strategy_options, tuned
from ftcli.errors import UsageError
from ftcli.runs.folder import RunFolder
from ftcli.settings.layers import environment, option_name
from ftcli.settings.train import TrainSettings

if TYPE_CHECKING:
    from ftcli.engine.observers import Observer
    from ftcli.trainings.observer import StudyObserver
    from ftcli.trainings.outcome import StudyResult
    from ftcli.trainings.single import TrainResult

ORDER = 20
RUNS_DIR = "option__runs_dir"


def register(app: typer.Typer) -> None:
    """Add the command, with an option for each setting and a flag for each strategy."""
    core, of_strategies = core_options(), strategy_options()
    options = [*core, *of_strategies]

    def train(*, resume: str | None, **given: Any) -> None:
        as_json = bool(given["json"])
        with errors_shown(as_json=as_json):
            if resume is None:
                run_train(given, options)
            else:
                run_resume(resume, given, options)

    app.command(cls=Suggesting)(with_parameters(train, parameters(core, of_strategies), TrainSettings))


def run_train(given: dict[str, Any], options: list[Option]) -> None:
    """Resolve the settings, train (or show the plan), and report."""
    from ftcli import api
    from ftcli.cli import train_report as report
    from ftcli.cli.reading_report import settle

    as_json = bool(given["json"])
    found = settings_of_all(given, options)
    # The points of a grid differ in numbers alone: all read the same files.
    of_files = settle(found[0][1], as_json=as_json)
    guessed = of_files.keys() - found[0][1].model_fields_set
    found = [(name, settings.model_copy(update=of_files)) for name, settings in found]
    settings = found[0][1]
    if len(found) > 1 or settings.ablate:
        run_campaign(found, tuned(given, options), as_json=as_json, dry_run=bool(given["dry_run"]))
    elif given["dry_run"]:
        summary = api.plan(settings, None if as_json else _tell, like=_recorded(given["config"]))
        print_json(summary.as_json()) if as_json else report.show_plan(summary, guessed)
    elif settings.differing is not None:
        _show_study(api.train_study(settings, _study_observer(settings, as_json)), as_json=as_json)
    else:
        _show_run(api.train(settings, _observers(settings, as_json), like=_recorded(given["config"])), as_json=as_json)


def run_campaign(found: list[tuple[str, TrainSettings]], searched: list[str], *, as_json: bool, dry_run: bool) -> None:
    """Train a study for each point of the grid and each ablation, and compare them."""
    from ftcli import api
    from ftcli.cli import campaign_report as report
    from ftcli.settings.compare import CompareSettings
    from ftcli.trainings.campaign import ablated, variant

    variants = [
        variant(each, point)
        for point, settings in found
        for each in (ablated(settings) if settings.ablate else [settings])
    ]
    if dry_run:
        budgets = api.plan_campaign(variants, None if as_json else _tell)
        print_json(report.plan_as_json(variants, budgets)) if as_json else report.show_plan(variants, budgets)
        return
    result = api.train_campaign(variants, lambda study: _study_observer(study.settings, as_json, study.name))
    comparison = api.compare(CompareSettings(paths=[result.path], tuned=",".join(searched) or None))
    print_json(report.as_json(result, comparison)) if as_json else report.show(result, comparison, searched)
    if not result.is_whole:
        raise typer.Exit(1)


def run_resume(reference: str, given: dict[str, Any], options: list[Option]) -> None:
    """Go on with a run or a study.

    Raises:
        UsageError: there are other options, which it can't follow.
    """
    own = {"json", RUNS_DIR}
    others = [name for name, value in given.items() if name not in own and value not in (None, False, [])]
    if others:
        named = {option.parameter: option_name(option.path) for option in options}
        shown = named.get(others[0], "--" + others[0].removeprefix("use_").replace("_", "-"))
        raise UsageError(
            f"{'the task' if others[0] == 'task' else shown} does not go with --resume",
            hint="A run goes on with the settings that it was started with: leave it out.",
        )
    from ftcli import api

    as_json = bool(given["json"])
    runs_dir = given[RUNS_DIR] or environment(TrainSettings).values.get("runs_dir")
    found = api.find_resumable(reference, Path(runs_dir or TrainSettings.model_fields["runs_dir"].default))
    if not as_json and (found.is_study or not RunFolder(found.path).is_finished):
        err.print(f"Going on with {safe(found.path)}", soft_wrap=True)
    if found.is_study:
        _show_study(api.resume_study(found, _study_observer(found.settings, as_json)), as_json=as_json)
        return
    if not as_json and RunFolder(found.path).is_finished:
        err.print(f"{safe(found.path)} has finished already: there is nothing to go on with.")
    _show_run(api.resume(found, _observers(found.settings, as_json)), as_json=as_json)


def _recorded(config: Path | None) -> RunFolder | None:
    """Return the run whose recorded settings a config file is, if it is one's."""
    if config is None or RunFolder(config.parent).settings != config:
        return None
    run = RunFolder(config.parent)
    return run if run.status.is_file() else None


def _tell(text: str) -> None:
    err.print(safe(text), soft_wrap=True)


def _observers(settings: TrainSettings, as_json: bool) -> list[Observer]:
    from ftcli.cli.train_report import Progress

    return [] if as_json else [Progress(settings)]


def _study_observer(settings: TrainSettings, as_json: bool, name: str = "") -> StudyObserver:
    """Return what tells of a study, which has a ``name`` where it is one of several."""
    from ftcli.cli.study_report import StudyProgress
    from ftcli.cli.train_report import what_is_trained
    from ftcli.trainings.observer import StudyObserver

    if as_json:
        return StudyObserver()
    which = f"[bold]{safe(name)}[/]: " if name else ""
    return StudyProgress(which + what_is_trained(settings), settings.differing or "seed")


def _show_run(result: TrainResult, *, as_json: bool) -> None:
    from ftcli.cli import train_report as report

    print_json(result.as_json()) if as_json else report.show_result(result)


def _show_study(result: StudyResult, *, as_json: bool) -> None:
    from ftcli.cli import study_report as report

    print_json(result.as_json()) if as_json else report.show_study(result)
    if not result.is_whole:
        raise typer.Exit(1)
