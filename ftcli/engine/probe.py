"""A few steps and a piece of an evaluation done for real, before a training, to tell what all of it will take."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch

from ftcli.data.encoding import EncodedSplit
from ftcli.engine.activations import fits, with_activations
from ftcli.engine.assembly import Assembly
from ftcli.engine.budget import Cost
from ftcli.engine.eager import EagerExecutor
from ftcli.engine.footprint import CHECKPOINTS, checkpoint_bytes, peak_memory, run_bytes, weight_bytes
from ftcli.engine.plan import Plan
from ftcli.engine.prediction import predict
from ftcli.engine.sample import Sample, interpolated, tokens
from ftcli.engine.waves import seeds_that_fit
from ftcli.recipes.functions import Batch
from ftcli.recipes.strategy import Strategy
from ftcli.settings.train import TrainSettings
from ftcli.tasks.dataset import Dataset

PATIENCE = 5.0
"""Seconds after which no further step is measured."""


class Kind(NamedTuple):
    """Steps in which the same is trained: the first of them, and how many there are."""

    first: int
    steps: int


class Probe:
    """Measures one seed of a training; nothing is written, and the model is of no use afterwards."""

    def __init__(
        self,
        settings: TrainSettings,
        dataset: Dataset,
        assembly: Assembly,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._settings, self._dataset, self._assembly = settings, dataset, assembly
        self._plan, self._encoder = assembly.plan, assembly.encoder
        self._state = assembly.new_state(settings.eval_batch_size)
        self._executor = EagerExecutor(self._state)
        self._sizes = np.array([tokens(shape) for shape in assembly.buckets.epoch(0)])
        self._steps, self._middle = 0, 0.0
        self._clock, self._started = clock, clock()

    def measure(self, setup: float, together: int = 1) -> Cost:
        """Return what the training takes; ``setup`` are the seconds that have gone into it so far.

        ``together`` is how many seeds are to take their steps together.

        Raises:
            OutOfMemoryError: not even one example fits.
        """
        device, portion = self._state.device, self._state.step_portion
        before = peak_memory(device)
        self._encoder.train()
        with torch.random.fork_rng(devices=[]):
            at_once = seeds_that_fit(self._state, together)  # before what follows keeps memory
            training, evaluation = self._training(), self._evaluation()
        peak = peak_memory(device)
        # The best weights are kept beside the current ones; a checkpoint is copied into the processor's memory first.
        weights, checkpoint = weight_bytes(self._state), checkpoint_bytes(self._state)
        later = weights + (checkpoint if device.type == "cpu" else 0)
        return Cost(
            steps=self._steps,
            setup=setup,
            training=training,
            evaluation=evaluation,
            memory=None if peak is None else peak + later,
            another=0 if peak is None or before is None else peak - before + weights + later,
            kept=run_bytes(self._settings, self._assembly, self._dataset.label_names, twice=self._keeps_last),
            checkpoints=CHECKPOINTS * checkpoint,
            micro_batch=None if portion.is_whole else portion.rows,
            together=at_once,
        )

    def _training(self) -> float:
        """Return the seconds of all steps, and of what the strategies and the resting blocks do over the data first."""
        train = self._assembly.splits["train"]
        sample = Sample.of(train, self._assembly.buckets)
        survey = self._timed(lambda: self._state.begin_main(sample.batches))
        surveys = any(type(each).survey is not Strategy.survey for each in self._plan.recipe)
        main, activations = sample, 0.0
        if self._encoder.keeps_activations and fits(train, self._encoder):
            started = self._clock()
            main = sample.over(self._with_activations(sample.split))
            activations = self._clock() - started
        first, *others = kinds(self._plan)
        datas = {kind: main if kind.first >= self._plan.main_from else sample for kind in (first, *others)}
        mean = self._mean_step(first, datas[first])
        steps = mean * (first.steps + sum(kind.steps * self._relative(kind, datas[kind]) for kind in others))
        once = survey * int(self._sizes.sum()) / sum(map(tokens, sample.shapes)) if surveys else 0.0
        return steps + once + activations * int(train.lengths.sum()) / int(sample.split.lengths.sum())

    def _mean_step(self, kind: Kind, sample: Sample) -> float:
        """Return the mean seconds of a step over all batches of an epoch, from those of a few."""
        self._step(kind, sample.middle)  # the very first is slow
        seconds: dict[int, float] = {}
        for batch in sample.batches():
            seconds[batch.inputs["attention_mask"].numel()] = self._step(kind, batch)
            if self._is_late:
                break
        middle = np.array([sample.middle.inputs["attention_mask"].numel()])
        self._middle = float(interpolated(middle, seconds)[0])
        return float(interpolated(self._sizes, seconds).mean())

    def _relative(self, kind: Kind, sample: Sample) -> float:
        """Return how many times as long as a step of the main kind one of another kind takes."""
        if self._is_late:
            return 1.0
        self._step(kind, sample.middle)
        return self._step(kind, sample.middle) / max(self._middle, 1e-9)

    def _step(self, kind: Kind, batch: Batch) -> float:
        self._state.taken = kind.first
        self._steps += 1

        def take() -> None:
            self._executor.step(batch)["loss"].item()  # a GPU is done only once the number is there

        return self._timed(take)

    def _with_activations(self, split: EncodedSplit) -> EncodedSplit:
        weights = self._state.merged(self._state.weights)
        return with_activations(split, self._encoder, weights, self._state.evaluation_portion)

    def _evaluation(self) -> float:
        """Return the seconds of all evaluations, from those of a piece of one."""
        dev = self._assembly.splits["dev"]
        selected = self._assembly.splits.get("select", dev)
        epochs = evaluations(self._plan) + (selected is not dev)  # that set judges the chosen weights, too
        order = np.argsort(selected.lengths, kind="stable")
        piece = selected.take(order[:: max(1, len(order) // (2 * self._settings.eval_batch_size))])
        self._predict(piece.take(np.arange(min(8, len(piece)))))  # the very first is slow
        seconds = self._timed(lambda: self._predict(piece))
        whole = epochs * int(selected.lengths.sum())
        whole += (2 if self._keeps_last else 1) * int(dev.lengths.sum())
        return seconds * whole / int(piece.lengths.sum())

    def _predict(self, split: EncodedSplit) -> None:
        weights = self._state.merged(self._state.weights)
        predict(self._encoder, weights, split, self._dataset.kind, self._state.evaluation_portion)

    @property
    def _keeps_last(self) -> bool:
        """Whether the last weights are judged and kept beside others."""
        averages = any(type(each).final_weights is not Strategy.final_weights for each in self._plan.recipe)
        return self._settings.save_last or averages

    @property
    def _is_late(self) -> bool:
        return self._clock() - self._started > PATIENCE

    def _timed(self, work: Callable[[], object]) -> float:
        started = self._clock()
        work()
        return self._clock() - started


def kinds(plan: Plan) -> list[Kind]:
    """Return the kinds of steps, the most frequent first: by what moves in them, and whether it is another task."""
    other = torch.tensor([plan.other_task_at(step) is not None for step in range(plan.main_from)], dtype=torch.bool)
    other = torch.cat([other, torch.zeros(plan.steps - plan.main_from, dtype=torch.bool)])
    table = torch.cat([plan.moving, other.unsqueeze(1)], dim=1).numpy()
    _, firsts, counts = np.unique(table, axis=0, return_index=True, return_counts=True)
    found = [Kind(*numbers) for numbers in zip(firsts.tolist(), counts.tolist(), strict=True)]
    return sorted(found, key=lambda kind: -kind.steps)


def evaluations(plan: Plan) -> int:
    """Return how many epochs end with an evaluation."""
    ends = {*range(plan.context.steps_per_epoch, plan.steps + 1, plan.context.steps_per_epoch), plan.steps}
    return sum(plan.other_task_at(end - 1) is None for end in ends)
