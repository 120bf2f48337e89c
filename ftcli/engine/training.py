"""The one training loop: it draws batches, is told what a step on each measured, and evaluates after each epoch."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from itertools import chain, count

import torch

from ftcli.data.buckets import BatchRows, LengthBuckets
from ftcli.data.encoding import EncodedSplit
from ftcli.engine.observers import Entry, Observer
from ftcli.engine.selection import Selection
from ftcli.engine.speed import DATA, EVALUATION, STEP, SpeedMeter
from ftcli.engine.state import TrainState
from ftcli.errors import DivergedError
from ftcli.recipes.functions import Batch, Tensors

Evaluate = Callable[[Tensors], tuple[float, dict[str, float]]]
"""Weights -> loss and scores on the split that the epoch is selected on."""


@dataclass
class Loop:
    """Draws the batches of a training, from the first step to the last or to an early stop.

    ``begin_main`` is called before the first step after all phases, and returns the data in the form to go on with. A
    phase that trains something else than the task is not evaluated.
    """

    state: TrainState
    begin_main: Callable[[], EncodedSplit]
    buckets: LengthBuckets
    train: EncodedSplit
    evaluate: Evaluate
    selected_on: str
    selection: Selection
    observer: Observer
    log_every: int
    meter: SpeedMeter = field(default_factory=SpeedMeter)
    _measured: list[Tensors] = field(default_factory=list)

    def run(self) -> Generator[Batch, Tensors, int]:
        """Yield the batch of each step, to be sent what the step measured; return how many steps were taken.

        Raises:
            DivergedError: the loss is not a number any more.
        """
        plan, steps = self.state.plan, self.state.plan.steps
        taken = 0
        for taken, batch in enumerate(self._batches(), start=1):
            with self.meter.spent_on(STEP):
                self._measured.append((yield batch))
            self.observer.step(taken)
            at_end_of_epoch = taken % self.buckets.batches == 0 or taken == steps
            if taken % self.log_every == 0 or at_end_of_epoch:
                self._log(taken)
            if at_end_of_epoch and not plan.other_task_at(taken - 1):
                with self.meter.spent_on(EVALUATION):
                    self._evaluate(taken)
            if taken == steps or (at_end_of_epoch and self.selection.patience_is_over):
                break
        return taken

    def _batches(self) -> Iterator[Batch]:
        for step, (rows, length) in enumerate(self._rows()):
            with self.meter.spent_on(DATA):
                if step == self.state.plan.main_from:
                    self.train = self.begin_main()
                batch = self.train.batch(rows, length)
                self.meter.count(len(rows), int(self.train.lengths[rows].sum()), len(rows) * length)
            yield batch

    def _rows(self) -> Iterator[BatchRows]:
        return chain.from_iterable(self.buckets.epoch(number) for number in count())

    def _log(self, step: int) -> None:
        measures = {
            name: torch.stack([measured[name] for measured in self._measured]).mean().item()
            for name in self._measured[0]
        }
        self._measured.clear()
        loss = measures.pop("loss")
        if not math.isfinite(loss):
            raise DivergedError(
                f"the training loss is {loss} at step {step}: the run has diverged",
                hint="Try a smaller --lr, a longer --warmup, or a smaller --max-grad-norm.",
            )
        plan = self.state.plan
        rates = dict(zip((group.name for group in plan.groups), plan.rates[step - 1].tolist(), strict=True))
        self.observer.record(Entry(step, self._epoch(step), "train", loss, measures, rates))

    def _evaluate(self, step: int) -> None:
        weights = self.state.final_weights() or self.state.weights
        loss, metrics = self.evaluate(self.state.merged(weights))
        self.observer.record(Entry(step, self._epoch(step), self.selected_on, loss, metrics))
        self.selection.consider(step, metrics, self.state.weights)

    def _epoch(self, step: int) -> float:
        return round(step / self.buckets.batches, 4)
