"""A fine-tuned model as an ONNX graph: written, quantized, and run with onnxruntime."""

from __future__ import annotations

import importlib.util
import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ftcli.errors import FtcliError, ModelError
from ftcli.models.quiet import quiet
from ftcli.recipes.functions import Tensors

LOGITS = "logits"
_PACKAGES = ("onnx", "onnxruntime", "onnxscript")


def require_packages() -> None:
    """Check that what writes and runs graphs is installed.

    Raises:
        FtcliError: it is not.
    """
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise FtcliError(
            f"an export to ONNX needs packages that are not installed: {', '.join(missing)}",
            hint="Run: pip install 'ftcli[onnx]'",
        )


def write_graph(model: nn.Module, inputs: Tensors, path: Path) -> None:
    """Write a model as a graph whose batch and sequence may have any length.

    Args:
        model: in evaluation mode, on the CPU.
        inputs: an example of its arguments, each [B, T] with B and T of 2 or more.
        path: the file; weights of over 2 GB lie beside it.

    Raises:
        ModelError: it can't be written as a graph.
    """
    with _explained("can't be exported"):
        program: Any = torch.onnx.export(
            model,
            (),
            kwargs=inputs,
            input_names=list(inputs),
            output_names=[LOGITS],
            dynamic_shapes={name: {0: "batch", 1: "sequence"} for name in inputs},
            dynamo=True,
            verbose=False,
        )
        program.save(str(path))


def write_quantized(graph: Path, path: Path) -> None:
    """Write a graph with weights of 8 bits; the activations are quantized as they come up.

    Raises:
        ModelError: it can't be quantized.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with _explained("can't be quantized"):
        quantize_dynamic(graph, path, weight_type=QuantType.QInt8)


class OnnxModel:
    """A graph, run on the CPU.

    Raises:
        ModelError: onnxruntime can't read it.
    """

    def __init__(self, path: Path, *, threads: int = 0) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        with _explained("can't be run"):
            self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    @property
    def inputs(self) -> Sequence[str]:
        """The names of its arguments."""
        return [each.name for each in self._session.get_inputs()]

    def logits(self, inputs: Tensors) -> NDArray[np.float32]:
        """Run it: tensors [B, T] -> logits [B, classes]."""
        found: NDArray[np.float32]
        (found,) = self._session.run([LOGITS], {name: inputs[name].numpy() for name in self.inputs})
        return found


@contextmanager
def _explained(what: str) -> Iterator[None]:
    """Silence the libraries, and turn whatever they raise into one message."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with quiet(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except OSError:
        raise
    except Exception as error:  # there is no end to what exporters raise over a model that they don't know
        reason = str(error).strip().partition("\n")[0]
        raise ModelError(f"the model {what}: {reason}", hint="Use its folder model/ with transformers.") from error
    finally:
        logging.disable(before)
