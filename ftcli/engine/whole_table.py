"""When the whole embedding table has to be trained, since training the rows in use would not come to the same.

Needs no torch: the command line says it before a training starts.
"""

from __future__ import annotations

from ftcli.recipes.recipe import Recipe
from ftcli.settings.optimisation import OptimisationSettings

_LINEAR_DECAY = {"adamw", "nadam", "radam", "sgd"}


def decays_linearly(optimizer: str) -> bool:
    """Whether a weight whose gradient is always 0 only shrinks, by the same factor whatever its size."""
    return optimizer in _LINEAR_DECAY


def looking_at_whole_table(recipe: Recipe, settings: OptimisationSettings) -> list[str]:
    """Return the options that look at all rows of the table; none of them: those in use are enough."""
    looking = ["--" + each.name.replace("_", "-") for each in recipe if each.looks_at_whole_table()]
    if settings.weight_decay and not decays_linearly(settings.optimizer):
        looking.append(f"--optimizer {settings.optimizer}")
    return looking
