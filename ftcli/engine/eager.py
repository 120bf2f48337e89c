"""The eager executor: one seed, one step after the other, on any device."""

from __future__ import annotations

import torch

from ftcli.engine.differentiate import by_autograd
from ftcli.engine.optimizer import PlannedAdamW
from ftcli.engine.state import TrainState
from ftcli.engine.step import Step, TorchNoise
from ftcli.recipes.functions import Batch, Noise, Tensors


class EagerExecutor:
    """Carries out the steps of one training."""

    def __init__(self, state: TrainState, noise: Noise | None = None) -> None:
        self.state = state
        self._noise = noise or TorchNoise()
        self._done = 0
        self._number = torch.zeros((), device=state.device)
        self._optimizer = PlannedAdamW(state.plan, state.weights)

    def step(self, batch: Batch) -> Tensors:
        """Take one optimizer step and return what was measured, as 0-dim tensors: ``loss`` and more."""
        state = self.state
        step = Step(state.plan, state.encoder, state.slots, self._number, self._noise)
        gradient = step.gradient(by_autograd(step.loss(), state.plan.batch_size))
        gradients = gradient(state.weights, on_device(batch, state.device))
        self._optimizer.step(self._done, gradients.weights)
        with torch.no_grad():
            step.after_update(state.weights, state.plan.acting_after[self._done])
        self._done += 1
        self._number += 1
        return gradients.measures


def on_device(batch: Batch, device: torch.device) -> Batch:
    """Return the batch on that device."""
    inputs = {name: value.to(device) for name, value in batch.inputs.items()}
    return Batch(inputs, batch.labels.to(device), batch.present.to(device))
