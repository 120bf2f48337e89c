"""What grows with what: the cost of a training against its examples, its texts' length, and its number of seeds.

    python -m benchmarks.curves

Written to ``benchmarks/results/curves.json`` and ``.svg``. Examples are drawn from a task's with replacement; a text of
a certain length is made of those of several. Seeds train together on a GPU, else in processes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report import machine, write
from benchmarks.subjects import Job, ftcli_study
from ftcli.tasks.texts import Texts

SIZES = (500, 1_500, 5_000, 15_000, 50_000)
LENGTHS = (8, 16, 32, 64, 128, 256)
SEEDS = (1, 2, 4, 8, 16, 32)


def main() -> None:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--task", default="cola", help="a task that ftcli has downloaded")
    parser.add_argument("--data-dir", default="data")
    parser.add_argument("--model", default="onboard")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--seeds", default=",".join(map(str, SEEDS)), help="numbers of seeds")
    given = parser.parse_args()
    job = Job(task=given.task, data_dir=given.data_dir, model=given.model, device=given.device)
    found: dict[str, Any] = {
        "machine": machine(),
        "job": vars(given),
        "examples": [of_examples(job, size) for size in SIZES],
        "length": [of_length(job, length) for length in LENGTHS],
        "seeds": [of_seeds(job, seeds) for seeds in map(int, given.seeds.split(","))],
    }
    place = write(found, "curves")
    draw(found, place.with_suffix(".svg"))
    for name in ("examples", "length", "seeds"):
        print(name)
        for row in found[name]:
            print("  " + "  ".join(f"{key} {value:,.4g}" for key, value in row.items()))


def of_examples(job: Job, size: int) -> dict[str, float]:
    """Measure what so many training examples cost before and beside the steps themselves, in seconds and bytes."""
    from ftcli.engine.assembly import assemble
    from ftcli.tasks.load import load_dataset

    settings = job.settings("unused")
    dataset = load_dataset(settings)
    rows = np.random.default_rng(0).integers(len(dataset.splits["train"]), size=size)
    splits = dataset.splits | {"train": dataset.splits["train"].take(rows)}
    started = time.perf_counter()
    assembly = assemble(settings, replace(dataset, splits=splits))
    assembled = time.perf_counter()
    train = assembly.splits["train"]
    for batch, length in assembly.buckets.epoch(0):
        train.batch(batch, length)
    examples = dataset.splits["train"]
    text = [each for each in (examples.texts, examples.pairs) if isinstance(each, Texts)]
    held = [each for each in (train.ids, train.types, train.starts, train.labels) if each is not None]
    return {
        "examples": size,
        "seconds to encode": assembled - started,
        "seconds to draw an epoch": time.perf_counter() - assembled,
        "bytes held an example": sum(each.nbytes for each in held) / size
        + sum(each.nbytes for each in text) / len(examples),
        "share of tokens that is padding": 1 - assembly.buckets.efficiency(),
    }


def of_length(job: Job, length: int) -> dict[str, float]:
    """Measure steps on batches of texts of so many tokens."""
    import torch

    from ftcli.engine.assembly import assemble
    from ftcli.engine.executors import executor_of
    from ftcli.engine.state import TrainState
    from ftcli.tasks.load import load_dataset

    settings = job.settings("unused").model_copy(update={"max_length": length, "max_steps": 100})
    dataset = load_dataset(settings)
    train = dataset.splits["train"]
    long = [" ".join(texts) for texts in _joined(train.texts, length)]
    examples = replace(train.take(np.arange(len(long))), texts=long, pairs=None)
    assembly = assemble(settings, replace(dataset, splits={"train": examples, "dev": examples}))
    assembly.encoder.train()
    state = TrainState(assembly.plan, assembly.encoder, assembly.own)
    executor = executor_of(state, "auto", print)
    split = assembly.splits["train"]
    seconds = []
    for step, (rows, padded) in zip(range(12), _again(assembly), strict=False):
        started = time.perf_counter()
        executor.step(split.batch(rows, padded))["loss"].item()
        if step > 3:
            seconds.append(time.perf_counter() - started)
    if job.device == "cuda":
        torch.cuda.empty_cache()
    step_seconds = float(np.median(seconds))
    return {"length": length, "seconds a step": step_seconds, "tokens/s": job.batch_size * length / step_seconds}


def of_seeds(job: Job, seeds: int) -> dict[str, float]:
    """Measure so many seeds as a study: examples a second of all of them together."""
    if job.device == "cuda":
        from benchmarks.gpu import study

        rate = study(replace(job, seeds=seeds, steps=300, skip=150))["examples_per_second"]
    else:
        rate = ftcli_study(replace(job, seeds=seeds, steps=60))["examples_per_second"]
    return {"seeds": seeds, "examples/s": rate, "seconds of 1,000 steps": 1000 * job.batch_size * seeds / rate}


def _joined(texts: Iterable[str], length: int) -> list[list[str]]:
    """Put texts together until each is of so many words, and so of as many tokens at least; 64 of them."""
    found: list[list[str]] = [[]]
    for text in texts:
        found[-1].append(text)
        if sum(len(each.split()) for each in found[-1]) >= length:
            found.append([])
        if len(found) > 64:
            break
    return found[:-1]


def _again(assembly: Any) -> Iterable[Any]:
    epoch = 0
    while True:
        yield from assembly.buckets.epoch(epoch)
        epoch += 1


def draw(found: dict[str, list[dict[str, float]]], place: Path) -> None:
    """Draw the three curves side by side, as SVG."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    shown = [
        ("examples", "seconds to encode", "training examples"),
        ("length", "seconds a step", "tokens of a text"),
        ("seeds", "seconds of 1,000 steps", "seeds"),
    ]
    figure, panels = pyplot.subplots(1, 3, figsize=(9, 2.8), layout="constrained")
    for (curve, what, across), axes in zip(shown, panels, strict=True):
        rows = found[curve]
        axes.loglog([row[curve] for row in rows], [row[what] for row in rows], "o-", color="#1f6f8b")
        axes.set_xticks([row[curve] for row in rows], [f"{row[curve]:,.0f}" for row in rows], fontsize=7)
        axes.set_xticks([], minor=True)
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter("")
        axes.set_ylim(bottom=min(row[what] for row in rows) / 2)
        axes.set_xlabel(across)
        axes.set_ylabel(what)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(place, metadata={"Date": None})


if __name__ == "__main__":
    main()
