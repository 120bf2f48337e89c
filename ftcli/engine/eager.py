"""The eager executor: one seed, one step after the other, on any device."""

from __future__ import annotations

import torch
from torch import Tensor

from ftcli.engine.differentiate import by_autograd
from ftcli.engine.optimizer import PlannedOptimizer
from ftcli.engine.plan import Plan
from ftcli.engine.state import TrainState, on_device
from ftcli.engine.step import Step, TorchNoise
from ftcli.recipes.functions import Batch, Gradients, Noise, Tensors


class EagerExecutor:
    """Carries out the steps of one training."""

    def __init__(self, state: TrainState, noise: Noise | None = None) -> None:
        self.state = state
        self._noise = noise or TorchNoise()
        self._number = torch.zeros((), device=state.device)
        self._rates = rates_on(state.plan, state.device)
        self._optimizer = PlannedOptimizer(state.plan, state.weights)
        state.moments = self._optimizer.part(...)

    def step(self, batch: Batch) -> Tensors:
        """Take one optimizer step and return what was measured, as 0-dim tensors: ``loss`` and more."""
        state = self.state
        plan = state.plan
        taken, number = state.taken, self._number.fill_(plan.main_step(state.taken))
        other_task = plan.other_task_at(taken)
        step = Step(plan, state.encoder, state.slots, number, self._noise, self._rates[taken], other_task)
        batch = on_device(batch, state.device)

        def gradients_of(rows: int) -> Gradients:
            return step.gradient(by_autograd(step.loss(), rows, plan.moving_at(taken)))(state.weights, batch)

        gradients = state.step_portion.fit(gradients_of, [state.random])
        self._optimizer.step(taken, gradients.weights)
        with torch.no_grad():
            step.after_update(state.weights, plan.acting_after[taken])
        state.taken += 1
        return gradients.measures


def rates_on(plan: Plan, device: torch.device) -> Tensor:
    """Return the table of learning rates there, in the type of the weights."""
    return plan.rates.to(device, torch.get_default_dtype())
