"""What a strategy is: one technique, in one file of ``ftcli/strategies``, as hooks that the engine calls.

A strategy says what it does by overriding hooks, each with a default that changes nothing. Some are called
once, in Python, before the plan is frozen (``prepare``, ``parameter_groups``, ``learning_rates``). The others
lie inside the training step. Those only see tensors, and most of them are wrappers: they take the function
that they wrap and return one of the same form. Because nothing in them depends on a tensor's value in
Python, the same strategy can run eagerly, be captured in a CUDA graph, or be mapped over many seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar, cast

from ftcli.recipes.context import Context, Cost, ParameterGroup, Phase, Scope
from ftcli.recipes.functions import (
    Batch,
    EncoderView,
    ForwardFn,
    GradientFn,
    Gradients,
    ObjectiveFn,
    ParametersFn,
    PhaseLossFn,
    Tensors,
)
from ftcli.recipes.options import StrategySettings
from ftcli.recipes.stages import Claim, Stage, Weights

if TYPE_CHECKING:
    from torch import Tensor

# All that the file of a strategy takes from here; see docs/architecture.md.
__all__ = [
    "AnyStrategy",
    "Claim",
    "Context",
    "Cost",
    "ParameterGroup",
    "Phase",
    "Scope",
    "Stage",
    "Strategy",
    "StrategySettings",
    "Weights",
]

S = TypeVar("S", bound=StrategySettings)


class Strategy(Generic[S]):
    """One fine-tuning technique. The first line of a subclass's docstring is the help of its flag."""

    name: ClassVar[str]
    stage: ClassVar[Stage]
    source: ClassVar[str]
    Settings: ClassVar[type[StrategySettings]] = StrategySettings
    claims: ClassVar[frozenset[Claim]] = frozenset()
    holds: ClassVar[frozenset[Weights]] = frozenset()
    """The pretrained weights that it keeps as they are, to train others."""
    acts_on: ClassVar[frozenset[Weights]] = frozenset()
    """The pretrained weights of which some have to be trained: else it is idle, or what it drew afresh stays so."""
    fallback: ClassVar[bool] = False
    """Joins every recipe in which nothing else makes its claims."""
    classes_only: ClassVar[bool] = False
    """Makes sense only where each example has one class: neither for a regression nor for sets of labels."""
    by_depth: ClassVar[bool] = False
    """Treats layers by their depth, which makes no sense where they share their weights."""

    def __init__(self, settings: S) -> None:
        self.settings = settings

    @classmethod
    def by_default(cls) -> Self:
        """Return it with the settings that it has where nothing is said."""
        return cls(cast(S, cls.Settings()))

    @classmethod
    def title(cls) -> str:
        """Return the first line of the docstring, which says what the technique is."""
        return (cls.__doc__ or cls.name).partition("\n")[0]

    def is_null(self) -> bool:
        """Whether these settings change nothing, so that the strategy is left out of the plan."""
        return False

    def cost(self) -> Cost:
        """Return what these settings add to a step."""
        return Cost()

    def looks_at_whole_table(self) -> bool:
        """Whether the embedding table must be complete, so that unused rows can't be taken out of it."""
        return False

    # Once, before the plan is frozen.

    def prepare(self, encoder: EncoderView, seed: int) -> None:
        """Change the model in place before training; ``seed`` starts this strategy's own random stream.

        Raises:
            UsageError: the settings don't fit this model.
        """

    def own_parameters(self, encoder: EncoderView, seed: int) -> Tensors:
        """Return newly drawn parameters to train beside the model's; ``parameter_groups`` puts them into groups."""
        return {}

    def parameter_groups(self, groups: list[ParameterGroup], context: Context) -> list[ParameterGroup]:
        """Return the groups with other rates or decay; every parameter must stay in exactly one."""
        return groups

    def learning_rates(self, table: Tensor, groups: Sequence[ParameterGroup], context: Context) -> Tensor:
        """Return the learning rates, float64 [steps, groups]: row s holds what step s moves by."""
        return table

    def moving(self, table: Tensor, groups: Sequence[ParameterGroup], context: Context) -> Tensor:
        """Return which groups are trained, bool [steps, groups]; the others have no gradient and rest."""
        return table

    def phase(self, groups: Sequence[ParameterGroup], context: Context) -> Phase | None:
        """Return the steps that come before the main ones, if there are any."""
        return None

    def updates_at(self, context: Context) -> list[bool] | None:
        """Say at which steps ``after_update`` is called, [steps]; None: at all of them."""
        return None

    def survey(
        self, slots: dict[str, Tensors], batches: Iterable[Batch], gradient: Callable[[Batch], Gradients]
    ) -> None:
        """Fill the own slots in place from an epoch over the training data, before the first main step.

        ``gradient`` gives that of the plain loss at the starting weights, with respect to all parameters.
        """

    # Inside the step: tensors in, tensors out.

    def phase_loss(self, scope: Scope) -> PhaseLossFn | None:
        """Return what the own phase trains in place of the task: no other strategy has a part in it then."""
        return None

    def slots(self, weights: Tensors, encoder: EncoderView) -> dict[str, Tensors]:
        """Return newly allocated tensors that the strategy keeps from step to step."""
        return {}

    def parameters(self, inner: ParametersFn, scope: Scope) -> ParametersFn:
        """Wrap weights -> the weights that the forward pass uses."""
        return inner

    def forward(self, inner: ForwardFn, scope: Scope) -> ForwardFn:
        """Wrap (weights, batch, delta) -> outputs."""
        return inner

    def objective(self, inner: ObjectiveFn, scope: Scope) -> ObjectiveFn:
        """Wrap (outputs, batch) -> loss of each example, [B]."""
        return inner

    def gradient(self, inner: GradientFn, scope: Scope) -> GradientFn:
        """Wrap (weights, batch, delta) -> gradients; call ``inner``, never differentiate."""
        return inner

    def after_update(self, weights: Tensors, scope: Scope) -> None:
        """Change the own slots, or the weights just updated, in place."""

    # During and after training.

    def merged(self, weights: Tensors) -> Tensors:
        """Return the weights with the own parameters merged into the model's, to evaluate and save."""
        return weights

    def final_weights(self, slots: dict[str, Tensors]) -> Tensors | None:
        """Return the weights to evaluate and save in place of the current ones; None where there are none yet."""
        return None


AnyStrategy = Strategy[Any]
