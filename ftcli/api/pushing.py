"""Upload a run's model to the Hugging Face hub."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftcli.api.cards import card_of
from ftcli.errors import RunError
from ftcli.models.publishing import publish
from ftcli.runs.catalogue import find_run
from ftcli.runs.housekeeping import problems_of
from ftcli.settings.push import PushSettings


@dataclass(frozen=True)
class PushResult:
    """What was uploaded, and where it can be seen."""

    run: Path
    repo: str
    url: str
    files: list[str]

    def as_json(self) -> dict[str, Any]:
        """Return what ``ftcli push --json`` prints."""
        return {"run": str(self.run), "repo": self.repo, "url": self.url, "files": self.files}


def push(settings: PushSettings) -> PushResult:
    """Upload the model of a run in one commit, with a model card as the run's files tell it now.

    Raises:
        RunError: there is no such run, it has not finished, or its model is missing or damaged.
        HubError: the hub can't be reached, or refuses.
    """
    run = find_run(settings.run, settings.runs_dir)
    if problems := problems_of(run):
        raise RunError("\n".join(problems), hint="Only a finished run whose model is whole is uploaded.")
    if not run.model.is_dir():
        raise RunError(f"{run.path} holds no model", hint="It was trained with --no-save-model.")
    files = {path.relative_to(run.model).as_posix(): path for path in run.model.rglob("*") if path.is_file()}
    repo, url = publish(settings.repo, files, lambda name: card_of(run, name=name), private=settings.private)
    return PushResult(run.path, repo, url, sorted(files))
