"""A plan: what a recipe compiles to before the first step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from ftcli.errors import UsageError
from ftcli.models.encoder import Encoder
from ftcli.recipes.context import Context, ParameterGroup, Phase
from ftcli.recipes.recipe import Recipe
from ftcli.recipes.strategy import AnyStrategy, Strategy
from ftcli.settings.optimisation import OptimisationSettings
from ftcli.tasks.kind import Kind

MOST_STEPS = 1_000_000
_FEWER_STEPS = "Lower --max-steps or --epochs, or raise --batch-size."


class PhaseSpan(NamedTuple):
    """The steps of a strategy's phase: from ``first`` to before ``end``."""

    strategy: AnyStrategy
    first: int
    end: int

    @property
    def has_own_loss(self) -> bool:
        """Whether something else than the task is trained."""
        return type(self.strategy).phase_loss is not Strategy.phase_loss


@dataclass(frozen=True, eq=False)
class Plan:
    """Parameter groups, tables for all steps of learning rates and of what moves, and when each strategy acts.

    ``rates`` and ``moving`` are [steps, groups], the steps of ``phases`` before the main ones included; the optimizer
    starts afresh after each phase. ``acting_after`` says which strategies look at the weights after a step.
    A step takes ``batch_size * grad_accumulation`` examples, ``batch_size`` of them at a time.
    """

    recipe: Recipe
    context: Context
    groups: tuple[ParameterGroup, ...]
    rates: Tensor
    moving: Tensor
    phases: tuple[PhaseSpan, ...]
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

    @cached_property
    def restarts(self) -> frozenset[int]:
        """The steps before which the optimizer starts afresh."""
        return frozenset(phase.end for phase in self.phases)

    @property
    def resting(self) -> set[str]:
        """Names of the weights that no step writes to."""
        if any(self.acting_after):  # what acts after an update may write to all weights
            return set()
        moves = zip(self.groups, self.moving.any(0).tolist(), strict=True)
        return {name for group, moving in moves if not moving for name in group.parameters}

    def main_step(self, step: int) -> int:
        """Return the number of a step among the main ones; 0 in phases before them."""
        return max(0, step - self.main_from)

    def other_task_at(self, step: int) -> AnyStrategy | None:
        """Return the strategy whose own loss is trained in a step; None: it is the task's."""
        for phase in self.phases:
            if phase.first <= step < phase.end and phase.has_own_loss:
                return phase.strategy
        return None

    def moving_at(self, step: int) -> tuple[str, ...] | None:
        """Return the names of the parameters that are trained in a step; None: all of them."""
        return self._named(tuple(self.moving[step].tolist()))

    @cache  # noqa: B019 - a plan lives as long as its training
    def _named(self, row: tuple[bool, ...]) -> tuple[str, ...] | None:
        if all(row):
            return None
        return tuple(name for group, moves in zip(self.groups, row, strict=True) if moves for name in group.parameters)


class DataFacts(NamedTuple):
    """What a plan has to know of the data; ``class_counts`` is empty where examples have not just one class."""

    steps_per_epoch: int
    kind: Kind
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
        UsageError: there are too many steps to plan, or a strategy doesn't fit the task.
        ValueError: a strategy left a parameter out of the groups, or in two of them.
    """
    context = _context(encoder, settings, data, own)
    _refuse_unfit(recipe, context)
    if settings.optimizer != "adamw" and not settings.bias_correction:
        raise UsageError("--no-bias-correction goes with --optimizer adamw alone", hint="Leave one of them out.")
    groups = _layer_groups(encoder, settings)
    for strategy in recipe:
        groups = strategy.parameter_groups(groups, context)
    check_groups(groups, [*encoder.weights, *own])
    rates, moving = _main_steps(recipe, groups, context)
    phases = {strategy: phase for strategy in recipe if (phase := strategy.phase(groups, context))}
    rates = torch.cat([*(phase.rates for phase in phases.values()), rates])
    moving = torch.cat([*(phase.moving for phase in phases.values()), moving])
    return Plan(
        recipe=recipe,
        context=context,
        groups=tuple(groups),
        rates=rates * moving,
        moving=moving,
        phases=tuple(_spans(phases)),
        acting_after=((),) * (len(rates) - context.steps) + _acting_after(recipe, context),
        batch_size=settings.batch_size,
        max_grad_norm=settings.max_grad_norm,
        bias_correction=settings.bias_correction,
        optimizer=settings.optimizer,
    )


def _context(encoder: Encoder, settings: OptimisationSettings, data: DataFacts, own: Sequence[str]) -> Context:
    """Return the facts that strategies may plan with.

    Raises:
        UsageError: there are too many steps to plan.
    """
    steps = settings.steps(data.steps_per_epoch)
    if steps > MOST_STEPS:
        raise UsageError(f"{steps:,} optimizer steps are too many: at most {MOST_STEPS:,}", hint=_FEWER_STEPS)
    return Context(
        steps=steps,
        steps_per_epoch=data.steps_per_epoch,
        warmup_steps=min(int(settings.warmup * (steps if settings.warmup < 1 else 1)), steps - 1),
        depth=encoder.depth,
        lr=settings.lr,
        head_lr=settings.head_lr,
        kind=data.kind,
        class_counts=data.class_counts,
        own=tuple(own),
    )


def _main_steps(recipe: Recipe, groups: Sequence[ParameterGroup], context: Context) -> tuple[Tensor, Tensor]:
    """Return the learning rates of all steps but those of phases, and which groups are trained in them."""
    rates = torch.tensor([group.lr for group in groups], dtype=torch.float64).repeat(context.steps, 1)
    moving = torch.ones(rates.shape, dtype=torch.bool)
    for strategy in recipe:
        rates = strategy.learning_rates(rates, groups, context)
        moving = strategy.moving(moving, groups, context)
    return rates, moving


def _spans(phases: Mapping[AnyStrategy, Phase]) -> Iterator[PhaseSpan]:
    first = 0
    for strategy, phase in phases.items():
        yield PhaseSpan(strategy, first, first + len(phase.rates))
        first += len(phase.rates)


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


def _refuse_unfit(recipe: Recipe, context: Context) -> None:
    asked = {"regression": "a number", "multilabel": "sets of labels"}.get(context.kind)
    for strategy in recipe:
        if asked and strategy.classes_only:
            flag = "--" + strategy.name.replace("_", "-")
            raise UsageError(f"{flag} needs one class an example, and this task asks for {asked}", hint="Leave it out.")


def _acting_after(recipe: Recipe, context: Context) -> tuple[tuple[AnyStrategy, ...], ...]:
    looking = [strategy for strategy in recipe if type(strategy).after_update is not Strategy.after_update]
    times = [(strategy, strategy.updates_at(context)) for strategy in looking]
    return tuple(
        tuple(strategy for strategy, acts in times if acts is None or acts[step]) for step in range(context.steps)
    )
