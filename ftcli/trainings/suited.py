"""Refusing before any work what is asked of one run and only a study can do, or of a study and it can't."""

from __future__ import annotations

from collections.abc import Callable

from ftcli.errors import UsageError
from ftcli.runs.folder import RunFolder
from ftcli.settings.train import TrainSettings


def suited(settings: TrainSettings, tell: Callable[[str], None], like: RunFolder | None = None) -> TrainSettings:
    """Return settings that a run, or a study, can heed; where the run ``like`` was trained with others, one is alone.

    Raises:
        UsageError: there are none.
    """
    if settings.differing is None:
        return _of_one_run(settings, tell, like)
    if settings.soup and not settings.save_model:
        raise UsageError("--soup needs the models that --no-save-model leaves out", hint="Leave one of them out.")
    return settings


def _of_one_run(settings: TrainSettings, tell: Callable[[str], None], like: RunFolder | None) -> TrainSettings:
    if settings.vary != "all":
        raise UsageError("--vary: one seed has nothing to vary", hint="Give several with --seeds.")
    if settings.soup:
        raise UsageError("--soup: one seed is nothing to average", hint="Give several with --seeds.")
    if settings.executor not in ("vmap", "processes"):
        return settings
    if like is None:
        raise UsageError(
            f"--executor {settings.executor}: one seed has nothing to share", hint="Give several with --seeds."
        )
    if settings.executor == "vmap":
        tell("The run was trained in the same steps as others: alone it is the same up to rounding.")
    return settings.model_copy(update={"executor": "eager"})
