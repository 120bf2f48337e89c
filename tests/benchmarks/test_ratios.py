"""The benchmark's arithmetic, on measurements made up for it."""

from __future__ import annotations

import pytest

from benchmarks import __main__ as benchmark
from benchmarks.subjects import Job


def one_turn(ours, theirs, *, gflops=200.0):
    peers = {
        name: {"examples_per_second": theirs, "first_step_seconds": 10.0, "peak_memory_mb": 1000.0}
        for name in benchmark.PEERS
    }
    own = {
        "examples_per_second": ours,
        "tokens_per_second": 10 * ours,
        "first_step_seconds": 5.0,
        "peak_memory_mb": 800.0,
    }
    study = {"examples_per_second": 2 * ours, benchmark.BESIDE: theirs}
    return {
        "ftcli": own,
        "ftcli study": study,
        "matrix products": {"gflops": gflops, "torch_gflops": gflops / 2},
        **peers,
    }


def test_ratios_are_taken_within_a_turn(monkeypatch):
    monkeypatch.setattr(benchmark, "multiplied_weights", lambda job: 10_000_000)
    turns = [one_turn(100.0, 50.0), one_turn(60.0, 20.0), one_turn(10.0, 10.0)]
    found = benchmark.ratios(turns, Job(seeds=4))
    ratio = found["one run: examples/s, ftcli / Trainer grouped by length"]
    assert ratio == pytest.approx({"median": 2.0, "lowest": 1.0, "highest": 3.0})
    assert found["study of 4 seeds: examples/s, ftcli / Trainer grouped by length"]["median"] == pytest.approx(4.0)
    assert found["first_step_seconds, ftcli / Trainer defaults"]["median"] == pytest.approx(0.5)
    assert found["peak_memory_mb, ftcli / Trainer defaults"]["median"] == pytest.approx(0.8)
    share = found["one run: share of the arithmetic limit"]
    assert share["highest"] == pytest.approx(6 * 10_000_000 * 1000 / 200e9)


@pytest.mark.parametrize(("rate", "made_up"), [(50.0, {}), (200.0, {"examples_to_make_up": 1920 + 19_200})])
def test_compiling_is_made_up_for_by_what_each_example_gains(monkeypatch, rate, made_up):
    """A plain Trainer has taken 10 steps after 12 s, and 120 after 29.6 s; the compiled one was 96 s later there."""
    found = {"examples_per_second": rate, "warm_up_seconds": 12 + 17.6 + 96}
    monkeypatch.setattr(benchmark, "measure", lambda name, job: found.copy())
    plain = {"examples_per_second": 100.0, "warm_up_seconds": 12.0}
    assert benchmark.compiled(Job(), plain) == pytest.approx(found | made_up)
