"""The one training loop: it draws batches, is told what a step on each measured, and evaluates after each epoch."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from itertools import chain, count, islice

import torch

from ftcli.data.buckets import BatchRows, LengthBuckets
from ftcli.data.encoding import EncodedSplit
from ftcli.engine.checkpoint import Checkpointer
from ftcli.engine.observers import Entry, Observer
from ftcli.engine.selection import Selection
from ftcli.engine.speed import DATA, EVALUATION, STEP, SpeedMeter
from ftcli.engine.state import TrainState
from ftcli.errors import DivergedError, Stopped
from ftcli.recipes.functions import Batch, Tensors

Evaluate = Callable[[Tensors], tuple[float, dict[str, float]]]
"""Weights -> loss and scores on the split that the epoch is selected on."""


@dataclass
class Loop:
    """Draws the batches of a training, from the first step to the last or to an early stop.

    ``begin_main`` is called before the first step after all phases; ``training_data`` gives the data for the steps
    from there on. A phase that trains something else than the task is not evaluated. ``measured`` are the steps that
    no entry has told of yet.
    """

    state: TrainState
    buckets: LengthBuckets
    train: EncodedSplit
    begin_main: Callable[[], None]
    training_data: Callable[[], EncodedSplit]
    evaluate: Evaluate
    selected_on: str
    selection: Selection
    observer: Observer
    checkpointer: Checkpointer
    log_every: int
    meter: SpeedMeter
    measured: list[Tensors]

    def run(self) -> Generator[Batch, Tensors, int]:
        """Yield the batch of each step, to be sent what the step measured; return how many steps were taken.

        Raises:
            DivergedError: the loss is not a number any more.
        """
        batches = self._batches()
        while not self._is_over():
            batch = next(batches)
            try:
                with self.meter.spent_on(STEP):
                    measures = yield batch
            except Stopped:
                self.checkpointer.write(self.measured)
                raise
            self.measured.append(measures)
            self._look_back()
        return self.state.taken

    def _batches(self) -> Iterator[Batch]:
        main_from = self.state.plan.main_from
        if self.state.taken > main_from:
            self.train = self.training_data()
        for rows, length in self._rows():
            with self.meter.spent_on(DATA):
                if self.state.taken == main_from:
                    self.begin_main()
                    self.train = self.training_data()
                batch = self.train.batch(rows, length)
                self.meter.count(len(rows), int(self.train.lengths[rows].sum()), len(rows) * length)
            yield batch

    def _rows(self) -> Iterator[BatchRows]:
        """Yield the rows of each batch from the next step on."""
        epoch, done = divmod(self.state.taken, self.buckets.batches)
        yield from islice(self.buckets.epoch(epoch), done, None)
        yield from chain.from_iterable(self.buckets.epoch(number) for number in count(epoch + 1))

    def _look_back(self) -> None:
        """Log, evaluate and write a checkpoint, where it is time to."""
        taken = self.state.taken
        self.observer.step(taken)
        if taken % self.log_every == 0 or self._at_end_of_epoch:
            self._log(taken)
        if self._at_end_of_epoch and not self.state.plan.other_task_at(taken - 1):
            with self.meter.spent_on(EVALUATION):
                self._evaluate(taken)
        if not self._is_over():
            self.checkpointer.write_if_due(self.measured)

    @property
    def _at_end_of_epoch(self) -> bool:
        taken = self.state.taken
        return taken > 0 and (taken % self.buckets.batches == 0 or taken == self.state.plan.steps)

    def _is_over(self) -> bool:
        return self.state.taken == self.state.plan.steps or (self._at_end_of_epoch and self.selection.patience_is_over)

    def _log(self, step: int) -> None:
        measures = {
            name: torch.stack([measured[name] for measured in self.measured]).mean().item() for name in self.measured[0]
        }
        self.measured.clear()
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
