"""A plan: what a recipe compiles to before the first step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from ftcli.errors import UsageError
from ftcli.models.encoder import Encoder
from ftcli.recipes.recipe import Recipe
from ftcli.recipes.strategy import AnyStrategy, Context, ParameterGroup
from ftcli.settings.optimisation import OptimisationSettings

MOST_STEPS = 1_000_000
_FEWER_STEPS = "Lower --max-steps or --epochs, or raise --batch-size."


@dataclass(frozen=True)
class Plan:
    """Parameter groups, a table of learning rates [steps, groups], and when each strategy acts after an update.

    A step takes ``batch_size * grad_accumulation`` examples, ``batch_size`` of them at a time.
    """

    recipe: Recipe
    context: Context
    groups: tuple[ParameterGroup, ...]
    rates: Tensor
    acting_after: tuple[tuple[AnyStrategy, ...], ...]
    batch_size: int
    max_grad_norm: float


def make_plan(
    recipe: Recipe, encoder: Encoder, settings: OptimisationSettings, *, steps_per_epoch: int, regression: bool
) -> Plan:
    """Compile a recipe for a model and a number of steps.

    Raises:
        UsageError: there are too many steps to plan.
        ValueError: a strategy left a parameter out of the groups, or in two of them.
    """
    steps = settings.max_steps or settings.epochs * steps_per_epoch
    if steps > MOST_STEPS:
        raise UsageError(f"{steps:,} optimizer steps are too many: at most {MOST_STEPS:,}", hint=_FEWER_STEPS)
    context = Context(
        steps=steps,
        steps_per_epoch=steps_per_epoch,
        warmup_steps=min(int(settings.warmup * steps), steps - 1),
        depth=encoder.depth,
        lr=settings.lr,
        head_lr=settings.head_lr,
        regression=regression,
    )
    groups = _layer_groups(encoder, settings)
    for strategy in recipe:
        groups = strategy.parameter_groups(groups, context)
    check_groups(groups, encoder.weights)
    rates = torch.tensor([group.lr for group in groups], dtype=torch.float64).repeat(steps, 1)
    for strategy in recipe:
        rates = strategy.learning_rates(rates, context)
    return Plan(
        recipe=recipe,
        context=context,
        groups=tuple(groups),
        rates=rates,
        acting_after=_acting_after(recipe, context),
        batch_size=settings.batch_size,
        max_grad_norm=settings.max_grad_norm,
    )


def check_groups(groups: Iterable[ParameterGroup], parameters: Iterable[str]) -> None:
    """Refuse groups that leave a parameter out, so that it would never train, or hold one twice.

    Raises:
        ValueError: naming the parameters.
    """
    held = Counter(name for group in groups for name in group.parameters)
    wrong = [name for name in parameters if held[name] != 1]
    if wrong:
        raise ValueError(f"parameters that are not in exactly one group: {', '.join(wrong)}")


def layer_name(depth: int, highest: int) -> str:
    """Return what a depth is called: embeddings, block 1, ... , head."""
    if depth == 0:
        return "embeddings"
    return "head" if depth > highest else f"block {depth}"


def _layer_groups(encoder: Encoder, settings: OptimisationSettings) -> list[ParameterGroup]:
    members: dict[tuple[int, bool], list[str]] = {}
    for name, depth in encoder.depths.items():
        members.setdefault((depth, name not in encoder.undecayed), []).append(name)
    return [
        ParameterGroup(
            name=layer_name(depth, encoder.depth) + ("" if decayed else ", no decay"),
            depth=depth,
            lr=(settings.head_lr or settings.lr) if depth > encoder.depth else settings.lr,
            weight_decay=settings.weight_decay if decayed else 0.0,
            parameters=tuple(members[depth, decayed]),
        )
        for depth, decayed in sorted(members, key=lambda key: (key[0], not key[1]))
    ]


def _acting_after(recipe: Recipe, context: Context) -> tuple[tuple[AnyStrategy, ...], ...]:
    times = [(strategy, strategy.updates_at(context)) for strategy in recipe]
    return tuple(
        tuple(strategy for strategy, acts in times if acts is None or acts[step]) for step in range(context.steps)
    )
