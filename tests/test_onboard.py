"""The tool as a newcomer meets it: the on-board model, the demo task, and all techniques together."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow


@pytest.mark.timeout(900)  # two trainings of a real model: minutes, where the machine is busy
def test_the_onboard_model_on_the_demo_task(ftcli, tmp_path):
    ftcli("download", "demo")
    learned = json.loads(ftcli("train", "demo", "--seed", 1, "--threads", 1, "--json").out)
    assert learned["metrics"]["matthews_correlation"] > 0.25
    assert learned["metrics"]["accuracy"] > learned["majority"]["accuracy"] + 0.03
    assert learned["collapsed"] is False

    flags = ["--strategy", "layerwise_lrd", "--reinit", "--rdrop", "--swa"]
    ftcli("train", "demo", *flags, "--train-size", 200, "--threads", 1, "--output", "all")
    run = tmp_path / "runs" / "demo" / "all"
    assert json.loads((run / "status.json").read_text())["kept"] == "average"

    reported = json.loads((run / "evaluations" / "dev.json").read_text())
    found = json.loads(ftcli("eval", "all", "--threads", 1, "--json").out)
    assert found["metrics"] == pytest.approx(reported["metrics"], abs=1e-6)

    shown = ftcli("compare", "runs").out
    assert "reinit + layerwise_lrd + rdrop + swa" in shown
    assert "baseline" in shown


def test_the_same_seed_gives_the_same_bits_with_dropout(ftcli, tmp_path):
    ftcli("download", "demo", "--train-rows", 100, "--dev-rows", 30, "--test-rows", 1)
    flags = ["--rdrop", "--mixout", "--fgm", "--ema", "--epochs", 1, "--threads", 2, "--seed", 5]
    for name in ("one", "two"):
        ftcli("train", "demo", *flags, "--output", name)
    one, two = (tmp_path / "runs" / "demo" / name for name in ("one", "two"))
    for file in ("model/model.safetensors", "metrics.jsonl", "evaluations/dev.predictions.jsonl"):
        assert (one / file).read_bytes() == (two / file).read_bytes(), file


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="this system does not tell what a process took")
def test_a_dry_run_tells_the_memory_that_the_run_takes(ftcli, tmp_path):
    ftcli("download", "demo", "--train-rows", 160, "--dev-rows", 30, "--test-rows", 1)
    training = ["train", "demo", "--epochs", "1", "--threads", "1"]
    told = json.loads(ftcli(*training, "--dry-run", "--json").out)["budget"]["memory_bytes"]
    process = subprocess.Popen(
        [sys.executable, "-m", "ftcli", *training], cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, code, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(code)
    assert process.returncode == 0
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    assert 0.8 < told / peak < 1.5, "too much rather than too little: it is there to tell what will fit"
