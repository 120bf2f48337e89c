"""What a training changes from step to step: the weights and what the strategies remember."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Protocol

import torch
from torch import Tensor

from ftcli.engine.device import generator_of
from ftcli.engine.differentiate import by_autograd
from ftcli.engine.memory import Portion, for_evaluation, for_training
from ftcli.engine.plan import Plan
from ftcli.engine.step import Slots, Step, TorchNoise
from ftcli.models.encoder import Encoder
from ftcli.recipes.functions import Batch, Gradients, Tensors
from ftcli.recipes.recipe import Recipe
from ftcli.recipes.strategy import Strategy


def on_device(batch: Batch, device: torch.device) -> Batch:
    """Return the batch on that device."""
    return mapped(lambda tensor: sendable(tensor, device).to(device, non_blocking=True), batch)


def sendable(tensor: Tensor, device: torch.device) -> Tensor:
    """Return the tensor in memory from where a GPU fetches it while the processor goes on."""
    return tensor.pin_memory() if device.type == "cuda" and tensor.device.type == "cpu" else tensor


def mapped(function: Callable[[Tensor], Tensor], batch: Batch) -> Batch:
    """Return the batch with each of its tensors replaced."""
    inputs = {name: function(value) for name, value in batch.inputs.items()}
    return Batch(inputs, function(batch.labels))


class Moments(Protocol):
    """What an optimizer remembers of one training."""

    def export(self) -> Tensors:
        """Return it by parameter and kind, as "name/kind"."""
        ...

    def restore(self, tensors: Tensors) -> None:
        """Take over what was exported."""
        ...


class TrainState:
    """One seed's weights and slots under a plan; an executor changes their tensors in place.

    At first the weights are the encoder's own, and ``own`` are those that strategies bring. An executor that stacks
    several seeds puts slices of its stacks in their place, and a generator for each in that of torch's own, from which
    all is drawn in a step (``random``). It also lends the ``moments``, what its optimizer remembers, and counts the
    steps ``taken``, and how many trainings take them ``together``. The portions say how much goes through the model at
    once, as memory allows; ``largest_batch`` gives the batch that takes the most of it, for who measures that.
    """

    def __init__(
        self,
        plan: Plan,
        encoder: Encoder,
        own: Tensors | None = None,
        *,
        eval_batch_size: int = 64,
        largest_batch: Callable[[], Batch] | None = None,
    ) -> None:
        self.plan = plan
        self.encoder = encoder
        self.weights: Tensors = encoder.weights | (own or {})
        self.slots: Slots = {strategy.name: strategy.slots(self.weights, encoder) for strategy in plan.recipe}
        self.taken = 0
        self.together = 1
        self.largest_batch = largest_batch
        self.random = generator_of(self.device)
        self.moments: Moments | None = None
        self.step_portion = for_training(plan.batch_size)
        self.evaluation_portion = for_evaluation(eval_batch_size)

    def another(self) -> TrainState:
        """Return a state of the same shapes under the same plan."""
        own = {name: weight for name, weight in self.weights.items() if name not in self.encoder.weights}
        return TrainState(self.plan, self.encoder, own, eval_batch_size=self.evaluation_portion.wished)

    @property
    def portions(self) -> tuple[Portion, ...]:
        """How much is computed at once in a step and in an evaluation."""
        return self.step_portion, self.evaluation_portion

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(iter(self.weights.values())).device

    def begin_main(self, batches: Callable[[], Iterable[Batch]]) -> None:
        """Let the strategies start from the weights as they are now, before the first step after all phases."""
        if self.plan.main_from:
            for strategy in self.plan.recipe:
                for kind, fresh in strategy.slots(self.weights, self.encoder).items():
                    for name, tensor in fresh.items():
                        self.slots[strategy.name][kind][name].copy_(tensor)
        self.survey(batches)

    def survey(self, batches: Callable[[], Iterable[Batch]]) -> None:
        """Let the strategies that ask for it look over the training data, without dropout."""
        plain = replace(self.plan, recipe=Recipe(()), max_grad_norm=0.0)
        step = Step(plain, self.encoder, {}, torch.zeros((), device=self.device), TorchNoise())
        weights, portion = self.merged(self.weights), for_training(self.plan.batch_size)

        def gradient(batch: Batch) -> Gradients:
            return portion.fit(lambda rows: by_autograd(step.loss(), rows)(weights, batch))

        training = self.encoder.training
        self.encoder.train(False)
        for strategy in self.plan.recipe:
            if type(strategy).survey is not Strategy.survey:
                strategy.survey(
                    self.slots[strategy.name],
                    (on_device(batch, self.device) for batch in batches()),
                    gradient,
                )
        self.encoder.train(training)

    def merged(self, weights: Tensors) -> Tensors:
        """Return the weights of the model alone: what strategies have brought is merged into them."""
        for strategy in self.plan.recipe:
            weights = strategy.merged(weights)
        return weights

    def final_weights(self) -> Tensors | None:
        """Return the weights that a strategy puts in place of the current ones, if one does."""
        for strategy in self.plan.recipe:
            weights = strategy.final_weights(self.slots[strategy.name])
            if weights is not None:
                return weights
        return None
