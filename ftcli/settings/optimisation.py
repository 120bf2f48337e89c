"""How the weights are moved."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import BaseModel, Field, NonNegativeFloat, PositiveFloat, PositiveInt

from ftcli.settings.names import elsewhere


class OptimisationSettings(BaseModel):
    """Optimisation."""

    epochs: PositiveInt = Field(
        3,
        description="Passes over the training data.",
        json_schema_extra=elsewhere("num_train_epochs", "num_epochs", "max_epochs"),
    )
    max_steps: PositiveInt | None = Field(
        None,
        description="Stop after this many optimizer steps, whatever --epochs says.",
        json_schema_extra=elsewhere("num_steps", "max_train_steps"),
    )
    batch_size: PositiveInt = Field(
        16,
        description="Examples in a forward pass.",
        json_schema_extra=elsewhere("per_device_train_batch_size", "train_batch_size"),
    )
    grad_accumulation: PositiveInt = Field(
        1,
        description="Forward passes to an optimizer step; the step equals one of the larger batch.",
        json_schema_extra=elsewhere("gradient_accumulation_steps", "accumulate_grad_batches"),
    )
    lr: PositiveFloat = Field(
        1e-4,
        description="Peak learning rate: of all layers; of the top block under --layerwise-lrd; "
        "of the lowest third under --grouped-layerwise-lrd.",
        json_schema_extra=elsewhere("learning_rate", "lrate"),
    )
    head_lr: PositiveFloat | None = Field(
        None, description="Peak learning rate of pooler and head, in place of the one that follows from --lr."
    )
    warmup: NonNegativeFloat = Field(
        0.1,
        description="Steps in which the rate rises from 0 to its peak: a share of all where it is under 1.",
        json_schema_extra=elsewhere("warmup_ratio", "warmup_steps", "num_warmup_steps", "warmup_proportion"),
    )
    optimizer: Literal["adamw", "nadam", "radam", "adamax", "rmsprop", "adagrad", "sgd"] = Field(
        "adamw",
        description="What moves the weights, by its name in torch.optim.",
        json_schema_extra=elsewhere("optim"),
    )
    weight_decay: NonNegativeFloat = Field(0.01, description="Weight decay, on all but what --no-decay names.")
    no_decay: Literal["biases-and-norms", "biases", "norms", "nothing"] = Field(
        "biases-and-norms", description="What weight decay leaves alone."
    )
    bias_correction: bool = Field(
        True, description="Correct AdamW's averages for starting at 0; without it small runs fail more often."
    )
    max_grad_norm: NonNegativeFloat = Field(
        1.0,
        description="Gradients are clipped to this norm; 0 leaves them as they are.",
        json_schema_extra=elsewhere("gradient_clip_val", "clip_grad_norm"),
    )

    @property
    def examples_per_step(self) -> int:
        """Examples of an optimizer step."""
        return self.batch_size * self.grad_accumulation

    def steps_per_epoch(self, examples: int) -> int:
        """Return the optimizer steps of an epoch."""
        return math.ceil(examples / self.examples_per_step)

    def steps(self, steps_per_epoch: int) -> int:
        """Return the optimizer steps of a training, those of phases before the main ones apart."""
        return self.max_steps or self.epochs * steps_per_epoch
