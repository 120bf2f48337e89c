"""How many bytes a training takes, in memory and on disk."""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from ftcli.engine.assembly import Assembly
from ftcli.engine.state import TrainState
from ftcli.settings.train import TrainSettings

CHECKPOINTS = 3
"""Two, and the one that is being written."""

_ENTRY = 150  # bytes of an entry in metrics.jsonl, timings.jsonl and the event file, for each parameter group
_PREDICTION, _PROBABILITY = 60, 14  # bytes of a line of predictions, and of each label in it beside its name


def peak_memory(device: torch.device) -> int | None:
    """Return the most bytes taken so far: on a GPU, or by this process; None where the system does not tell."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def free_memory(device: torch.device) -> int | None:
    """Return the bytes that nothing uses there; None where the system does not tell."""
    if device.type == "cuda":
        torch.cuda.empty_cache()  # what torch keeps for later is free, too
        return torch.cuda.mem_get_info(device)[0]
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    kilobytes = next((line.split()[1] for line in lines if line.startswith("MemAvailable:")), None)
    return None if kilobytes is None else int(kilobytes) * 1024


def weight_bytes(state: TrainState) -> int:
    """Return the bytes of all weights."""
    return sum(each.nbytes for each in state.weights.values())


def slot_bytes(state: TrainState) -> int:
    """Return the bytes of what the strategies remember."""
    return sum(each.nbytes for slots in state.slots.values() for kind in slots.values() for each in kind.values())


def checkpoint_bytes(state: TrainState) -> int:
    """Return the bytes of a checkpoint: the weights, the best ones so far, what optimizer and strategies remember."""
    assert state.moments is not None
    moments = sum(each.nbytes for each in state.moments.export().values())
    return 2 * weight_bytes(state) + moments + slot_bytes(state)


def model_bytes(assembly: Assembly) -> int:
    """Return the bytes of a saved model, with the rows of its vocabulary that are not trained, and of its tokenizer."""
    model, tokenizer = assembly.encoder.model, getattr(assembly.tokenizer, "backend_tokenizer", None)
    table = model.get_input_embeddings().weight
    resting = (assembly.vocabulary_rows - len(table)) * table[0].nbytes
    weights: int = sum(each.nbytes for each in model.state_dict().values())
    return weights + int(resting) + (len(tokenizer.to_str().encode()) if tokenizer is not None else 0)


def run_bytes(settings: TrainSettings, assembly: Assembly, labels: tuple[str, ...], *, twice: bool) -> int:
    """Return the bytes of a finished run; ``twice`` where it keeps the last weights beside others."""
    line = _PREDICTION + sum(_PROBABILITY + len(name) for name in labels)
    parts = line * len(assembly.splits["dev"]) + (model_bytes(assembly) if settings.save_model else 0)
    entries = assembly.plan.steps // settings.log_every * _ENTRY * len(assembly.plan.groups)
    return parts * (2 if twice else 1) + entries
