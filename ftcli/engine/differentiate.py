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
        examples = len(batch.labels)
        total: list[Tensor] | None = None
        losses, shifts = [], []
        for first in range(0, examples, micro_batch):
            part = slice(first, first + micro_batch)
            shift = None if delta is None else delta[part].detach().requires_grad_(with_delta)
            value = loss(given, _rows(batch, part), shift) / examples
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

    Only the ``moving`` weights get a gradient; None: all. ``torch.func.grad`` would keep all for a second derivative.
    """

    def gradient(weights: Tensors, batch: Batch, delta: Tensor | None = None, *, with_delta: bool = False) -> Gradients:
        leaves = weights if moving is None else {name: weights[name] for name in moving}
        shifts = () if delta is None or not with_delta else (delta,)

        def mean_loss(leaves: Tensors, *shifts: Tensor) -> Tensor:
            return loss(weights | leaves, batch, *(shifts or (delta,))) / len(batch.labels)

        value, backward, *_ = torch.func.vjp(mean_loss, leaves, *shifts)
        wrt_weights, *wrt_delta = backward(torch.ones_like(value), retain_graph=False, create_graph=False)
        return Gradients(wrt_weights, next(iter(wrt_delta), None), {"loss": value})

    return gradient


def _leaf(weight: Tensor) -> Tensor:
    """Return what the gradient of a weight is taken by.

    On a processor that is the weight itself, as the model has it, where it can be; steps of a GPU are replayed.
    """
    as_it_is = weight.requires_grad and weight.is_leaf and weight.device.type == "cpu"
    return weight if as_it_is else weight.detach().requires_grad_()


def _rows(batch: Batch, part: slice) -> Batch:
    return Batch({name: value[part] for name, value in batch.inputs.items()}, batch.labels[part])
