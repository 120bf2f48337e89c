"""The matrix products of linear layers, by torch's own choice and by oneDNN: ``python -m benchmarks.products``.

For the layers of the on-board model and batches of a few sizes: what a layer computes, and the gradients of its input
and of its weight. Prints the GFLOP/s of both, and of what ftcli takes here with its ratio to torch's: the best of many
turns that take turns.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ftcli.models.products import multiply, products

LAYERS = ((384, 384), (384, 1536), (1536, 384))
TOKENS = (64, 176, 768)
TURNS = 60


def ways(tokens: int, inner: int, outer: int) -> dict[str, Sequence[Callable[[], Tensor]]]:
    """Return the three products of a layer, each by torch, by oneDNN and as ftcli takes it."""
    ours = products(torch.float32)
    inputs, weight, gradient = torch.randn(tokens, inner), torch.randn(outer, inner), torch.randn(tokens, outer)
    return {
        "output": (
            lambda: inputs @ weight.t(),
            lambda: multiply(inputs, weight),
            lambda: ours.forward(inputs, weight, None),
        ),
        "gradient of input": (
            lambda: gradient @ weight,
            lambda: multiply(gradient, weight.t()),
            lambda: ours.of_input(gradient, weight),
        ),
        "gradient of weight": (
            lambda: gradient.t() @ inputs,
            lambda: multiply(gradient.t(), inputs.t()),
            lambda: ours.of_weight(gradient, inputs),
        ),
    }


def fastest(ways: Sequence[Callable[[], Tensor]]) -> list[float]:
    """Return the shortest time of each, in seconds."""
    best = [float("inf")] * len(ways)
    for _ in range(TURNS):
        for number, way in enumerate(ways):
            begun = time.perf_counter()
            way()
            best[number] = min(best[number], time.perf_counter() - begun)
    return best


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.products", description=__doc__.partition("\n")[0])
    parser.add_argument("--threads", type=int, default=0)
    if threads := parser.parse_args().threads:
        torch.set_num_threads(threads)
    print(f"{torch.get_num_threads()} threads\n")
    print("| tokens | layer | product | torch | oneDNN | ftcli | ratio |\n|---|---|---|---|---|---|---|")
    for tokens in TOKENS:
        for inner, outer in LAYERS:
            for name, alike in ways(tokens, inner, outer).items():
                rates = [2 * tokens * inner * outer / seconds / 1e9 for seconds in fastest(alike)]
                shown = " | ".join(f"{rate:.0f}" for rate in rates)
                print(f"| {tokens} | {inner} to {outer} | {name} | {shown} | {rates[2] / rates[0]:.2f} |")


if __name__ == "__main__":
    main()
