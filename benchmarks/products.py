"""The matrix products of linear layers, by torch's own choice and by oneDNN: ``python -m benchmarks.products``.

For the layers of the on-board model and batches of a few sizes: what a layer computes, and the gradients of its input
and of its weight. Prints the GFLOP/s of each, the best of many turns that take turns, and their ratio.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import torch
from torch import Tensor

from ftcli.models.products import has_full_width, multiply, onednn_is_faster

LAYERS = ((384, 384), (384, 1536), (1536, 384))
TOKENS = (64, 176, 768)
TURNS = 60


def products(tokens: int, inner: int, outer: int) -> dict[str, tuple[Callable[[], Tensor], Callable[[], Tensor]]]:
    """Return the three products of a layer, each in both ways."""
    inputs, weight, gradient = torch.randn(tokens, inner), torch.randn(outer, inner), torch.randn(tokens, outer)
    return {
        "output": (lambda: inputs @ weight.t(), lambda: multiply(inputs, weight)),
        "gradient of input": (lambda: gradient @ weight, lambda: multiply(gradient, weight.t())),
        "gradient of weight": (lambda: gradient.t() @ inputs, lambda: multiply(gradient.t(), inputs.t())),
    }


def fastest(ways: tuple[Callable[[], Tensor], ...]) -> list[float]:
    """Return the shortest time of each, in seconds."""
    best = [float("inf")] * len(ways)
    for _ in range(TURNS):
        for number, way in enumerate(ways):
            begun = time.perf_counter()
            way()
            best[number] = min(best[number], time.perf_counter() - begun)
    return best


def taken() -> str:
    """Say whether ftcli takes oneDNN on this processor."""
    if not onednn_is_faster():
        return "not taken"
    return "taken" if has_full_width() else "taken but for gradients of weights"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.products", description=__doc__.partition("\n")[0])
    parser.add_argument("--threads", type=int, default=0)
    if threads := parser.parse_args().threads:
        torch.set_num_threads(threads)
    print(f"{torch.get_num_threads()} threads; oneDNN is {taken()} here\n")
    print("| tokens | layer | product | torch | oneDNN | ratio |\n|---|---|---|---|---|---|")
    for tokens in TOKENS:
        for inner, outer in LAYERS:
            for name, ways in products(tokens, inner, outer).items():
                rates = [2 * tokens * inner * outer / seconds / 1e9 for seconds in fastest(ways)]
                ratio = rates[1] / rates[0]
                print(f"| {tokens} | {inner} to {outer} | {name} | {rates[0]:.0f} | {rates[1]:.0f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
