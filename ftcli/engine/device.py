"""The device to compute on, the threads, and the numbers to compute with."""

from __future__ import annotations

import torch

from ftcli.errors import UsageError
from ftcli.sharing import heed_others


def generator_of(device: torch.device) -> torch.Generator:
    """Return the generator that torch draws from there, where it is given no other."""
    if device.type != "cuda":
        return torch.default_generator
    torch.cuda.init()  # type: ignore[no-untyped-call]
    return torch.cuda.default_generators[torch.cuda.current_device() if device.index is None else device.index]


def use_threads(number: int) -> None:
    """Compute with so many threads of the processor, which heed other programs; 0: as many as torch takes."""
    if number:
        torch.set_num_threads(number)
    heed_others()


def device_for_training(wanted: str, executor: str) -> torch.device:
    """Return the device to train on.

    Raises:
        UsageError: a GPU is asked for where there is none, or there would be none for what needs one.
    """
    device = choose_device(wanted)
    if executor == "graph" and device.type != "cuda":
        raise UsageError(
            "--executor graph: what is recorded are the steps of a CUDA device, and the run would have none",
            hint="Leave the option out, or train where there is one, without --device cpu.",
        )
    return device


def choose_device(wanted: str) -> torch.device:
    """Return the device to compute on.

    Raises:
        UsageError: a GPU is asked for where there is none.
    """
    if wanted == "cuda" and not torch.cuda.is_available():
        raise UsageError("--device: there is no CUDA device on this machine", hint="Leave the option out, or give cpu.")
    return torch.device("cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu")


def lower_precision(wanted: str, device: torch.device) -> torch.dtype | None:
    """Return the type that the matrix products of training are computed in; None: that of the weights."""
    has_bf16 = device.type == "cuda" and torch.cuda.is_bf16_supported()
    return torch.bfloat16 if wanted == "bf16" or (wanted == "auto" and has_bf16) else None
