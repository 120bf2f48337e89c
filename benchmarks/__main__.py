"""ftcli beside its peers, on the same data, model, batch size and machine: ``python -m benchmarks --help``.

Single runs take turns of a few steps each, the study runs between two runs of its peer, and all of that happens several
times over; what is reported is the median of the ratios, with the lowest and the highest. The results go to
``benchmarks/results/``, as JSON and as a plot.
"""

from __future__ import annotations

import argparse
import signal
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Any

from benchmarks.plot import draw
from benchmarks.relay import STEPS, measure, side_by_side
from benchmarks.report import machine, write
from benchmarks.subjects import Job

PEERS = ["Trainer grouped by length", "Trainer defaults", "Trainer padded to 256"]
BESIDE = "examples_per_second_of_peer"
"""What the study is compared with: the mean of a run before it and one after it."""
MET = 120
"""Steps of a compiled Trainer that are not timed: in some of them it compiles."""
_SLOW = {"Trainer padded to 256": 0.1}
"""Shares of the steps that are enough for a subject that takes long over each."""


def main() -> None:
    """Measure, print, and write the results."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # and end the subjects, which may be standing still
    given = options()
    names = ("task", "data_dir", "model", "steps", "seeds", "threads")
    job = Job(**{name: getattr(given, name) for name in names})
    with busy_programs(given.busy):
        turns = [turn(job, number) for number in range(given.turns)]
    report: dict[str, Any] = {"job": asdict(job), "machine": machine(), "ratios": ratios(turns, job), "turns": turns}
    if given.busy:
        report["busy"] = given.busy
    draw(report, write(report, given.output).with_suffix(".svg"))
    for name, ratio in report["ratios"].items():
        print(f"{name:70s} {ratio['median']:6.2f}  ({ratio['lowest']:.2f} to {ratio['highest']:.2f})")
    if given.compiled:
        report["compiled"] = compiled(job, turns[-1][PEERS[0]])
        write(report, given.output)


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument("--task", default="cola", help="a task that ftcli has downloaded")
    parser.add_argument("--data-dir", default="data")
    parser.add_argument("--model", default="onboard")
    parser.add_argument("--steps", type=int, default=210, help="steps of a run, of which the first 10 are not timed")
    parser.add_argument("--seeds", type=int, default=4, help="seeds of the study")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--busy", type=int, default=0, help="other programs that keep a processor busy meanwhile")
    parser.add_argument("--compiled", action="store_true", help="measure Trainer with torch_compile, too, once")
    parser.add_argument("--output", default=None, help="name of the results; by default cpu-TASK, or cpu-TASK-busy")
    given = parser.parse_args()
    if given.busy and given.compiled:
        parser.error("--compiled is measured where nothing else runs: without --busy")
    given.output = given.output or f"cpu-{given.task}" + ("-busy" if given.busy else "")
    return given


@contextmanager
def busy_programs(number: int) -> Iterator[None]:
    """Run so many programs that do nothing but take processor time."""
    programs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(number)]
    try:
        yield
    finally:
        for program in programs:
            program.kill()
            program.wait()


def turn(job: Job, number: int) -> dict[str, dict[str, float]]:
    """Measure every subject once: single runs side by side, and the study between two runs of its peer."""
    found = {"matrix products": measure("matrix products", job)}
    found |= side_by_side({name: _share(job, name) for name in ["ftcli", *PEERS]})
    study, peer = (measure(name, _share(job, name)) for name in ("ftcli study", PEERS[0]))
    rates = [each["examples_per_second"] for each in (found[PEERS[0]], peer)]
    found["ftcli study"] = study | {BESIDE: statistics.mean(rates)}
    for name, measured in found.items():
        rate = measured.get("examples_per_second")
        print(f"turn {number + 1}  {name:36s} {f'{rate:7.1f} examples/s' if rate else measured}", file=sys.stderr)
    return found


def _share(job: Job, name: str) -> Job:
    share = _SLOW.get(name, 1)
    return replace(job, steps=max(job.skip + STEPS, int(job.steps * share)), pause_every=max(1, int(STEPS * share)))


def compiled(job: Job, plain: dict[str, float]) -> dict[str, float]:
    """Measure Trainer with ``torch_compile``, and say after how many examples it has made up for compiling.

    It is timed once all lengths have been met; ``plain`` is the same without.
    """
    job = replace(job, steps=MET + 80, skip=MET)
    found = measure("Trainer compiled", job)
    rates = found["examples_per_second"], plain["examples_per_second"]
    late = found["warm_up_seconds"] - plain["warm_up_seconds"] - (MET - Job.skip) * job.batch_size / rates[1]
    gained = 1 / rates[1] - 1 / rates[0]
    if gained > 0:
        found["examples_to_make_up"] = MET * job.batch_size + late / gained
    print(f"{'Trainer compiled':36s} {rates[0]:7.1f} examples/s  {found}", file=sys.stderr)
    return found


def ratios(turns: list[dict[str, dict[str, float]]], job: Job) -> dict[str, dict[str, float]]:
    """Compare within each turn, then over the turns."""
    best = PEERS[0]
    rate = "examples_per_second"
    found = {
        f"one run: examples/s, ftcli / {peer}": [t["ftcli"][rate] / t[peer][rate] for t in turns] for peer in PEERS
    }
    found[f"study of {job.seeds} seeds: examples/s, ftcli / {best}"] = [
        t["ftcli study"][rate] / t["ftcli study"][BESIDE] for t in turns
    ]
    weights = multiplied_weights(job)
    for limit, speed in (("the arithmetic limit", "gflops"), ("that of torch's own products", "torch_gflops")):
        found[f"one run: share of {limit}"] = [
            6 * weights * t["ftcli"]["tokens_per_second"] / (t["matrix products"][speed] * 1e9) for t in turns
        ]
    for what in ("first_step_seconds", "peak_memory_mb"):
        found[f"{what}, ftcli / Trainer defaults"] = [t["ftcli"][what] / t["Trainer defaults"][what] for t in turns]
    return {
        name: {"median": statistics.median(values), "lowest": min(values), "highest": max(values)}
        for name, values in found.items()
    }


def multiplied_weights(job: Job) -> int:
    """Return how many weights each token is multiplied by: those of the blocks."""
    from ftcli.models.encoder import Encoder
    from ftcli.models.loading import load_pretrained

    encoder = Encoder(load_pretrained(job.model, ["0", "1"], seed=0))
    return sum(encoder.weights[name].numel() for name, depth in encoder.depths.items() if 0 < depth <= encoder.depth)


if __name__ == "__main__":
    main()
