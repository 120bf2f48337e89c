"""Everything that a training is told."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field, create_model, field_validator, model_validator
from pydantic_settings import NoDecode

from ftcli.recipes.discovery import all_strategies, find_strategy
from ftcli.recipes.recipe import Recipe, compose
from ftcli.settings.base import CommandSettings
from ftcli.settings.compute import ComputeSettings, RunsFolderSettings
from ftcli.settings.data import DataSettings
from ftcli.settings.model import ModelSettings
from ftcli.settings.optimisation import OptimisationSettings
from ftcli.settings.run import RunSettings
from ftcli.settings.seeds import SeedSettings, seeds_in

Differing = Literal["seed", "fold"]
_OF_STUDIES = {"seeds", "vary", "race"}
_NOT_OF_FOLDS = {
    "seeds": "each fold is trained once, with --seed (give --fold as well, to train one fold with several seeds)",
    "soup": "each model has learned from examples that the others are judged on",
    "vary": "the folds have their seed in common",
}


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

    @model_validator(mode="after")
    def _folds_are_trained_once(self) -> TrainSettings:
        if self.differing == "fold":
            for name, why in _NOT_OF_FOLDS.items():
                if getattr(self, name) != TrainSettings.model_fields[name].default:
                    raise ValueError(f"--folds and --{name} exclude each other: {why}")
        return self

    @property
    def differing(self) -> Differing | None:
        """What the runs of the study differ in; None where this is one run."""
        if self.folds is not None and self.fold is None:
            return "fold"
        return "seed" if self.seeds is not None else None

    @property
    def numbers(self) -> Sequence[int]:
        """The seeds or the folds of the study; the one seed where this is one run."""
        if self.differing == "fold":
            return range(1, (self.folds or 0) + 1)
        return seeds_in(self.seeds, first=self.seed) if self.seeds is not None else [self.seed]

    def of_run(self, number: int) -> TrainSettings:
        """Return the settings of one run of the study: that of a seed, or that of a fold."""
        own = {"fold": number} if self.differing == "fold" else self.for_seed(number)
        return self.model_copy(update={**own, "soup": None})

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
