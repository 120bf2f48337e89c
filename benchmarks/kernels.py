"""What a step launches on a CUDA device, and how long single kernels take: ``python -m benchmarks.kernels --help``.

Without ``--steps`` it times, in recordings as ftcli replays them, what models/linear.py and models/attention.py choose
between: the sum over the tokens that is the gradient of a bias, and attention with dropout, forward and backward.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch.autograd import DeviceType  # type: ignore[attr-defined]
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.profiler import ProfilerActivity, profile

from benchmarks.gpu import SIZES, random_model, train_together
from benchmarks.subjects import Job
from ftcli import api
from ftcli.engine.observers import Observer

ROWS, WIDTHS = (128, 256, 512), (384, 1536, 3072)
LENGTHS, HEADS, HEAD_WIDTHS, TEXTS = (8, 16, 32, 64, 128), 12, (32, 64), 16
KERNELS = {"torch's choice": [], "memory-efficient": [SDPBackend.EFFICIENT_ATTENTION], "plain": [SDPBackend.MATH]}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kernels", description=str(__doc__).partition("\n")[0])
    parser.add_argument("--steps", type=int, default=0, help="print what so many steps launch, each kernel by name")
    parser.add_argument("--skip", type=int, default=400, help="steps before them")
    parser.add_argument("--size", default="384", choices=list(SIZES))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--task", default="cola")
    parser.add_argument("--most", type=int, default=45, help="kernels that are named")
    given = parser.parse_args()
    if given.steps:
        launched(given)
    else:
        sums()
        attentions()


def sums() -> None:
    """Time the sum over rows by a kernel for sums, and by a product with a row of ones."""
    for rows in ROWS:
        for width in WIDTHS:
            tensor = torch.randn(rows, width, device="cuda", dtype=torch.bfloat16)
            ones = tensor.new_ones(1, rows)
            took = microseconds(lambda: tensor.sum(0)), microseconds(lambda: ones @ tensor)  # noqa: B023 - called at once
            print(f"sum of [{rows}, {width}]: {took[0]:.2f} us by a sum, {took[1]:.2f} us by a product")


def attentions() -> None:
    """Time attention by several kernels."""
    for length in LENGTHS:
        for width in HEAD_WIDTHS:
            took = {name: microseconds(attention(length, width, kernels), 50) for name, kernels in KERNELS.items()}
            words = ", ".join(f"{time:.1f} us by {name}" for name, time in took.items())
            print(f"attention of {TEXTS} texts of {length} tokens, {HEADS} heads {width} wide: {words}")


def attention(length: int, width: int, kernels: Sequence[SDPBackend]) -> Callable[[], Any]:
    """Return attention with its gradient, of one joined product for query, key and value."""
    joined = torch.randn(TEXTS, length, 3 * HEADS * width, device="cuda", dtype=torch.bfloat16, requires_grad=True)
    mask = torch.zeros(TEXTS, 1, length, length, device="cuda", dtype=torch.bfloat16)

    def run() -> Any:
        query, key, value = (part.view(TEXTS, length, HEADS, width).transpose(1, 2) for part in joined.chunk(3, dim=-1))
        with sdpa_kernel(list(kernels)) if kernels else nullcontext():
            attended = F.scaled_dot_product_attention(query, key, value, attn_mask=mask, dropout_p=0.1)
        return torch.autograd.grad(attended.sum(), joined)

    return run


def microseconds(work: Callable[[], Any], times: int = 200) -> float:
    """Return how long some work takes when it is replayed many times in a row: the shortest of five tries."""
    stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    with torch.cuda.stream(stream):
        work()
        work()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for _ in range(times):
            work()
    best = float("inf")
    for _ in range(5):
        begun, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
        begun.record()
        graph.replay()
        ended.record()
        ended.synchronize()
        best = min(best, begun.elapsed_time(ended))
    return 1000 * best / times


class Watch(Observer):
    """Profiles the steps after the first ``skip``."""

    def __init__(self, skip: int, steps: int) -> None:
        self._first, self._last = skip, skip + steps
        self.profile = profile(
            activities=[ProfilerActivity.CUDA if torch.cuda.is_available() else ProfilerActivity.CPU]
        )

    def step(self, number: int) -> None:
        """Start or stop, where it is time to."""
        if number == self._first:
            self.profile.start()
        if number == self._last:
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            self.profile.stop()


def launched(given: argparse.Namespace) -> None:
    """Print the kernels of a step, those that take most first."""
    watch = Watch(given.skip, given.steps)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with tempfile.TemporaryDirectory() as folder:
        model = random_model(Path(folder) / "model", "onboard", **SIZES[given.size])
        steps = given.skip + given.steps + 1
        job = Job(task=given.task, model=str(model), device=device, steps=steps, seeds=given.seeds)
        if given.seeds == 1:
            api.train(job.settings(f"{folder}/run", save_model=False), [watch])
        else:
            train_together(job, watch)
    counts, times = Counter[str](), Counter[str]()
    for event in watch.profile.events() or []:  # type: ignore[no-untyped-call]
        if device == "cuda" and event.device_type != DeviceType.CUDA:
            continue  # what the processor did to launch it
        name = re.sub(r"^void ", "", event.name)[:150]
        counts[name] += 1
        times[name] += event.device_time or event.cpu_time
    print(f"{counts.total() / given.steps:.0f} a step, {times.total() / given.steps:.0f} us of them")
    for name, took in times.most_common(given.most):
        print(f"{counts[name] / given.steps:7.1f} {took / given.steps:8.1f} us  {name}")


if __name__ == "__main__":
    main()
