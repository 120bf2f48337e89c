"""A race of a study's seeds, as the status.json of its runs tells of it."""

from __future__ import annotations

import statistics
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from ftcli.runs.folder import RunFolder
from ftcli.runs.status import Lap, State, Status


def add_lap(run: RunFolder, lap: Lap) -> None:
    """Write down that a run has come to one more rung.

    Raises:
        RunError: its status can't be read.
        OSError: the disk refused.
    """
    run.update_status(race=[*(run.read_status().race or []), lap])


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
            f"{self.stopped} of {self.started} seeds were stopped early, so that it took {self.share_of_steps:.0%} of "
            "the steps of all"
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


def summarise_race(runs: Mapping[int, Status], *, higher_is_better: bool) -> RaceSummary:
    """Describe a race by the states of its runs, by their seeds."""
    laps = {seed: status.race or [] for seed, status in runs.items()}
    finished = {seed: status.model_extra or {} for seed, status in runs.items() if status.state is State.FINISHED}
    found = {seed: facts.get("selected_score") for seed, facts in finished.items()}
    scores = {seed: score if higher_is_better else -score for seed, score in found.items() if score is not None}
    return RaceSummary(
        started=len(runs),
        finished=len(finished),
        stopped=sum(status.state is State.STOPPED for status in runs.values()),
        share_of_steps=statistics.fmean(1.0 if seed in finished else _share(laps[seed]) for seed in runs),
        winner=max(scores, key=lambda seed: scores[seed], default=None),
        selected_on=next((str(facts.get("selected_on") or "dev") for facts in finished.values()), "dev"),
        first_scores=[score for each in laps.values() if each and (score := each[0].score) is not None],
    )


def _share(laps: list[Lap]) -> float:
    return laps[-1].step / laps[-1].steps if laps else 0.0
