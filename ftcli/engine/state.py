"""What a training changes from step to step: the weights and what the strategies remember."""

from __future__ import annotations

import torch

from ftcli.engine.plan import Plan
from ftcli.engine.step import Slots
from ftcli.models.encoder import Encoder
from ftcli.recipes.functions import Tensors


class TrainState:
    """One seed's weights and slots under a plan; an executor changes their tensors in place.

    At first the weights are the encoder's own. An executor that stacks several seeds puts slices of its stacks
    in their place.
    """

    def __init__(self, plan: Plan, encoder: Encoder) -> None:
        self.plan = plan
        self.encoder = encoder
        self.weights: Tensors = encoder.weights
        self.slots: Slots = {strategy.name: strategy.slots(self.weights, encoder) for strategy in plan.recipe}

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(iter(self.weights.values())).device

    def final_weights(self) -> Tensors | None:
        """Return the weights that a strategy puts in place of the current ones, if one does."""
        for strategy in self.plan.recipe:
            weights = strategy.final_weights(self.slots[strategy.name])
            if weights is not None:
                return weights
        return None
