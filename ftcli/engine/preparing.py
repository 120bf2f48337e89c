"""Having the strategies of a recipe change a model before training."""

from __future__ import annotations

from collections.abc import Callable

from ftcli.errors import UsageError
from ftcli.models.encoder import Encoder
from ftcli.recipes.functions import Tensors
from ftcli.recipes.recipe import Recipe


def prepare(recipe: Recipe, encoder: Encoder, seed_of: Callable[[str], int]) -> Tensors:
    """Prepare a model in place, and return the parameters that strategies bring beside its own.

    Args:
        recipe: the strategies, in order.
        encoder: the model.
        seed_of: the seed of a strategy's random stream, by its name.

    Raises:
        UsageError: a strategy doesn't fit the model.
    """
    own: Tensors = {}
    for strategy in recipe:
        if strategy.by_depth and encoder.layers_share_weights:
            flag, family = "--" + strategy.name.replace("_", "-"), encoder.model.config.model_type
            raise UsageError(
                f"{flag} treats each layer by its depth, but in this model, of the family {family}, "
                "layers share their weights",
                hint="Leave it out, or take a model whose layers have weights of their own.",
            )
        seed = seed_of(strategy.name)
        strategy.prepare(encoder, seed)
        own |= strategy.own_parameters(encoder, seed)
    return own
