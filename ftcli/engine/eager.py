"""The eager executor: one seed, one step after the other, on any device."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial

import torch

from ftcli.engine.clipping import clip
from ftcli.engine.differentiate import by_autograd
from ftcli.engine.optimizer import PlannedOptimizer
from ftcli.engine.plan import Plan
from ftcli.engine.state import TrainState, on_device
from ftcli.engine.step import Step, TorchNoise
from ftcli.recipes.functions import Batch, Gradients, Noise, Tensors


class EagerExecutor:
    """Carries out the steps of one training.

    Where they are to be ``recorded``, all that a step reads stays where it is (see ``ftcli.engine.graph``).

    Raises:
        UsageError: they can't be recorded.
    """

    def __init__(self, state: TrainState, noise: Noise | None = None, *, recorded: bool = False) -> None:
        self.state = state
        self._noise = noise or TorchNoise()
        self._looks = state.device.type == "cpu" and not recorded  # elsewhere to read a number means to wait for it
        self._numbers = Numbers(state.plan, state.device)
        self._optimizer = PlannedOptimizer(state.plan, state.weights, self._numbers.rates if recorded else None)
        state.moments = self._optimizer.part(...)

    def step(self, batch: Batch) -> Tensors:
        """Take one optimizer step and return what was measured, as 0-dim tensors: ``loss`` and more."""
        self.look_up()
        self._numbers.read()
        batch = on_device(batch, self.state.device)
        gradients = self.state.step_portion.fit(partial(self._gradients, batch), self.generators)
        measures = self._move(gradients)
        self.advance()
        return measures

    def look_up(self) -> None:
        """Have the device know which step is the next."""
        self._numbers.look_up(self.state.taken)

    def compute(self, batch: Batch) -> Tensors:
        """Compute the step that was looked up, and nothing anew where memory runs out."""
        self._numbers.read()
        return self._move(self._gradients(batch, self.state.step_portion.rows))

    def joined(self, batch: Batch) -> Batch:
        """Return the batch as ``compute`` takes it."""
        return batch

    def told(self, measures: Tensors) -> Tensors:
        """Return what ``compute`` has measured as ``step`` returns it."""
        return measures

    def advance(self) -> None:
        """Count the step."""
        self.state.taken += 1

    def kind(self, batch: Batch) -> Hashable:
        """Return what Python decides about the next step."""
        return kind_of_step(self.state.plan, self.state.taken), self.state.step_portion.rows, shapes(batch)

    @property
    def taken(self) -> int:
        """How many steps have been taken."""
        return self.state.taken

    @property
    def starts_afresh(self) -> bool:
        """Whether the optimizer forgets all before the next step."""
        return self.state.taken in self.state.plan.restarts

    @property
    def generators(self) -> list[torch.Generator]:
        """Where the steps draw from."""
        return [self.state.random]

    def _gradients(self, batch: Batch, rows: int) -> Gradients:
        moving = self.state.plan.moving_at(self.state.taken)
        step = self._step()
        return step.gradient(by_autograd(step.loss(), rows, moving))(self.state.weights, batch)

    def _move(self, gradients: Gradients) -> Tensors:
        """Move the weights, and return what was measured."""
        state = self.state
        norm = clip(gradients.weights, state.plan.max_grad_norm, look=self._looks)
        self._optimizer.step(state.taken, gradients.weights)
        with torch.no_grad():
            self._step().after_update(state.weights, state.plan.acting_after[state.taken])
        return gradients.measures | {"gradient_norm": norm}

    def _step(self) -> Step:
        state = self.state
        other_task = state.plan.other_task_at(state.taken)
        numbers = self._numbers
        return Step(state.plan, state.encoder, state.slots, numbers.step, self._noise, numbers.rates, other_task)


class Numbers:
    """What a step reads of a plan, in tensors that stay where they are: its number and its rates, [groups].

    The device counts along, so that replayed steps find theirs there; it is told only where they don't follow.
    """

    def __init__(self, plan: Plan, device: torch.device) -> None:
        steps = range(len(plan.rates))
        self._steps = torch.tensor([plan.main_step(taken) for taken in steps], dtype=torch.get_default_dtype()).to(
            device
        )
        self._table = plan.rates.to(device, torch.float32)  # as fused optimizers read them, whatever the weights are
        self._place = torch.zeros(1, dtype=torch.int64, device=device)
        self._next = 0
        self.step = torch.zeros((), device=device)
        self.rates = self._table[0].clone()

    def look_up(self, taken: int) -> None:
        """Have the step after so many be the one that is read."""
        if self._next != taken:
            self._place.fill_(taken)
        self._next = taken + 1

    def read(self) -> None:
        """Write down what the step reads, and count it; the device does so."""
        self.step.copy_(self._steps.index_select(0, self._place)[0])
        self.rates.copy_(self._table.index_select(0, self._place)[0])
        self._place.add_(1)


def kind_of_step(plan: Plan, taken: int) -> Hashable:
    """Return what a plan decides about a step beside the numbers that it reads."""
    other_task = plan.other_task_at(taken)
    acting = tuple(strategy.name for strategy in plan.acting_after[taken])
    return other_task and other_task.name, plan.moving_at(taken), acting


def shapes(batch: Batch) -> Hashable:
    """Return the shapes of a batch's tensors."""
    named = batch.inputs | {"labels": batch.labels}
    return tuple((name, tuple(tensor.shape)) for name, tensor in named.items())
