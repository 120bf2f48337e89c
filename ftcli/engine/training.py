"""The one training loop: it draws batches, is told what a step on each measured, and evaluates after each epoch."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from itertools import chain, count, islice
from typing import Any, NamedTuple

from ftcli.data.buckets import BatchRows, LengthBuckets
from ftcli.data.encoding import EncodedSplit
from ftcli.engine.checkpoint import Checkpointer
from ftcli.engine.measured import Measured
from ftcli.engine.observers import Entry, Observer
from ftcli.engine.pausing import Pausing
from ftcli.engine.selection import Selection
from ftcli.engine.speed import DATA, EVALUATION, STEP, SpeedMeter
from ftcli.engine.state import TrainState
from ftcli.engine.watch import Watch
from ftcli.errors import PausedError
from ftcli.recipes.functions import Batch, Tensors


class Scores(NamedTuple):
    """Loss and metrics of some weights on the split that epochs are selected on, and whether all answers are alike."""

    loss: float
    metrics: dict[str, float]
    collapsed: bool


Evaluate = Callable[[Tensors], Pausing[Scores]]


@dataclass
class Loop:
    """Draws the batches of a training, from the first step to the last or to an early stop.

    ``begin_main`` is called before the first step after all phases; ``training_data`` gives the data for the steps
    from there on. A phase that trains something else than the task is not evaluated. ``measured`` are the steps that
    no entry has told of yet. After ``pause_at`` steps it pauses.
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
    watch: Watch
    log_every: int
    meter: SpeedMeter
    measured: Measured
    pause_at: int | None = None

    def run(self) -> Generator[Batch | None, Any, int]:
        """Yield the batch of each step, to be sent what the step measured; return how many steps were taken.

        After each batch of an evaluation it yields None.

        Raises:
            DivergedError: the loss is not a number any more.
            PausedError: it is time to; a checkpoint has been written.
        """
        yield from self._evaluate_if_due()  # where the training was interrupted in an evaluation
        batches = self._batches()
        while not self._is_over():
            self._pause_if_due()
            batch = next(batches)
            with self.meter.spent_on(STEP):
                measures = yield batch
            self.measured.add(measures)
            if self.measured.reads:  # elsewhere once an entry, since that means to wait
                self._look_at(1)
            yield from self._look_back()
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

    def _look_back(self) -> Pausing[None]:
        """Log, evaluate and write a checkpoint, where it is time to."""
        taken = self.state.taken
        self.observer.step(taken)
        if taken % self.log_every == 0 or self._at_end_of_epoch:
            self._log(taken)
        yield from self._evaluate_if_due()
        if not self._is_over():
            self.checkpointer.write_if_due(self.measured)

    def _pause_if_due(self) -> None:
        if self.state.taken == self.pause_at:
            self.checkpointer.write(self.measured)
            message = f"waits for the other seeds of its race, after step {self.pause_at}"
            raise PausedError(message, step=self.pause_at, steps=self.state.plan.steps)

    @property
    def _at_end_of_epoch(self) -> bool:
        taken = self.state.taken
        return taken > 0 and (taken % self.buckets.batches == 0 or taken == self.state.plan.steps)

    def _is_over(self) -> bool:
        return self.state.taken == self.state.plan.steps or (self._at_end_of_epoch and self.selection.patience_is_over)

    def _log(self, step: int) -> None:
        measures = self.measured.means()
        if not self.measured.reads:
            self._look_at(len(self.measured))
        self.measured.clear()
        loss = measures.pop("loss")
        plan = self.state.plan
        rates = dict(zip((group.name for group in plan.groups), plan.rates[step - 1].tolist(), strict=True))
        self.observer.record(Entry(step, self._epoch(step), "train", loss, measures, rates))

    def _look_at(self, steps: int) -> None:
        """Look at the numbers of the last ``steps`` taken."""
        losses, norms = (self.measured.last(steps, name) for name in ("loss", "gradient_norm"))
        first = self.state.taken - steps + 1
        for step, (loss, norm) in enumerate(zip(losses, norms, strict=True), start=first):
            self.watch.look(step, loss, norm, self.observer)

    def _evaluate_if_due(self) -> Pausing[None]:
        taken = self.state.taken
        if not self._at_end_of_epoch or self.selection.last_step == taken or self.state.plan.other_task_at(taken - 1):
            return
        with self.meter.spent_on(EVALUATION):
            yield from self._evaluate(taken)

    def _evaluate(self, step: int) -> Pausing[None]:
        """Judge the weights; what comes before the main steps is told, and never chosen, averaged or waited for."""
        in_main = step > self.state.plan.main_from
        weights = (self.state.final_weights() if in_main else None) or self.state.weights
        scores = yield from self.evaluate(self.state.merged(weights))
        self.observer.record(Entry(step, self._epoch(step), self.selected_on, scores.loss, scores.metrics))
        self.watch.look_at_scores(step, scores.loss, self.selected_on, scores.collapsed, self.observer)
        if in_main:
            self.selection.consider(step, scores.metrics, self.state.weights)
        else:
            self.selection.pass_over(step)

    def _epoch(self, step: int) -> float:
        return round(step / self.buckets.batches, 4)
