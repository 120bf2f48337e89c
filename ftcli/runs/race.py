"""A race of a study's seeds, as the status.json of its runs tells of it."""

from __future__ import annotations

import statistics
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from ftcli.errors import RunError
from ftcli.runs.folder import RunFolder
from ftcli.runs.status import State, Status
from ftcli.tasks.metrics import METRICS

LAPS = "race"


class Lap(BaseModel):
    """A run at a rung: the steps it had taken of all, and its score on the selection set."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    step: int
    steps: int
    epoch: float
    score: float | None


_LAPS = TypeAdapter(list[Lap])


def is_of_race(status: Status) -> bool:
    """Whether a run is one of a race."""
    return LAPS in (status.model_extra or {})


def laps_of(status: Status) -> list[Lap]:
    """Return the rungs that a run has come to.

    Raises:
        RunError: what is written there is none.
    """
    try:
        return _LAPS.validate_python((status.model_extra or {}).get(LAPS, []))
    except ValidationError as error:
        raise RunError(f"status.json: {LAPS}: not what a race writes ({error.errors()[0]['msg']})") from error


def add_lap(run: RunFolder, lap: Lap) -> None:
    """Write down that a run has come to one more rung.

    Raises:
        RunError: its status can't be read.
        OSError: the disk refused.
    """
    laps = [*laps_of(run.read_status()), lap]
    run.update_status(**{LAPS: [each.model_dump() for each in laps]})


class RaceSummary(BaseModel):
    """What a race came to, and what its scores are worth.

    ``winner`` is the seed that scored best on the selection set, ``selected_on``, of those that finished;
    ``share_of_steps`` what all seeds took of the steps of a whole study; ``first_scores`` those of all seeds at the
    first rung, when all of them were still there.
    """

    model_config = ConfigDict(frozen=True)

    started: int
    finished: int
    stopped: int
    share_of_steps: float
    winner: int | None
    selected_on: str
    first_scores: list[float]

    @property
    def cost(self) -> str:
        """Say what it saved."""
        return (
            f"{self.stopped} of {self.started} seeds were stopped early: "
            f"{self.share_of_steps:.0%} of the steps that all of them would have taken"
        )

    @property
    def caution(self) -> str:
        """Say how having selected the runs biases their scores."""
        if self.selected_on == "dev":
            said = (
                f"What is left of {self.started} seeds was chosen by the dev examples that are reported, so its scores "
                "flatter; --select-fraction sets part of train aside to race on"
            )
        else:
            said = (
                f"What is left of {self.started} seeds was chosen by examples set aside from train, so dev does not "
                "flatter it; but it is the best of many, not what one training may be expected to score"
            )
        return said + (f" ({self._at_first})" if self.first_scores else "") + "."

    @property
    def _at_first(self) -> str:
        scores = self.first_scores
        return (
            f"with all {len(scores)} still in the race: {min(scores):.4f} to {max(scores):.4f}, "
            f"mean {statistics.fmean(scores):.4f}"
        )


def summarise_race(runs: Mapping[int, Status], metric: str) -> RaceSummary:
    """Describe a race by the states of its runs, by their seeds.

    Raises:
        RunError: what is written there is none.
    """
    laps = {seed: laps_of(status) for seed, status in runs.items()}
    finished = {seed: status.model_extra or {} for seed, status in runs.items() if status.state is State.FINISHED}
    sign = 1 if METRICS[metric].higher_is_better else -1
    found = {seed: facts.get("selected_score") for seed, facts in finished.items()}
    scores = {seed: sign * score for seed, score in found.items() if score is not None}
    return RaceSummary(
        started=len(runs),
        finished=len(finished),
        stopped=sum(status.state is State.STOPPED for status in runs.values()),
        share_of_steps=statistics.fmean(1.0 if seed in finished else _share(laps[seed]) for seed in runs),
        winner=max(scores, key=lambda seed: scores[seed], default=None),
        selected_on=next((str(facts.get("selected_on")) for facts in finished.values()), "dev"),
        first_scores=[score for each in laps.values() if each and (score := each[0].score) is not None],
    )


def _share(laps: list[Lap]) -> float:
    return laps[-1].step / laps[-1].steps if laps else 0.0
