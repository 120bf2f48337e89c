"""Everything that a training is told."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

from pydantic import Field, create_model, field_validator
from pydantic_settings import NoDecode

from ftcli.recipes.discovery import all_strategies, find_strategy
from ftcli.recipes.recipe import Recipe, compose
from ftcli.settings.base import CommandSettings
from ftcli.settings.compute import ComputeSettings, RunsFolderSettings
from ftcli.settings.data import DataSettings
from ftcli.settings.model import ModelSettings
from ftcli.settings.optimisation import OptimisationSettings
from ftcli.settings.run import RunSettings
from ftcli.settings.seeds import SeedSettings

_OF_STUDIES = {"seeds", "vary", "race"}


class TrainSettings(
    CommandSettings,
    RunsFolderSettings,
    ComputeSettings,
    RunSettings,
    SeedSettings,
    OptimisationSettings,
    ModelSettings,
    DataSettings,
):
    """Techniques.

    All options of ``ftcli train``; ``train_settings`` adds a field with the options of each strategy.
    """

    strategy: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="A technique by name; may repeat. `ftcli strategies` lists them; --no-NAME takes one away.",
    )

    @field_validator("strategy")
    @classmethod
    def _proper_names(cls, names: list[str]) -> list[str]:
        wanted = {find_strategy(name).name for name in names}
        return [name for name in all_strategies() if name in wanted]

    def recipe(self) -> Recipe:
        """Return the recipe of the chosen strategies.

        Raises:
            UsageError: two of them exclude each other.
        """
        return compose(self.strategy, {name: getattr(self, name) for name in all_strategies()})

    def resolved(self) -> dict[str, Any]:
        """Return what ``settings.toml`` holds: all values in use, with the options of the chosen strategies only."""
        in_use = self.recipe().distinctive_names
        left_out = {"check", "output", "overwrite", *_OF_STUDIES, "ablate", "strategy", *all_strategies()} - set(in_use)
        return self.model_dump(mode="json", exclude_none=True, exclude=left_out) | {"strategy": list(in_use)}

    def resolved_of_study(self) -> dict[str, Any]:
        """Return what ``study.toml`` holds: what concerns all of its runs together as well."""
        return self.resolved() | self.model_dump(mode="json", include=_OF_STUDIES)


@cache
def train_settings() -> type[TrainSettings]:
    """Return TrainSettings with one nested model for each strategy."""
    nested: dict[str, Any] = {
        name: (strategy.Settings, Field(default_factory=strategy.Settings))
        for name, strategy in all_strategies().items()
    }
    return create_model("TrainSettings", __base__=TrainSettings, __doc__=TrainSettings.__doc__, **nested)
