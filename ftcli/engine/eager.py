"""The eager executor: one seed, one step after the other, on any device."""

from __future__ import annotations

import torch

from ftcli.engine.differentiate import by_autograd
from ftcli.engine.plan import Plan
from ftcli.engine.step import Slots, Step, TorchNoise
from ftcli.models.encoder import Encoder
from ftcli.recipes.functions import Batch, Noise, Tensors


class EagerExecutor:
    """Carries out a plan on the encoder's own weights, which it changes in place."""

    def __init__(self, plan: Plan, encoder: Encoder, noise: Noise | None = None) -> None:
        self.plan = plan
        self.encoder = encoder
        self.weights = encoder.weights
        self.slots: Slots = {strategy.name: strategy.slots(self.weights, encoder) for strategy in plan.recipe}
        self._noise = noise or TorchNoise()
        self._done = 0
        self._number = torch.zeros((), device=self.device)
        self._optimizer = torch.optim.AdamW(
            [
                {"params": [self.weights[name] for name in group.parameters], "weight_decay": group.weight_decay}
                for group in plan.groups
            ],
            fused=True,
        )

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(iter(self.weights.values())).device

    def step(self, batch: Batch) -> Tensors:
        """Take one optimizer step and return what was measured, as 0-dim tensors: ``loss`` and more."""
        batch = self._on_device(batch)
        step = Step(self.plan, self.encoder, self.slots, self._number, self._noise)
        gradients = step.gradient(by_autograd(step.loss(), self.plan.batch_size))(self.weights, batch)
        for name, weight in self.weights.items():
            weight.grad = gradients.weights[name]
        self._set_rates(self.plan.rates[self._done].tolist())
        self._optimizer.step()
        self._optimizer.zero_grad()
        with torch.no_grad():
            for strategy in self.plan.acting_after[self._done]:
                strategy.after_update(self.weights, step.scope(strategy.name))
        self._done += 1
        self._number += 1
        return gradients.measures

    def final_weights(self) -> Tensors | None:
        """Return the weights that a strategy puts in place of the current ones, if one does."""
        for strategy in self.plan.recipe:
            weights = strategy.final_weights(self.slots[strategy.name])
            if weights is not None:
                return weights
        return None

    def _set_rates(self, rates: list[float]) -> None:
        for group, rate in zip(self._optimizer.param_groups, rates, strict=True):
            group["lr"] = rate

    def _on_device(self, batch: Batch) -> Batch:
        inputs = {name: value.to(self.device) for name, value in batch.inputs.items()}
        return Batch(inputs, batch.labels.to(self.device), batch.present.to(self.device))
