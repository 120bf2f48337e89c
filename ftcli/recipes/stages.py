"""How the strategies of a recipe stand to each other: which wraps which, and what only one of them can decide."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Claim(StrEnum):
    """What only one strategy of a recipe can decide."""

    LAYER_RATES = "the learning rates of the layers"
    TRAINED_KINDS = "which kinds of parameters are trained"
    PULL = "what the weights are pulled towards"
    PASSES = "what the passes over an example have in common"
    SHIFT = "how the embeddings are shifted"
    POINT = "at which weights the gradient is taken"
    SCHEDULE = "the learning-rate schedule"
    LATE_RATES = "the learning rates late in the training"
    FINAL_WEIGHTS = "which weights are evaluated and saved"


class Weights(StrEnum):
    """Kinds of the pretrained weights below the head."""

    MATRICES = "matrices"
    VECTORS = "biases and norms"


class Stage(IntEnum):
    """Where in a recipe a strategy stands: later stages wrap earlier ones."""

    START = 10
    ADAPTER = 15
    LAYER_RATES = 20
    FREEZING = 25
    SCHEDULE = 30
    WEIGHT_NOISE = 40
    TARGET = 50
    EXAMPLE_WEIGHT = 52
    EXTRA_LOSS = 54
    MIXING = 55
    HEAD = 57
    CONSISTENCY = 60
    ADVERSARIAL = 70
    WEIGHT_SHIFT = 72
    PULL = 74
    GRADIENT_MASK = 76
    AVERAGE = 80
