"""Blocks computed a second time for their gradient, where texts are so long that what would be kept is most memory.

The longest texts of a data set are few, and decide how much memory training takes; their batches computed twice cost
little. Chen et al. 2016, Training Deep Nets with Sublinear Memory Cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.func import functional_call

from ftcli.models.first_token import AS_BERT

_FAMILIES = {*AS_BERT, "albert", "distilbert", "modernbert"}
"""Families whose blocks are given hidden states, [B, T, width], and return them."""


class Recomputation:
    """Has blocks that are trained keep their input alone, [B, T, width], where T is beyond a ``length``; None: never.

    What they give is the same bit for bit, and so are their gradients: dropout draws again what it has drawn.
    """

    def __init__(self, model: Any, blocks: Sequence[nn.Module]) -> None:
        self.length: int | None = None
        for block in blocks if str(model.config.model_type) in _FAMILIES else ():
            self._watch(block)

    def _watch(self, block: Any) -> None:
        inner = _Inner(block)

        def forward(*arguments: Any, **options: Any) -> Any:
            if not self._is_due(arguments, options):
                return inner.forward(*arguments, **options)
            hidden, *others = arguments
            # Those of this pass: the model has its own back when it is over.
            names, weights = zip(*inner.named_parameters(), strict=True)

            def compute(hidden: Tensor, *weights: Tensor) -> Any:
                return functional_call(inner, dict(zip(names, weights, strict=True)), (hidden, *others), options)

            return _Recomputed.apply(compute, hidden, *weights)  # type: ignore[no-untyped-call]

        block.forward = forward

    def _is_due(self, arguments: tuple[Any, ...], options: dict[str, Any]) -> bool:
        if self.length is None or not torch.is_grad_enabled() or not arguments:
            return False
        hidden, *others = arguments
        return hidden.shape[1] > self.length and all(map(_only_read, (*others, *options.values())))


def _only_read(value: Any) -> bool:
    """Whether a block can do no more than read this, as it does a mask: it is not learned, and no cache to write to."""
    if isinstance(value, Tensor):
        return not value.requires_grad
    if isinstance(value, tuple):
        return all(map(_only_read, value))
    return value is None or isinstance(value, (bool, int, float))


class _Inner(nn.Module):
    """A block with its own forward pass."""

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.block = block
        self.forward = block.forward


class _Recomputed(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *given: Any) -> Any:
        ctx.compute, *tensors = given
        ctx.random = torch.get_rng_state()
        ctx.lower = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else None
        ctx.save_for_backward(*tensors)
        return ctx.compute(*tensors)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor, *_: Any) -> tuple[Tensor | None, ...]:
        needed = ctx.needs_input_grad[1:]
        tensors = [each.detach().requires_grad_(on) for each, on in zip(ctx.saved_tensors, needed, strict=True)]
        with (
            torch.random.fork_rng(devices=[]),
            torch.autocast("cpu", ctx.lower, enabled=ctx.lower is not None, cache_enabled=False),
            torch.enable_grad(),
        ):
            torch.set_rng_state(ctx.random)
            output = ctx.compute(*tensors)
            output = output[0] if isinstance(output, tuple) else output
            # Given the gradient itself, torch would load sympy to compare shapes.
            weighted = (output * gradient).sum()
        wanted = [each for each in tensors if each.requires_grad]
        found = iter(torch.autograd.grad(weighted, wanted, materialize_grads=True))
        return None, *(next(found) if each.requires_grad else None for each in tensors)
