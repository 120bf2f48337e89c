"""A race: all seeds of a study start, and at each rung the half that scores worse stops.

Successive halving (Jamieson and Talwalkar 2016, "Non-stochastic Best Arm Identification and Hyperparameter
Optimization", arXiv:1502.07943), over seeds, as Dodge et al. 2020 stop them early ("Fine-Tuning Pretrained Language
Models: Weight Initializations, Data Orders, and Early Stopping", arXiv:2002.06305). Who stops follows from what the
runs have written down, so that a race goes on after an interruption as if there had been none.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ftcli.engine.rungs import Rung
from ftcli.errors import PausedError, RunError
from ftcli.runs.files import read_text
from ftcli.runs.folder import RunFolder
from ftcli.runs.race import add_lap
from ftcli.runs.status import Lap, State
from ftcli.runs.workspace import stop, wound_up
from ftcli.tasks.metrics import METRICS
from ftcli.trainings.members import Member
from ftcli.trainings.outcome import Dropped, Outcome

Train = Callable[[Sequence[Member]], list[Outcome]]


@dataclass(frozen=True)
class Race:
    """The seeds of a study, where their runs lie (None: not begun), the score that decides, and who is told."""

    seeds: Sequence[int]
    run_of: Callable[[int], RunFolder | None]
    metric: str
    train: Train
    ended: Callable[[Outcome], None]

    def run(self, members: Iterable[Member]) -> dict[int, Outcome]:
        """Train until each of these runs has finished, failed or been stopped; return how each ended.

        Raises:
            FtcliError: none could be trained, or a run can't be read.
        """
        going = {member.number: member for member in members}
        outcomes = {seed: self._stopped_before(seed) for seed in going if self._state(seed) is State.STOPPED}
        racing = list(self.seeds)
        for number in itertools.count():
            rung = Rung(number, len(self.seeds))
            left = [going[seed] for seed in racing if seed in going and seed not in outcomes]
            behind = [replace(each, rung=rung) for each in left if len(self._laps(each.number)) <= number]
            for outcome in self.train(behind) if behind else ():
                if isinstance(outcome.result, PausedError):
                    going[outcome.number] = self._paused(going[outcome.number], outcome.result)
                else:
                    outcomes[outcome.number] = outcome
            stood = {seed: laps[number] for seed in racing if len(laps := self._laps(seed)) > number}
            if not stood:
                return outcomes
            racing = self._best(stood)
            lost = [seed for seed in stood if seed not in racing and seed not in outcomes]
            outcomes |= {seed: self._stop(seed, stood[seed], f"{len(racing)} of {len(stood)}") for seed in lost}
        raise AssertionError

    def _paused(self, member: Member, pause: PausedError) -> Member:
        run = self.run_of(member.number)
        assert run is not None
        add_lap(run, _lap(run, pause, self.metric))
        return replace(member, path=run.path, resume=True)

    def _best(self, stood: Mapping[int, Lap]) -> list[int]:
        """Return the better half of the seeds; of equal scores, which early ones often are, by the smaller loss."""
        sign = -1 if METRICS[self.metric].higher_is_better else 1

        def rank(seed: int) -> tuple[float, float]:
            score, loss = stood[seed].score, stood[seed].loss
            return math.inf if score is None else sign * score, math.inf if loss is None else loss

        return sorted(stood, key=rank)[: -(-len(stood) // 2)]

    def _stop(self, seed: int, lap: Lap, kept: str) -> Outcome:
        run = self.run_of(seed)
        assert run is not None
        score = "no score" if lap.score is None else f"{self.metric} {lap.score:.4f}"
        reason = f"stopped by the race after epoch {lap.epoch:g}: {score}, and the best {kept} went on"
        outcome = Outcome(seed, stop(run, reason).path, Dropped(reason, lap))
        self.ended(outcome)
        return outcome

    def _stopped_before(self, seed: int) -> Outcome:
        run = self.run_of(seed)
        assert run is not None
        run = wound_up(run)
        status = run.read_status()
        return Outcome(seed, run.path, Dropped(status.reason or "", (status.race or [])[-1]))

    def _state(self, seed: int) -> State | None:
        run = self.run_of(seed)
        return run.read_status().state if run else None

    def _laps(self, seed: int) -> list[Lap]:
        run = self.run_of(seed)
        return run.read_status().race or [] if run else []


def _lap(run: RunFolder, pause: PausedError, metric: str) -> Lap:
    """Return how a run stood when it paused.

    Raises:
        RunError: its measurements can't be read.
    """
    for entry in _evaluations(run):
        if entry["step"] == pause.step:
            score = entry["metrics"].get(metric)
            return Lap(step=pause.step, steps=pause.steps, epoch=entry["epoch"], score=score, loss=entry.get("loss"))
    raise RunError(f"{run.metrics}: no evaluation after step {pause.step}")


def _evaluations(run: RunFolder) -> Iterator[dict[str, Any]]:
    try:
        for line in read_text(run.metrics).splitlines():
            if (entry := json.loads(line))["split"] != "train":
                yield entry
    except (ValueError, KeyError, TypeError) as error:
        raise RunError(f"{run.metrics}: damaged ({error})") from error
