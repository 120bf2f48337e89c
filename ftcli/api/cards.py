"""The model card of a run as its files tell it now: other seeds have finished since, and it may be calibrated."""

from __future__ import annotations

from ftcli.errors import RunError
from ftcli.models.card import loading_code, model_card
from ftcli.runs.files import read_text, write_text
from ftcli.runs.folder import RunFolder
from ftcli.runs.manifest import renew, vouches_for
from ftcli.runs.recorded import recorded_settings
from ftcli.runs.study import is_study, runs_of
from ftcli.trainings.outcome import StudyResult


def card_of(run: RunFolder, *, loading: str | None = None, name: str = "path/to/this/folder") -> str:
    """Return the model card of a finished run.

    Args:
        run: the run.
        loading: the Python code that loads the model; absent: that for transformers.
        name: what transformers loads it by.

    Raises:
        RunError: a file of it is missing or damaged.
    """
    evaluation = run.score("dev")
    if evaluation is None:
        raise RunError(f"{run.path} has no scores", hint="Run `ftcli eval` on it first.")
    loading = loading or loading_code(evaluation, run.read_status().model_extra or {}, name)
    return model_card(run, recorded_settings(run), evaluation, loading=loading, scores=_scores_of_study(run))


def renew_card(run: RunFolder) -> None:
    """Write the card of a run's model anew, unless somebody has written in it.

    Raises:
        RunError: a file of the run is missing or damaged.
        OSError: the disk refused.
    """
    card = run.model / "README.md"
    if vouches_for(run.path, card) and (text := card_of(run)) != read_text(card):
        write_text(card, text)
        renew(run.path, card)


def with_cards(study: StudyResult) -> StudyResult:
    """Have the cards of a study's models tell what all of its runs scored, and return the study.

    Raises:
        RunError: a file of a run is missing or damaged.
        OSError: the disk refused.
    """
    for result in study.finished:
        renew_card(result.run)
    return study


def _scores_of_study(run: RunFolder) -> list[float]:
    """Return the main score of each seed's or fold's run, where the run is one of a study."""
    study = run.path.resolve().parent
    if not is_study(study):
        return []
    found = [each.score("dev") for each in runs_of(study)]
    return [each.score for each in found if each is not None and each.score is not None]
