"""Gradient clipping by the norm of all gradients together."""

from __future__ import annotations

import torch
from torch import Tensor

from ftcli.recipes.functions import Tensors


def clip(gradients: Tensors, max_norm: float, *, look: bool = False) -> Tensor:
    """Scale one training's gradients in place, so that their norm is at most ``max_norm``; return it as it was, 0-dim.

    A bound of 0 leaves them as they are. In place, and all tensors in one call: new ones would cost a sweep of memory,
    single ones a kernel each on a GPU. With ``look`` the norm is read, and smaller gradients are not multiplied by 1.
    """
    tensors = list(gradients.values())
    norm: Tensor = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(tensors)))
    if max_norm:
        factor = (max_norm / (norm + 1e-6)).clamp(max=1)
        if not (look and factor.item() == 1):
            torch._foreach_mul_(tensors, factor)
    return norm
