"""The matrix products of linear layers, by torch's own choice and by oneDNN: ``python -m benchmarks.products``.

For the layers of the on-board model and batches of a few sizes: what a layer computes, and the gradients of its input
and of its weight. Prints the GFLOP/s of both, and of what ftcli takes here with its ratio to torch's: the best of many
turns, in rounds through all of them. Written to ``benchmarks/results/products.json``, too.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from benchmarks.report import machine, write
from ftcli.models.products import multiply, products

LAYERS = ((384, 384), (384, 1536), (1536, 384))
TOKENS = (64, 176, 768)
ROUNDS, TURNS = 20, 5
"""Rounds through all products, and turns of each of them in a round: the first ones find nothing in the caches."""
WAYS = ("torch", "oneDNN", "ftcli")


def ways(tokens: int, inner: int, outer: int) -> dict[str, Sequence[Callable[[], Tensor]]]:
    """Return the three products of a layer, each in the three ``WAYS``: by torch, by oneDNN and as ftcli takes it."""
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


def fastest(products: Sequence[Sequence[Callable[[], Tensor]]]) -> list[list[float]]:
    """Return the shortest time of each way of each product, in seconds."""
    best = [[float("inf")] * len(alike) for alike in products]
    for _ in range(ROUNDS):
        for found, alike in zip(best, products, strict=True):
            for _ in range(TURNS):
                for number, way in enumerate(alike):
                    begun = time.perf_counter()
                    way()
                    found[number] = min(found[number], time.perf_counter() - begun)
    return best


def measured() -> list[dict[str, Any]]:
    """Return the GFLOP/s of each way for each product of each layer."""
    rows = [
        ({"tokens": tokens, "layer": f"{inner} to {outer}", "product": name}, 2e-9 * tokens * inner * outer, alike)
        for tokens in TOKENS
        for inner, outer in LAYERS
        for name, alike in ways(tokens, inner, outer).items()
    ]
    best = fastest([alike for *_, alike in rows])
    return [
        row | {way: gflop / seconds for way, seconds in zip(WAYS, found, strict=True)}
        for (row, gflop, _), found in zip(rows, best, strict=True)
    ]


def main() -> None:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.products", description=__doc__.partition("\n")[0])
    parser.add_argument("--threads", type=int, default=0)
    if threads := parser.parse_args().threads:
        torch.set_num_threads(threads)
    rows = measured()
    print(f"{torch.get_num_threads()} threads\n")
    print("| tokens | layer | product | torch | oneDNN | ftcli | ratio |\n|---|---|---|---|---|---|---|")
    for row in rows:
        shown = " | ".join(f"{value:.0f}" if isinstance(value, float) else f"{value}" for value in row.values())
        print(f"| {shown} | {row['ftcli'] / row['torch']:.2f} |")
    write({"machine": machine(), "gflops": rows}, "products")


if __name__ == "__main__":
    main()
