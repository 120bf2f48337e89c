"""The device to compute on."""

from __future__ import annotations

import torch

from ftcli.errors import UsageError


def generator_of(device: torch.device) -> torch.Generator:
    """Return the generator that torch draws from there, where it is given no other."""
    if device.type != "cuda":
        return torch.default_generator
    torch.cuda.init()  # type: ignore[no-untyped-call]
    return torch.cuda.default_generators[torch.cuda.current_device() if device.index is None else device.index]


def choose_device(wanted: str) -> torch.device:
    """Return the device to compute on.

    Raises:
        UsageError: a GPU is asked for where there is none.
    """
    if wanted == "cuda" and not torch.cuda.is_available():
        raise UsageError("--device: there is no CUDA device on this machine", hint="Leave the option out, or give cpu.")
    return torch.device("cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu")
