"""One more run of a study: the average of its models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftcli.errors import RunError
from ftcli.runs.evaluation import Evaluation
from ftcli.runs.folder import RunFolder
from ftcli.runs.status import State
from ftcli.runs.workspace import opened_run
from ftcli.settings.train import TrainSettings
from ftcli.tasks.dataset import Dataset
from ftcli.trainings.single import TrainResult


@dataclass(frozen=True)
class SoupResult:
    """Where the average lies, what it scored, and the seeds that went into it."""

    run: RunFolder
    evaluation: Evaluation
    seeds: list[int]

    def as_json(self) -> dict[str, Any]:
        """Return what ``ftcli train --seeds --soup --json`` prints of it."""
        return {"run": str(self.run.path), "seeds": self.seeds, **self.evaluation.model_dump(mode="json")}


def make_soup(
    settings: TrainSettings, dataset: Dataset, path: Path, trained: Sequence[tuple[int, TrainResult]]
) -> SoupResult:
    """Average the models of these seeds into a run folder.

    Raises:
        FtcliError: a model can't be read, or the folder not be written.
    """
    assert settings.soup is not None
    resolved = settings.model_copy(update={"task": dataset.task}).resolved()
    data = {"data": dataset.checksum, "examples": dataset.sizes, "pairs": dataset.pairs}
    with opened_run(path, resolved, overwrite=settings.overwrite, **data) as folder:
        from ftcli.engine.soup import Cook, Ingredient

        ingredients = [Ingredient(seed, result.run.model) for seed, result in trained]
        evaluation, used = Cook(settings, dataset, ingredients).cook(settings.soup, folder)
        folder.seal()
        folder.write_status(folder.read_status().ending(State.FINISHED, collapsed=_collapsed(evaluation)))
    return SoupResult(RunFolder(path), evaluation, [each.seed for each in used])


def recorded_soup(settings: TrainSettings, path: Path, trained: Sequence[tuple[int, TrainResult]]) -> SoupResult | None:
    """Return the average that lies there, where it is whole, as the settings want it, and newer than all these."""
    folder = RunFolder(path)
    try:
        if not folder.is_run or folder.read_settings().get("soup") != settings.soup:
            return None
        status, evaluation = folder.read_status(), folder.score("dev")
        ended = [result.run.read_status().ended for _, result in trained]
    except RunError:
        return None
    seeds = (status.model_extra or {}).get("soup_of")
    newest = all(each is not None and each <= status.started for each in ended)
    if status.state is not State.FINISHED or evaluation is None or seeds is None or not newest:
        return None
    return SoupResult(folder, evaluation, seeds)


def _collapsed(evaluation: Evaluation) -> bool:
    """Whether all examples were given the same label."""
    columns = zip(*(evaluation.confusion or []), strict=True)
    return evaluation.examples > 1 and sum(any(column) for column in columns) == 1
