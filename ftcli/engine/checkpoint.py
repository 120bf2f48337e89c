"""All that a training has to remember to go on as if it had never been interrupted."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from ftcli.engine.footprint import weight_bytes
from ftcli.engine.measured import Measured
from ftcli.engine.numbers import Numbers
from ftcli.engine.observers import JSONLines
from ftcli.engine.pace import Pace
from ftcli.engine.selection import Selection
from ftcli.engine.speed import CHECKPOINT, SpeedMeter
from ftcli.engine.state import TrainState
from ftcli.engine.watch import Watch
from ftcli.errors import RunError
from ftcli.recipes.functions import Tensors
from ftcli.runs.checkpoints import CheckpointStore
from ftcli.runs.files import read_json, write_json

_TENSORS, _NUMBERS = "state.safetensors", "state.json"


@dataclass
class Checkpointer:
    """Writes all that changes while a training goes on, and takes it up again."""

    store: CheckpointStore
    state: TrainState
    selection: Selection
    meter: SpeedMeter
    lines: JSONLines
    watch: Watch
    pace: Pace

    def __post_init__(self) -> None:
        self.pace.expect(4 * weight_bytes(self.state))  # with the best ones, and two averages of most optimizers

    def write_if_due(self, measured: Measured) -> None:
        """Write a checkpoint if it is time."""
        if self.pace.is_due(self.state.taken):
            self.write(measured)

    def write(self, measured: Measured) -> None:
        """Write a checkpoint.

        Raises:
            OSError, RunError: the disk refused; the older checkpoints are untouched.
        """
        with self.meter.spent_on(CHECKPOINT):
            started = time.perf_counter()
            self._write(measured)
            self.pace.wrote(self.state.taken, time.perf_counter() - started)

    def _write(self, measured: Measured) -> None:
        steps = measured.export()
        tensors = _apart(self._tensors(steps))
        numbers = {
            "step": self.state.taken,
            "selection": self.selection.export(),
            "meter": asdict(self.meter),
            "lines": self.lines.export(),
            "watch": self.watch.export(),
            "portions": [portion.rows for portion in self.state.portions],
            "measured": [list(measures) for measures in steps],
        }

        def fill(folder: Path) -> None:
            try:
                save_file(tensors, folder / _TENSORS)  # which copies nothing
            except SafetensorError as error:  # what is written outside of Python fails with errors of its own kinds
                raise RunError(
                    f"{folder.parent}: a checkpoint can't be written: {error}", hint="Is there space left on the disk?"
                ) from None
            write_json(folder / _NUMBERS, numbers)

        self.store.write(self.state.taken, fill)

    def restore(self, step: int) -> Measured:
        """Take up the checkpoint after so many steps; return what no entry has told of yet.

        Raises:
            RunError: the checkpoint is none of this run, or of another version.
        """
        folder = self.store.path(step)
        try:
            return self._restored(step, folder)
        except (SafetensorError, KeyError, ValueError, TypeError, AttributeError, RuntimeError) as error:
            raise RunError(
                f"{folder}: this checkpoint does not fit the run ({type(error).__name__}: {error})",
                hint="Was it made by another version of ftcli? Train anew, with --overwrite.",
            ) from None

    def _restored(self, step: int, folder: Path) -> Measured:
        tensors, numbers = (
            load_file(folder / _TENSORS),
            Numbers(**read_json(folder / _NUMBERS)).model_dump(by_alias=True),
        )
        if numbers["step"] != step:
            raise ValueError(f"it is of step {numbers['step']}")
        parts: dict[str, Tensors] = {}
        for name, tensor in tensors.items():
            part, _, rest = name.partition("/")
            # A copy lies in memory as torch lays it out: how a product is computed, and so rounded, depends on that.
            parts.setdefault(part, {})[rest] = tensor.to(self.state.device, copy=True)
        state = self.state
        expected = {name for name, _ in self._tensors([]) if name.startswith(("weights/", "slots/"))}
        if expected != {name for name in tensors if name.startswith(("weights/", "slots/"))}:
            raise ValueError("it holds other tensors")
        with torch.no_grad():
            for name, weight in parts["weights"].items():
                state.weights[name].copy_(weight)
            for name, slot in parts.get("slots", {}).items():
                strategy, kind, parameter = name.split("/", 2)
                state.slots[strategy][kind][parameter].copy_(slot)
        assert state.moments is not None
        state.moments.restore(parts.get("moments", {}))
        state.taken = numbers["step"]
        best = parts.get("best")
        if best is not None and _shapes(best) != _shapes(state.weights):
            raise ValueError("the best weights are none of this model")
        self.selection.restore(numbers["selection"], best)
        self.meter.restore(numbers["meter"])
        self.lines.restore(numbers["lines"])
        self.watch.restore(numbers["watch"])
        for portion, rows in zip(state.portions, numbers["portions"], strict=True):
            portion.rows = min(portion.rows, rows)
        state.random.set_state(parts["random"]["state"].cpu())
        names = enumerate(numbers["measured"])
        steps = [{name: parts["measured"][f"{index}/{name}"].reshape(()) for name in each} for index, each in names]
        return Measured(state.device, steps)

    def _tensors(self, measured: list[Tensors]) -> Iterator[tuple[str, Tensor]]:
        state = self.state
        assert state.moments is not None
        parts = {"weights": state.weights, "moments": state.moments.export(), "best": self.selection.weights or {}}
        for part, tensors in parts.items():
            yield from ((f"{part}/{name}", tensor) for name, tensor in tensors.items())
        for strategy, slots in state.slots.items():
            for kind, tensors in slots.items():
                yield from ((f"slots/{strategy}/{kind}/{name}", tensor) for name, tensor in tensors.items())
        for index, measures in enumerate(measured):
            yield from ((f"measured/{index}/{name}", value) for name, value in measures.items())
        yield "random/state", state.random.get_state()


def _apart(tensors: Iterable[tuple[str, Tensor]]) -> Tensors:
    """Return tensors as a file takes them, on the processor and each in memory of its own; most lie so already."""
    found: Tensors = {}
    taken = set()
    for name, given in tensors:
        tensor = given.detach().cpu().contiguous()
        memory = tensor.untyped_storage()
        if memory.nbytes() > tensor.nbytes or memory.data_ptr() in taken:
            tensor = tensor.clone()
        taken.add(tensor.untyped_storage().data_ptr())
        found[name] = tensor
    return found


def _shapes(tensors: Tensors) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in tensors.items()}
