"""ftcli beside the Hugging Face Trainer on a CUDA device: ``python -m benchmarks.gpu --help``.

Trained are encoders with random weights: speed does not depend on what the weights are. All subjects are measured in
this process, in turns; Trainer computes in bf16, too. The results are written after each turn.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.plot import draw_seeds
from benchmarks.report import machine, write
from benchmarks.subjects import SUBJECTS as IN_PROCESSES
from benchmarks.subjects import Clock, Job, ftcli, trainer

SIZES: dict[str, dict[str, int]] = {
    "384": {"hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12, "intermediate_size": 1536},
    "768": {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072},
}
SKIP, PEER_SKIP = 150, 20
"""Steps that are not timed: until nearly all kinds of steps are recorded, and until Trainer has warmed up."""


def main() -> None:
    """Measure, print, and write the results."""
    given = options()
    report: dict[str, Any] = {"machine": machine(), "job": vars(given), "turns": {}, "ratios": {}, "seeds": {}}
    output = given.output or f"gpu-{given.task}"
    with tempfile.TemporaryDirectory() as folder:
        sizes = given.sizes.split(",")
        jobs = {
            size: job_of(given, random_model(Path(folder) / size, given.tokenizer, **SIZES[size])) for size in sizes
        }
        for number in range(given.turns):
            for size, job in jobs.items():
                turns = report["turns"].setdefault(size, [])
                turns.append(turn(job, given.peer_steps, size, once=number == 0))
                report["ratios"][size] = ratios(turns, given.seeds)
            place = write(report, output)
        job = jobs[sizes[0]]
        if given.compiled_steps:
            report["compiled"] = compiled(job, given.compiled_steps)
            place = write(report, output)
        for seeds in map(int, filter(None, given.also_seeds.split(","))):
            report["seeds"][seeds] = measured(study, replace(job, seeds=seeds))
            print(f"{seeds} seeds  {report['seeds'][seeds]['steps_per_second']:.1f} seed-steps/s", file=sys.stderr)
            place = write(report, output)
    if report["seeds"]:
        draw_seeds(report, place.with_suffix(".svg"))
    for size, found in report["ratios"].items():
        for name, ratio in found.items():
            print(f"{size}  {name:60s} {ratio['median']:6.2f}  ({ratio['lowest']:.2f} to {ratio['highest']:.2f})")


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=str(__doc__).partition("\n")[0])
    parser.add_argument("--task", default="cola", help="a task that ftcli has downloaded")
    parser.add_argument("--data-dir", default="data")
    parser.add_argument("--tokenizer", default="onboard", help="the model whose vocabulary is used")
    parser.add_argument("--sizes", default="384,768", help="widths of the encoders")
    parser.add_argument("--steps", type=int, default=1600, help=f"steps of ftcli, of which {SKIP} are not timed")
    parser.add_argument("--peer-steps", type=int, default=100, help=f"steps of Trainer, {PEER_SKIP} of them not timed")
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--also-seeds", default="", help="other numbers of seeds, measured once, as 1,2,4")
    parser.add_argument("--compiled-steps", type=int, default=0, help="steps of Trainer with torch_compile, once")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--output", default=None, help="name of the results; by default gpu-TASK")
    return parser.parse_args()


def job_of(given: argparse.Namespace, model: Path) -> Job:
    """Return what ftcli is to train."""
    names = ("task", "data_dir", "seeds", "steps")
    return Job(**{name: getattr(given, name) for name in names}, skip=SKIP, model=str(model), device="cuda")


def random_model(folder: Path, tokenizer: str, **config: int) -> Path:
    """Save an encoder with random weights, and another's tokenizer."""
    from transformers import AutoTokenizer, BertConfig, BertModel

    from ftcli.models.places import model_folder

    words = AutoTokenizer.from_pretrained(model_folder(tokenizer))
    words.save_pretrained(folder)
    BertModel(BertConfig(vocab_size=len(words), **config)).save_pretrained(folder)
    return folder


def turn(job: Job, peer_steps: int, size: str, *, once: bool) -> dict[str, dict[str, float]]:
    """Measure every subject; those that lead nothing only ``once``."""
    found = {}
    for name, subject in SUBJECTS.items():
        if name == DEFAULTS and not once:
            continue
        ours = name.startswith("ftcli")
        found[name] = measured(subject, job if ours else replace(job, steps=peer_steps, skip=PEER_SKIP))
        print(f"{size}  {name:34s} {found[name]['steps_per_second']:8.1f} steps/s", file=sys.stderr)
    return found


def compiled(job: Job, steps: int) -> dict[str, float]:
    """Measure the second half of so many steps of Trainer with ``torch_compile``, and how long all of them took."""
    begun = time.perf_counter()
    found = measured(IN_PROCESSES["Trainer compiled"], replace(job, steps=steps, skip=steps // 2))
    found["seconds_of_all_steps"] = time.perf_counter() - begun
    print(f"Trainer compiled, {steps} steps  {found}", file=sys.stderr)
    return found


def measured(subject: Callable[[Job], dict[str, Any]], job: Job) -> dict[str, float]:
    """Measure a subject from an empty device on."""
    import torch

    gc.collect()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    found = subject(job)
    return {
        "steps_per_second": found["examples_per_second"] / job.batch_size,
        "peak_device_mb": torch.cuda.max_memory_allocated() / 2**20,
    }


def study(job: Job) -> dict[str, Any]:
    """Several seeds in the same steps: the examples of all of them together."""
    from ftcli.engine.observers import Observer

    clock = Clock(job)

    class Watch(Observer):
        def step(self, number: int) -> None:
            clock.step(number)

    train_together(job, Watch())
    return clock.found | {"examples_per_second": job.seeds * clock.found["examples_per_second"]}


def train_together(job: Job, watch: Any) -> None:
    """Train seeds in the same steps; ``watch`` observes the first of them."""
    from ftcli.engine.driving import drive_together
    from ftcli.engine.executors import executor_of_many
    from ftcli.engine.pace import Pace, Start
    from ftcli.tasks.load import load_dataset
    from ftcli.trainings.single import training

    settings = job.settings("unused", save_model=False)
    dataset = load_dataset(settings)
    with tempfile.TemporaryDirectory() as folder:
        trainings = [
            training(
                settings.model_copy(update={"seed": seed}),
                dataset,
                Path(folder) / f"seed-{seed}",
                [] if seed else [watch],
                Start(Pace()),
            )
            for seed in range(job.seeds)
        ]
        ended = drive_together(trainings, lambda states: executor_of_many(states, print))
    for each in ended:
        if isinstance(each, Exception):
            raise each


def ratios(turns: list[dict[str, dict[str, float]]], seeds: int) -> dict[str, dict[str, float]]:
    """Compare within each turn, then over the turns."""
    rate = "steps_per_second"
    found = {
        f"{what}, ftcli / {peer}": [turn[subject][rate] / turn[peer][rate] for turn in turns if peer in turn]
        for subject, what in (("ftcli", "steps/s"), ("ftcli study", f"{seeds} seeds: seed-steps/s"))
        for peer in SUBJECTS
        if not peer.startswith("ftcli")
    }
    return {
        name: {"median": statistics.median(values), "lowest": min(values), "highest": max(values)}
        for name, values in found.items()
    }


DEFAULTS = "Trainer defaults"
SUBJECTS: dict[str, Callable[[Job], dict[str, Any]]] = {
    "Trainer grouped by length, fused": lambda job: trainer(job, grouped=True, fused=True),
    DEFAULTS: trainer,
    "ftcli": ftcli,
    "ftcli study": study,
}

if __name__ == "__main__":
    main()
