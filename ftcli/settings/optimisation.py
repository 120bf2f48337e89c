"""How the weights are moved."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field, NonNegativeFloat, PositiveFloat, PositiveInt


class OptimisationSettings(BaseModel):
    """Optimisation."""

    epochs: PositiveInt = Field(3, description="Passes over the training data.")
    max_steps: PositiveInt | None = Field(
        None, description="Stop after this many optimizer steps, whatever --epochs says."
    )
    batch_size: PositiveInt = Field(16, description="Examples in a forward pass.")
    grad_accumulation: PositiveInt = Field(
        1, description="Forward passes to an optimizer step; the step equals one of the larger batch."
    )
    lr: PositiveFloat = Field(
        1e-4,
        description="Peak learning rate: of all layers; of the top block under --layerwise-lrd; "
        "of the lowest third under --grouped-layerwise-lrd.",
    )
    head_lr: PositiveFloat | None = Field(
        None, description="Peak learning rate of pooler and head, in place of the one that follows from --lr."
    )
    warmup: NonNegativeFloat = Field(
        0.1, description="Steps in which the rate rises from 0 to its peak: a share of all where it is under 1."
    )
    optimizer: Literal["adamw", "nadam", "radam", "adamax", "rmsprop", "adagrad", "sgd"] = Field(
        "adamw", description="What moves the weights, by its name in torch.optim."
    )
    weight_decay: NonNegativeFloat = Field(0.01, description="Weight decay, on all but what --no-decay names.")
    no_decay: Literal["biases-and-norms", "biases", "norms", "nothing"] = Field(
        "biases-and-norms", description="What weight decay leaves alone."
    )
    bias_correction: bool = Field(
        True, description="Correct AdamW's averages for starting at 0; without it small runs fail more often."
    )
    max_grad_norm: NonNegativeFloat = Field(
        1.0, description="Gradients are clipped to this norm; 0 leaves them as they are."
    )
