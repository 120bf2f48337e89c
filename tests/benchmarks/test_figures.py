"""The figures of speed in README.md and docs/speed.md are those of the committed results, which their commands made."""

from __future__ import annotations

import json
import re
import shlex
from functools import cache
from pathlib import Path
from statistics import median

import pytest

from benchmarks import __main__ as on_processors
from benchmarks import gpu as on_gpus
from benchmarks.report import RESULTS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SPEED = " ".join((ROOT / "docs/speed.md").read_text(encoding="utf-8").split())
RATE, STEPS = "examples_per_second", "steps_per_second"
GROUPED, DEFAULTS, PADDED = on_processors.PEERS


@cache
def result(name):
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


def assert_said(texts, values):
    """Check that each number is written so, to as many decimals."""
    values = list(values)
    assert texts == [f"{value:,.{len(text.partition('.')[2])}f}" for text, value in zip(texts, values, strict=True)], (
        values
    )


def cells(heading):
    """The cells of README's table whose first column is headed so, by row and column."""
    lines = README[README.index(f"| {heading} |") :].partition("\n\n")[0].splitlines()
    (_, *columns), _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return {(row[0], column): cell for row in rows for column, cell in zip(columns, row[1:], strict=True)}


def against(peer, what=RATE):
    return lambda turn: turn["ftcli"][what] / turn[peer][what]


def of_study(turn):
    """Older code had its peer run once in a turn."""
    study = turn["ftcli study"]
    return study[RATE] / study.get(on_processors.BESIDE, turn[GROUPED][RATE])


def of_products(turn):
    return turn["matrix products"]["gflops"] / turn["matrix products"]["torch_gflops"]


def over_turns(name, ratio):
    """The median, the lowest and the highest."""
    found = [ratio(turn) for turn in result(name)["turns"]]
    return median(found), min(found), max(found)


ROWS = {
    "Trainer grouped by length, fused AdamW": against(GROUPED),
    "the same, a study of 4 seeds against one after the other": of_study,
    "Trainer at its defaults": against(DEFAULTS),
    "Trainer padding to 256 tokens": against(PADDED),
    "*share of Trainer's defaults:* time to the first step": against(DEFAULTS, "first_step_seconds"),
    "*the same:* peak memory": against(DEFAULTS, "peak_memory_mb"),
}
PROCESSORS = {"Zen 5": "cpu-cola-zen5", "Zen 4": "cpu-cola-zen4", "Zen 3": "cpu-cola-zen3"}


def test_the_table_of_processors_is_that_of_the_results():
    table = cells("ftcli against, examples a second")
    assert table.keys() == {(row, column) for row in ROWS for column in PROCESSORS}
    for (row, column), cell in table.items():
        figures = over_turns(PROCESSORS[column], ROWS[row])
        assert_said(re.findall(r"[\d.]+", cell), figures[:1] if row.startswith("*") else figures)


ENCODERS = {
    "CoLA, 6 layers, 384 wide": ("gpu-cola", "384"),
    "CoLA, 12 layers, 768 wide": ("gpu-cola", "768"),
    "RTE, 6 layers, 384 wide": ("gpu-rte", "384"),
}


def test_the_table_of_a_gpu_is_that_of_the_results():
    table = cells("data, encoder")
    assert {row for row, _ in table} == ENCODERS.keys()
    for (row, column), cell in table.items():
        name, size = ENCODERS[row]
        subject = "ftcli study" if column == "ftcli, 8 seeds together" else column
        rates = [turn[subject][STEPS] for turn in result(name)["turns"][size] if subject in turn]
        assert_said(cell.split(" and "), rates)


def middle(name, ratio):
    return over_turns(name, ratio)[0]


def share(name, of="the arithmetic limit"):
    return 100 * result(name)["ratios"][f"one run: share of {of}"]["median"]


def lowest_on_gpu(size):
    ratios = result("gpu-cola")["ratios"][size]
    return [ratios[f"{what}, ftcli / {GROUPED}, fused"]["lowest"] for what in ("steps/s", "8 seeds: seed-steps/s")]


def products_of_outputs_and_inputs():
    rows = result("products")["gflops"]
    return [row["ftcli"] / row["torch"] for row in rows if row["product"] != "gradient of weight"]


def curve(what, value):
    """A curve of curves.json by what it is against."""
    return {row[what]: row[value] for row in result("curves")[what]}


OTHERS = products_of_outputs_and_inputs()
ENCODING, HELD = curve("examples", "seconds to encode"), curve("examples", "bytes held an example")
OF_LENGTH, OF_SEEDS = curve("length", "seconds a step"), curve("seeds", "seconds of 1,000 steps")
SMALL, LARGE = map(lowest_on_gpu, ("384", "768"))
TOGETHER = result("gpu-seeds")["seeds"]
COSTS = result("scale")["commands"]
COMPILED = result("cpu-cola-zen4")
N = r"([\d.,]*\d)"
SAID = {
    f"a run took {N} times the examples a second of the Trainer grouped by length, and a study {N} times": [
        middle("cpu-cola-busy", against(GROUPED)),
        middle("cpu-cola-busy", of_study),
    ],
    f"products went {N} times as fast so on Zen 5, whose units are that wide, and {N} times on Zen 4": [
        middle("cpu-cola-zen5", of_products),
        middle("cpu-cola-zen4", of_products),
    ],
    f"the gradients of their inputs went {N} to {N} times as fast": [min(OTHERS), max(OTHERS)],
    rf"reached {N} % on Zen 5 \({N} % at the speed of torch's own\), {N} % on Zen 4 and {N} % on Zen 3": [
        share("cpu-cola-zen5"),
        share("cpu-cola-zen5", "that of torch's own products"),
        share("cpu-cola-zen4"),
        share("cpu-cola-zen3"),
    ],
    f"was {N}x the Trainer grouped by length and {N}x that at its defaults, a study of 4 seeds {N}x": [
        middle("cpu-rte-zen4", ratio) for ratio in (against(GROUPED), against(DEFAULTS), of_study)
    ],
    f"a run went {N} times as fast as the Trainer grouped by length, {N} times as fast as that at its defaults, "
    f"and a study {N} times": [
        middle("cpu-rte-zen3", ratio) for ratio in (against(GROUPED), against(DEFAULTS), of_study)
    ],
    f"one run took {N} of the memory, {N} of the time to the first step, and reached {N} % of the arithmetic limit": [
        middle("cpu-rte-zen4", against(DEFAULTS, "peak_memory_mb")),
        middle("cpu-rte-zen4", against(DEFAULTS, "first_step_seconds")),
        share("cpu-rte-zen4"),
    ],
    f"on Zen 5 {N} of its {N} steps": [
        result("cpu-cola-zen5")["job"]["steps"] - result("cpu-cola-zen5")["job"]["skip"],
        COMPILED["job"]["steps"],
    ],
    f"took {N} examples a second once it had compiled, where without it took {N}": [
        COMPILED["compiled"][RATE],
        COMPILED["turns"][-1][GROUPED][RATE],
    ],
    f"took {N} times its steps on the small encoder and {N} times on the large; 8 seeds took {N} and {N}": [
        *(ratio for both in zip(SMALL, LARGE, strict=True) for ratio in both),
    ],
    f"One to 32 seeds together took {N} to {N} steps a second": [TOGETHER[each][STEPS] for each in ("1", "32")],
    f"took {N} s to make 500 examples ready and {N} s for 50,000, of which each holds {N} bytes": [
        ENCODING[500],
        ENCODING[50_000],
        HELD[50_000],
    ],
    f"1,000 of one seed take {N} s, of eight {N} s and of 32 {N} s, which is {N} % more for each": [
        *(OF_SEEDS[seeds] for seeds in (1, 8, 32)),
        100 * (OF_SEEDS[32] / 32 / (OF_SEEDS[2] / 2) - 1),
    ],
    f"16 texts of 16 tokens took {N} s, of 128 tokens {N} s and of 256 tokens {N} s": [
        OF_LENGTH[length] for length in (16, 128, 256)
    ],
    f"of 10,000 runs takes {N} s the first time and {N} s again": [
        cost["processor_seconds"] for name, cost in COSTS.items() if "list" in name
    ],
    f"with 10,000 examples each takes {N} s and {N} MB, with `--html` {N} s and {N} MB": [
        value
        for name, cost in COSTS.items()
        if "compare" in name
        for value in (cost["processor_seconds"], cost["peak_mb"])
    ],
}


@pytest.mark.parametrize(("sentence", "values"), SAID.items(), ids=range(len(SAID)))
def test_what_is_said_of_speed_is_what_was_measured(sentence, values):
    (said,) = (found.groups() for found in re.finditer(sentence, SPEED))
    assert_said(list(said), values)


def quoted(module):
    """The commands that docs/speed.md names, with their options."""
    found = re.findall(rf"python -m {module}((?: --[a-z-]+(?: \w[\w,-]*)?)+)[` ]", SPEED)
    return [shlex.split(options) for options in found]


@pytest.mark.parametrize("options", quoted("benchmarks"), ids=" ".join)
def test_a_command_makes_the_result_that_it_is_quoted_for(monkeypatch, options):
    monkeypatch.setattr("sys.argv", ["benchmarks", *options])
    given = on_processors.options()
    found = result(given.output)
    assert {name: getattr(given, name) for name in ("task", "model", "steps", "seeds", "threads")}.items() <= (
        found["job"].items()
    )
    assert (given.turns, given.busy, given.compiled) == (
        len(found["turns"]),
        found.get("busy", 0),
        "compiled" in found,
    )


@pytest.mark.parametrize("options", quoted(r"benchmarks\.gpu"), ids=" ".join)
def test_a_command_for_a_gpu_makes_the_result_that_it_is_quoted_for(monkeypatch, options):
    monkeypatch.setattr("sys.argv", ["benchmarks.gpu", *options])
    given = on_gpus.options()
    assert vars(given) == result(given.output or f"gpu-{given.task}")["job"]


def test_commands_are_quoted():
    assert [len(quoted("benchmarks")), len(quoted(r"benchmarks\.gpu"))] == [4, 3]


def test_a_plain_run_writes_over_no_result_that_is_quoted(monkeypatch):
    monkeypatch.setattr("sys.argv", ["benchmarks"])
    assert not (RESULTS / f"{on_processors.options().output}.json").exists()
