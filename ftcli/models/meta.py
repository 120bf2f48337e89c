"""Models made without numbers, as transformers makes them before it loads their weights, without symbolic mathematics.

Some of torch's operations on such tensors are written in Python, and load sympy to be so: half a second, and 30 MB.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

_META = torch.device("meta")


class WithoutSymbols(TorchFunctionMode):
    """Has these operations done by others, as long as it is entered."""

    def __torch_function__(self, function: Callable[..., Any], _: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Carry out a function of torch."""
        options = kwargs or {}
        if getattr(function, "__module__", None) == "torch.nn.init":
            tensor = args[0] if args else options["tensor"]
            if tensor.device == _META:  # there is nothing to draw
                return tensor
        elif function is torch.arange and _asks_for(options) and options.get("device") == _META:
            return function(*args, **options | {"device": "cpu"}).to(_META)
        elif function is torch.empty_like and _asks_for(options) and _is_plain(args):
            return torch.empty(args[0].shape, **{"dtype": args[0].dtype, "device": _META} | options)
        return function(*args, **options)


def _asks_for(options: dict[str, Any]) -> bool:
    """Whether a new tensor is asked for by its type and device, and by nothing else."""
    return options.keys() <= {"dtype", "device"} and None not in options.values()


def _is_plain(args: tuple[Any, ...]) -> bool:
    """Whether this is a tensor without numbers that would lie in order."""
    return len(args) == 1 and args[0].device == _META and args[0].is_contiguous()
