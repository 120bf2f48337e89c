"""The innermost gradient function, in two forms: by autograd for one seed, by ``torch.func`` to be mapped."""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import Tensor

from ftcli.engine.step import LossFn
from ftcli.recipes.functions import Batch, GradientFn, Gradients, Tensors


def by_autograd(loss: LossFn, micro_batch: int, moving: Collection[str] | None = None) -> GradientFn:
    """Differentiate with plain autograd, ``micro_batch`` examples at a time: the sum equals the whole batch.

    Only the ``moving`` weights get a gradient; None: all.
    """

    def gradient(weights: Tensors, batch: Batch, delta: Tensor | None = None, *, with_delta: bool = False) -> Gradients:
        leaves = {name: _leaf(weights[name]) for name in (weights if moving is None else moving)}
        given = {name: leaves[name] if name in leaves else weight.detach() for name, weight in weights.items()}
        present = batch.present.sum()
        total: list[Tensor] | None = None
        losses, shifts = [], []
        for first in range(0, len(batch.labels), micro_batch):
            part = slice(first, first + micro_batch)
            shift = None if delta is None else delta[part].detach().requires_grad_(with_delta)
            value = loss(given, _rows(batch, part), shift) / present
            wanted = [*leaves.values(), *([shift] if with_delta and shift is not None else [])]
            found = list(torch.autograd.grad(value, wanted, materialize_grads=True))
            if with_delta:
                shifts.append(found.pop())
            total = found if total is None else torch._foreach_add(total, found)  # type: ignore[assignment]
            losses.append(value.detach())
        return Gradients(
            dict(zip(leaves, total or [], strict=True)),
            torch.cat(shifts) if shifts else None,
            {"loss": torch.stack(losses).sum()},
        )

    return gradient


def by_transform(loss: LossFn, moving: Collection[str] | None = None) -> GradientFn:
    """Differentiate with ``torch.func``, the whole batch at once, in a form that ``torch.vmap`` can map.

    Only the ``moving`` weights get a gradient; None: all.
    """

    def mean_loss(leaves: Tensors, delta: Tensor | None, weights: Tensors, batch: Batch) -> Tensor:
        return loss(weights | leaves, batch, delta) / batch.present.sum()

    def gradient(weights: Tensors, batch: Batch, delta: Tensor | None = None, *, with_delta: bool = False) -> Gradients:
        function = torch.func.grad_and_value(mean_loss, argnums=(0, 1) if with_delta else 0)
        leaves = weights if moving is None else {name: weights[name] for name in moving}
        found, value = function(leaves, delta, weights, batch)
        wrt_weights, wrt_delta = found if with_delta else (found, None)
        return Gradients(wrt_weights, wrt_delta, {"loss": value})

    return gradient


def _leaf(weight: Tensor) -> Tensor:
    """Return what the gradient of a weight is taken by.

    On a processor that is the weight itself, as the model has it, where it can be; steps of a GPU are replayed.
    """
    as_it_is = weight.requires_grad and weight.is_leaf and weight.device.type == "cpu"
    return weight if as_it_is else weight.detach().requires_grad_()


def _rows(batch: Batch, part: slice) -> Batch:
    return Batch({name: value[part] for name, value in batch.inputs.items()}, batch.labels[part], batch.present[part])
