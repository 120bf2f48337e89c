"""The vmap executor: several seeds in one step, their weights stacked, mapped with ``torch.vmap``."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from ftcli.engine.clipping import clip
from ftcli.engine.differentiate import by_transform
from ftcli.engine.eager import Numbers, kind_of_step, shapes
from ftcli.engine.memory import for_seeds
from ftcli.engine.optimizer import PlannedOptimizer
from ftcli.engine.own_noise import OwnNoise
from ftcli.engine.state import TrainState, on_device
from ftcli.engine.step import Slots, Step
from ftcli.errors import UsageError
from ftcli.recipes.functions import Batch, Noise, Tensors

_ATTENTION_OF_ITS_OWN = ("deberta", "modernbert")
"""Families that don't take a ready additive mask, or read more out of the mask than what it hides."""


class StackedExecutor:
    """Takes the steps of S trainings at once; each has its own weights, slots, batches and dropout.

    The trainings follow the same plan and get batches of the same shape. What is not a number in one of them
    stays there, since nothing is computed across seeds. Nor does a seed depend on those that go with it: each draws
    from a generator of its own, which is that of its state. ``noise`` takes the place of what strategies draw.
    Where the steps are to be ``recorded``, all that they read stays where it is (see ``ftcli.engine.graph``).

    Raises:
        UsageError: the model can't be mapped, or the steps can't be recorded.
    """

    def __init__(self, states: Sequence[TrainState], noise: Noise | None = None, *, recorded: bool = False) -> None:
        first = states[0]
        refuse_unmappable(str(first.encoder.model.config.model_type))
        for state in states:
            state.encoder.use_plain_operations()  # the fused kernels have no mapped form
        self.plan, self._encoder, self.device = first.plan, first.encoder, first.device
        self._shared = {name: first.weights[name].detach() for name in _resting_alike(states)}
        self._weights: Tensors = {
            name: nn.Parameter(_stack(states, name)) for name in first.weights if name not in self._shared
        }
        self._slots: Slots = {
            strategy: {
                kind: {name: torch.stack([state.slots[strategy][kind][name] for state in states]) for name in tensors}
                for kind, tensors in slots.items()
            }
            for strategy, slots in first.slots.items()
        }
        for index, state in enumerate(states):
            own = {name: weight.detach()[index] for name, weight in self._weights.items()}
            state.weights = self._shared | own
            state.slots = {
                strategy: {kind: _slice(tensors, index) for kind, tensors in slots.items()}
                for strategy, slots in self._slots.items()
            }
        for state in states:
            state.together = len(states)
            state.random = torch.Generator(self.device)
        self._noise = noise
        self._portion = for_seeds(len(states))
        self._states = states
        self._places = torch.arange(len(states))
        self._numbers = Numbers(self.plan, self.device)
        self._optimizer = PlannedOptimizer(self.plan, self._weights, self._numbers.rates if recorded else None)
        for index, state in enumerate(states):
            state.moments = self._optimizer.part(index)
            state.step_portion = self._portion

    def step(self, batches: Sequence[Batch]) -> list[Tensors]:
        """Take one optimizer step of each training, and return what each measured, as 0-dim tensors."""
        self.look_up()
        self._numbers.read()
        batch = on_device(self.joined(batches), self.device)
        gradients, measures = self._portion.fit(partial(self._gradients, batch), self.generators)
        measures = self._move(gradients, measures)
        self.advance()
        return self.told(measures)

    def look_up(self) -> None:
        """Have the device know which step is the next."""
        self._numbers.look_up(self.taken)

    def compute(self, batch: Batch) -> Tensors:
        """Compute the step that was looked up, and nothing anew where memory runs out; measures are stacked, [S]."""
        self._numbers.read()
        return self._move(*self._gradients(batch, self._portion.rows))

    def joined(self, batches: Sequence[Batch]) -> Batch:
        """Return the batches stacked, [S, B, ...], as ``compute`` takes them."""
        return Batch(
            {name: torch.stack([batch.inputs[name] for batch in batches]) for name in batches[0].inputs},
            torch.stack([batch.labels for batch in batches]),
        )

    def told(self, measures: Tensors) -> list[Tensors]:
        """Return what ``compute`` has measured as ``step`` returns it."""
        return [_slice(measures, index) for index in range(len(self._states))]

    def advance(self) -> None:
        """Count the step."""
        for state in self._states:
            state.taken += 1

    def kind(self, batch: Batch) -> Hashable:
        """Return what Python decides about the next step, given the batches stacked."""
        return kind_of_step(self.plan, self.taken), self._portion.rows, shapes(batch)

    @property
    def taken(self) -> int:
        """How many steps have been taken."""
        return self._states[0].taken

    @property
    def starts_afresh(self) -> bool:
        """Whether the optimizer forgets all before the next step."""
        return self.taken in self.plan.restarts

    @property
    def generators(self) -> list[torch.Generator]:
        """Where the steps draw from."""
        return [state.random for state in self._states]

    def _gradients(self, batch: Batch, seeds: int) -> tuple[Tensors, Tensors]:
        weights = {name: weight.detach() for name, weight in self._weights.items()}
        mapped = torch.vmap(self._differentiate, chunk_size=None if self._portion.is_whole else seeds)
        batch = with_additive_mask(batch, torch.get_default_dtype())
        gradients, measures = mapped(weights, self._slots, batch, self._places)
        # Mapped gradients may come transposed.
        return {name: gradient.contiguous() for name, gradient in gradients.items()}, measures

    def _move(self, gradients: Tensors, measures: Tensors) -> Tensors:
        """Move the weights, and return what was measured."""
        norms = [clip(_slice(gradients, index), self.plan.max_grad_norm) for index in range(len(self._states))]
        self._optimizer.step(self.taken, gradients)
        if self.plan.acting_after[self.taken]:
            weights = {name: weight.detach() for name, weight in self._weights.items()}
            with torch.no_grad():
                torch.vmap(self._after_update)(weights, self._slots, self._places)
        return measures | {"gradient_norm": torch.stack(norms)}

    def _differentiate(self, weights: Tensors, slots: Slots, batch: Batch, place: Tensor) -> tuple[Tensors, Tensors]:
        noise = self._noise_at(place)
        step, weights = self._step(slots, noise), self._shared | weights
        with noise:
            found = step.gradient(by_transform(step.loss(), self.plan.moving_at(self.taken)))(weights, batch)
        return found.weights, found.measures

    def _after_update(self, weights: Tensors, slots: Slots, place: Tensor) -> Tensor:
        step = self._step(slots, self._noise_at(place))
        step.after_update(self._shared | weights, self.plan.acting_after[self.taken])
        return next(iter(weights.values()))  # vmap wants something back

    def _noise_at(self, place: Tensor) -> OwnNoise:
        return OwnNoise(place, self.generators)

    def _step(self, slots: Slots, noise: Noise) -> Step:
        other_task, numbers = self.plan.other_task_at(self.taken), self._numbers
        return Step(self.plan, self._encoder, slots, numbers.step, self._noise or noise, numbers.rates, other_task)


def refuse_unmappable(family: str) -> None:
    """Check that the forward pass of models of a family, as ``transformers`` names it, can be mapped over seeds.

    Raises:
        UsageError: it can't.
    """
    if not can_be_mapped(family):
        raise UsageError(
            f"--executor vmap: models of the family {family} can't be mapped over seeds, "
            "since they compute attention masks of their own",
            hint="Leave the option out: each seed then takes steps of its own.",
        )


def can_be_mapped(family: str) -> bool:
    """Whether the forward pass of models of a family, as ``transformers`` names it, can be mapped over seeds."""
    return not family.startswith(_ATTENTION_OF_ITS_OWN)


def with_additive_mask(batch: Batch, dtype: torch.dtype) -> Batch:
    """Return the batch with its attention mask as numbers to add to the attention scores, [..., B, 1, T, T].

    The one form that models take under vmap: they look into a mask of zeros and ones.
    """
    seen = batch.inputs["attention_mask"].bool()
    hidden = torch.zeros(seen.shape, dtype=dtype, device=seen.device).masked_fill(~seen, torch.finfo(dtype).min)
    mask = hidden[..., None, None, :].expand(*seen.shape[:-1], 1, seen.shape[-1], -1)
    return batch._replace(inputs=batch.inputs | {"attention_mask": mask})


def _resting_alike(states: Sequence[TrainState]) -> set[str]:
    """Return the names of weights that never move and are the same for all seeds: they need no copy for each."""
    plan, first = states[0].plan, states[0].weights
    return {name for name in plan.resting if all(torch.equal(first[name], state.weights[name]) for state in states[1:])}


def _stack(states: Sequence[TrainState], name: str) -> Tensor:
    return torch.stack([state.weights[name].detach() for state in states])


def _slice(tensors: Tensors, index: int) -> Tensors:
    return {name: tensor[index] for name, tensor in tensors.items()}
