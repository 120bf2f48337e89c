"""The table of all strategies: options at which each shows an effect on a tiny model, and at which it shows none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ftcli.recipes.discovery import find_strategy
from ftcli.recipes.recipe import conflict
from ftcli.recipes.strategy import AnyStrategy
from ftcli.settings.layers import option_name


@dataclass(frozen=True)
class Case:
    """A strategy for the tests that walk through all of them; ``null`` is None where nothing switches it off."""

    name: str
    options: dict[str, Any]
    null: dict[str, Any] | None = None

    @property
    def flags(self) -> list[object]:
        """What gives it these options at the command line."""
        given: list[object] = [option_name([self.name])]
        for field, value in self.options.items():
            option = option_name([self.name, field])
            given += [option] if value is True else [option, value]
        return given


CASES = [
    Case("linear_scheduler", {}),
    Case("layerwise_lrd", {"decay": 0.5}, null={"decay": 1.0}),
    Case("grouped_layerwise_lrd", {}, null={"middle": 1.0, "top": 1.0, "head": 1.0}),
    Case("reinit", {"layers": 1}, null={"layers": 0}),
    Case("mixout", {"probability": 0.3}, null={"probability": 0.0}),
    Case("rdrop", {"alpha": 1.0}, null={"alpha": 0.0}),
    Case("fgm", {"epsilon": 0.5}, null={"epsilon": 0.0}),
    Case("ema", {"decay": 0.9}, null={"decay": 0.0}),
    Case("swa", {"start": 0.25, "every": 1}),
    Case("lawa", {"last": 2, "every": 1}, null={"last": 1}),
    Case("cosine_scheduler", {}),
    Case("constant_scheduler", {}),
    Case("polynomial_scheduler", {"power": 2.0}, null={"power": 1.0}),
    Case("one_cycle_scheduler", {}),
    Case("noisytune", {"intensity": 0.15}, null={"intensity": 0.0}),
    Case("tapt", {"epochs": 1}, null={"epochs": 0}),
    Case("lp_ft", {"epochs": 1}, null={"epochs": 0}),
    Case("freeze", {"layers": 1}, null={"layers": 0}),
    Case("gradual_unfreezing", {"share": 0.5}, null={"share": 0.0}),
    Case("bitfit", {}),
    Case("lora", {"rank": 2}),
    Case("child_tuning", {"share": 0.3}, null={"share": 1.0}),
    Case("l2_sp", {"alpha": 0.5}, null={"alpha": 0.0, "beta": 0.0}),
    Case("pretrained_decay", {"decay": 0.5}),
    Case("recadam", {"pull": 10.0}),
    Case("label_smoothing", {"epsilon": 0.1}, null={"epsilon": 0.0}),
    Case("class_weights", {}, null={"power": 0.0}),
    Case("focal", {"gamma": 2.0}, null={"gamma": 0.0}),
    Case("contrastive", {"share": 0.5}, null={"share": 0.0}),
    Case("multi_sample_dropout", {"samples": 2}, null={"samples": 0}),
    Case("mixup", {"alpha": 0.4}, null={"alpha": 0.0}),
    Case("pgd", {"steps": 2}, null={"steps": 0}),
    Case("freelb", {"steps": 2}, null={"steps": 0}),
    Case("r3f", {"sigma": 0.1}, null={"weight": 0.0}),
    Case("smart", {"sigma": 0.1, "size": 0.1, "epsilon": 0.1}, null={"weight": 0.0, "pull": 0.0}),
    Case("sam", {"rho": 0.05}, null={"rho": 0.0}),
    Case("awp", {"gamma": 0.05}, null={"gamma": 0.0}),
]
BY_NAME = {case.name: case for case in CASES}


def recipes() -> list[list[Case]]:
    """Put all strategies into few recipes, each into the first that has none which it excludes."""
    found: list[list[Case]] = []
    for case in CASES:
        fitting = (each for each in found if not any(conflict(*_kinds(case, other)) for other in each))
        recipe = next(fitting, None)
        if recipe is None:
            found.append(recipe := [])
        recipe.append(case)
    return found


def _kinds(*cases: Case) -> list[type[AnyStrategy]]:
    return [find_strategy(case.name) for case in cases]
