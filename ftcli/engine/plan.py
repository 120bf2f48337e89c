"""A plan: what a recipe compiles to before the first step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor

from ftcli.errors import UsageError
from ftcli.models.encoder import Encoder
from ftcli.recipes.recipe import Recipe
from ftcli.recipes.strategy import AnyStrategy, Context, ParameterGroup, Strategy
from ftcli.settings.optimisation import OptimisationSettings

MOST_STEPS = 1_000_000
_FEWER_STEPS = "Lower --max-steps or --epochs, or raise --batch-size."


@dataclass(frozen=True, eq=False)
class Plan:
    """Parameter groups, tables for all steps of learning rates and of what moves, and when each strategy acts.

    ``rates`` and ``moving`` are [steps, groups], phases before the main steps included; ``restarts`` are the steps
    before which the optimizer starts afresh; ``acting_after`` says which strategies look at the weights after a step.
    A step takes ``batch_size * grad_accumulation`` examples, ``batch_size`` of them at a time.
    """

    recipe: Recipe
    context: Context
    groups: tuple[ParameterGroup, ...]
    rates: Tensor
    moving: Tensor
    restarts: frozenset[int]
    acting_after: tuple[tuple[AnyStrategy, ...], ...]
    batch_size: int
    max_grad_norm: float
    bias_correction: bool = True
    optimizer: str = "adamw"

    @property
    def steps(self) -> int:
        """All steps, those of phases before the main ones included."""
        return len(self.rates)

    @property
    def main_from(self) -> int:
        """The first step after all phases."""
        return self.steps - self.context.steps

    def moving_at(self, step: int) -> tuple[str, ...] | None:
        """Return the names of the parameters that are trained in a step; None: all of them."""
        return self._named(tuple(self.moving[step].tolist()))

    @cache  # noqa: B019 - a plan lives as long as its training
    def _named(self, row: tuple[bool, ...]) -> tuple[str, ...] | None:
        if all(row):
            return None
        return tuple(name for group, moves in zip(self.groups, row, strict=True) if moves for name in group.parameters)


class DataFacts(NamedTuple):
    """What a plan has to know of the training data; ``class_counts`` is empty for a regression."""

    steps_per_epoch: int
    regression: bool
    class_counts: tuple[int, ...] = ()


def make_plan(
    recipe: Recipe,
    encoder: Encoder,
    settings: OptimisationSettings,
    data: DataFacts,
    own: Sequence[str] = (),
) -> Plan:
    """Compile a recipe for a model and a number of steps; ``own`` names the parameters that strategies bring.

    Raises:
        UsageError: there are too many steps to plan, or a strategy doesn't fit a regression.
        ValueError: a strategy left a parameter out of the groups, or in two of them.
    """
    steps = settings.max_steps or settings.epochs * data.steps_per_epoch
    if steps > MOST_STEPS:
        raise UsageError(f"{steps:,} optimizer steps are too many: at most {MOST_STEPS:,}", hint=_FEWER_STEPS)
    context = Context(
        steps=steps,
        steps_per_epoch=data.steps_per_epoch,
        warmup_steps=min(int(settings.warmup * (steps if settings.warmup < 1 else 1)), steps - 1),
        depth=encoder.depth,
        lr=settings.lr,
        head_lr=settings.head_lr,
        regression=data.regression,
        class_counts=data.class_counts,
        own=tuple(own),
    )
    _refuse_regression(recipe, context)
    if settings.optimizer != "adamw" and not settings.bias_correction:
        raise UsageError("--no-bias-correction goes with --optimizer adamw alone", hint="Leave one of them out.")
    groups = _layer_groups(encoder, settings)
    for strategy in recipe:
        groups = strategy.parameter_groups(groups, context)
    check_groups(groups, [*encoder.weights, *own])
    rates = torch.tensor([group.lr for group in groups], dtype=torch.float64).repeat(steps, 1)
    moving = torch.ones(rates.shape, dtype=torch.bool)
    for strategy in recipe:
        rates = strategy.learning_rates(rates, groups, context)
        moving = strategy.moving(moving, groups, context)
    acting = _acting_after(recipe, context)
    restarts: set[int] = set()
    for strategy in recipe:
        phase = strategy.phase(groups, context)
        if phase is not None:
            rates, moving = torch.cat([phase.rates, rates]), torch.cat([phase.moving, moving])
            acting = ((),) * len(phase.rates) + acting
            restarts = {step + len(phase.rates) for step in (*restarts, 0)}
    return Plan(
        recipe=recipe,
        context=context,
        groups=tuple(groups),
        rates=rates * moving,
        moving=moving,
        restarts=frozenset(restarts),
        acting_after=acting,
        batch_size=settings.batch_size,
        max_grad_norm=settings.max_grad_norm,
        bias_correction=settings.bias_correction,
        optimizer=settings.optimizer,
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
    undecayed = encoder.undecayed(settings.no_decay)
    for name, depth in encoder.depths.items():
        members.setdefault((depth, name not in undecayed), []).append(name)
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


def _refuse_regression(recipe: Recipe, context: Context) -> None:
    for strategy in recipe:
        if context.regression and strategy.classes_only:
            flag = "--" + strategy.name.replace("_", "-")
            raise UsageError(f"{flag} needs classes, and this task asks for a number", hint="Leave it out.")


def _acting_after(recipe: Recipe, context: Context) -> tuple[tuple[AnyStrategy, ...], ...]:
    looking = [strategy for strategy in recipe if type(strategy).after_update is not Strategy.after_update]
    times = [(strategy, strategy.updates_at(context)) for strategy in looking]
    return tuple(
        tuple(strategy for strategy, acts in times if acts is None or acts[step]) for step in range(context.steps)
    )
