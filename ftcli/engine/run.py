"""One training, from settings to a whole run folder."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import torch

from ftcli.data.encoding import EncodedSplit
from ftcli.engine.activations import with_activations
from ftcli.engine.assembly import assemble
from ftcli.engine.checkpoint import Checkpointer
from ftcli.engine.device import lower_precision
from ftcli.engine.driving import Training
from ftcli.engine.executors import executor_named
from ftcli.engine.finishing import Finisher
from ftcli.engine.measured import Measured
from ftcli.engine.memory import Portion
from ftcli.engine.observers import JSONLines, Observer, Observers, TensorBoard
from ftcli.engine.pace import Start
from ftcli.engine.profiling import Profiler
from ftcli.engine.rungs import Rung, pauses
from ftcli.engine.scoring import Scorer
from ftcli.engine.selection import Selection
from ftcli.engine.speed import SpeedMeter
from ftcli.engine.streams import stream_seed
from ftcli.engine.trained import Trained
from ftcli.engine.training import Loop
from ftcli.engine.watch import Watch, diverged
from ftcli.errors import Stopped, UsageError
from ftcli.recipes.functions import Batch
from ftcli.runs.checkpoints import CheckpointStore
from ftcli.runs.folder import RunFolder
from ftcli.runs.status import State
from ftcli.settings.train import TrainSettings
from ftcli.tasks.dataset import Dataset


class TrainingRun:
    """Trains in a run folder that is there already, and fills it.

    ``setup`` is what a result depends on beside its settings and the facts that ``ftcli.runs.facts`` knows.

    Raises:
        ModelError, UsageError: the model can't be loaded or does not fit the settings.
    """

    def __init__(self, settings: TrainSettings, dataset: Dataset, folder: RunFolder) -> None:
        self.settings = settings
        self.dataset = dataset
        self.folder = folder
        self.assembly = assemble(settings, dataset)
        self.state = self.assembly.new_state(settings.eval_batch_size)
        self._meter = SpeedMeter()
        self._scorer = Scorer(dataset, self.assembly, self.state)
        self._finisher = Finisher(settings, dataset, folder, self.assembly, self.state, self._scorer)
        self.setup = {
            "threads": torch.get_num_threads(),
            "device": str(self.state.device),
            "executor": executor_named(self.state, settings.executor),
            "precision": "fp32" if lower_precision(settings.precision, self.state.device) is None else "bf16",
            "pretrained": self.assembly.pretrained,
        }
        rows = {"vocabulary": self.assembly.vocabulary_rows, "trained_vocabulary": self.assembly.trained_rows}
        folder.update_status(examples=dataset.sizes, pairs=dataset.pairs, **rows, **self.setup)

    def training(self, observers: Sequence[Observer], start: Start) -> Training[Trained]:
        """Train, evaluate, save, and mark the run finished; a generator that an executor is to drive.

        Raises:
            DivergedError: the training loss is not a number any more.
            PausedError: others of a race are to come to the same point.
        """
        yield self.state
        selection = Selection(self.dataset.metric, patience=self.settings.patience)
        lines = JSONLines(self.folder.metrics, self.folder.timings)
        store = CheckpointStore(self.folder.checkpoints)
        watch = Watch(stop=self.settings.on_divergence == "stop")
        checkpointer = Checkpointer(store, self.state, selection, self._meter, lines, watch, start.pace)
        pause_at = self._pause_at(start.rung) if start.rung else None
        first = _first_step(start, store, Observers(observers))
        store.drop_after(first)
        try:
            trained = yield from self._train(checkpointer, first, pause_at, observers)
        finally:
            if watch.facts():
                self.folder.update_status(**watch.facts())
        if watch.diverged_at is None:
            self._mark_finished(trained)
        store.clear()
        if watch.diverged_at is not None:
            raise diverged(watch.diverged_at)
        return trained

    def _train(
        self, checkpointer: Checkpointer, start: int, pause_at: int | None, observers: Sequence[Observer]
    ) -> Generator[Batch | None, Any, Trained]:
        own: list[Observer] = [TensorBoard(self.folder.path, checkpointer.lines), checkpointer.lines]
        if self.settings.profile:
            own.append(Profiler(self.folder.trace))
        observer = Observers([*own, *observers])
        if self.state.together > 1:
            self.folder.update_status(together=self.state.together)
        self.assembly.encoder.train()
        self.state.random.manual_seed(stream_seed(self.settings.seed_of("dropout"), "dropout"))
        measured = checkpointer.restore(start) if start else Measured(self.state.device)
        for portion in self.state.portions:
            portion.listeners.append(partial(self._tell_of_split, portion, observer))
        observer.begin(self.assembly.plan, self.dataset.metric)
        try:
            steps = yield from self._loop(checkpointer, measured, pause_at, observer).run()
            speed = self._meter.speed(checkpointer.lines.seconds)
            return (yield from self._finisher.finish(checkpointer.selection, steps, speed))
        except Stopped:
            checkpointer.write(measured)
            raise
        finally:
            observer.end()

    def _loop(self, checkpointer: Checkpointer, measured: Measured, pause_at: int | None, observer: Observer) -> Loop:
        return Loop(
            state=self.state,
            begin_main=lambda: self.state.begin_main(self._first_epoch),
            training_data=self._training_data,
            buckets=self.assembly.buckets,
            train=self.assembly.splits["train"],
            evaluate=self._scorer.scores,
            selected_on=self._scorer.selected_on,
            selection=checkpointer.selection,
            observer=observer,
            checkpointer=checkpointer,
            watch=checkpointer.watch,
            log_every=self.settings.log_every,
            meter=self._meter,
            measured=measured,
            pause_at=pause_at,
        )

    def _tell_of_split(self, portion: Portion, observer: Observer) -> None:
        self.folder.update_status(**{portion.name: portion.rows, f"{portion.name}_since": self.state.taken})
        observer.notice(
            f"Memory ran out after step {self.state.taken}: "
            f"from here on {portion.rows} {portion.words} in place of {portion.wished}."
        )

    def _pause_at(self, rung: Rung) -> int | None:
        """Return after how many steps a rung comes; None beyond the last."""
        places = pauses(self.assembly.plan, rung.seeds)
        if not places:
            raise UsageError(
                "--race: the runs are evaluated once, at their end, so that none can stop early",
                hint="Train for more than one epoch.",
            )
        return places[rung.number] if rung.number < len(places) else None

    def _training_data(self) -> EncodedSplit:
        train, weights = self.assembly.splits["train"], self.state.merged(self.state.weights)
        return with_activations(train, self.assembly.encoder, weights, self.state.evaluation_portion)

    def _first_epoch(self) -> Iterator[Batch]:
        assembly = self.assembly
        return (assembly.splits["train"].batch(rows, length) for rows, length in assembly.buckets.epoch(0))

    def _mark_finished(self, trained: Trained) -> None:
        self.folder.seal()
        status = self.folder.read_status().ending(
            State.FINISHED,
            collapsed=trained.collapsed,
            steps=trained.steps,
            best_step=trained.best_step,
            kept=trained.kept,
            selected_on=trained.selected_on,
            selected_score=trained.selected_score,
            train_seconds=round(trained.train_seconds, 3),
            speed=asdict(trained.speed),
        )
        self.folder.write_status(status)


def _first_step(start: Start, store: CheckpointStore, observer: Observer) -> int:
    """Return after how many steps to go on; damaged checkpoints are told of and passed over."""
    if not start.resume:
        return 0
    whole, damaged = store.whole()
    for each in damaged:
        observer.notice(each)
    step = max(whole, default=0) if start.step is None else start.step
    if not step:
        observer.notice("There is no checkpoint to go on from: starting anew.")
    elif start.rung is None:  # in a race that is the way of things
        observer.notice(f"Going on after step {step}.")
    return step
