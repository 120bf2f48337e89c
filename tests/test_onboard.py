"""The tool as a newcomer meets it: the on-board model, the demo task, and all techniques together."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    return tmp_path_factory.mktemp("onboard")


def test_the_onboard_model_learns_the_demo_task(ftcli, workplace):
    ftcli("download", "demo", cwd=workplace)
    result = json.loads(ftcli("train", "demo", "--seed", 1, "--threads", 1, "--json", cwd=workplace).out)
    assert result["metrics"]["matthews_correlation"] > 0.25
    assert result["metrics"]["accuracy"] > result["majority"]["accuracy"] + 0.03
    assert result["collapsed"] is False


def test_all_techniques_together(ftcli, workplace):
    flags = ["--strategy", "layerwise_lrd", "--reinit", "--rdrop", "--swa"]
    ftcli("train", "demo", *flags, "--train-size", 200, "--threads", 1, "--output", "all", cwd=workplace)
    run = workplace / "runs" / "demo" / "all"
    assert json.loads((run / "status.json").read_text())["kept"] == "average"
    assert (run / "model" / "model.safetensors").read_bytes() != (run / "model-last" / "model.safetensors").read_bytes()
    shown = ftcli("compare", "runs", cwd=workplace).out
    assert "reinit + layerwise_lrd + rdrop + swa" in shown
    assert "baseline" in shown


def test_eval_gives_what_train_reported(ftcli, workplace):
    reported = json.loads((workplace / "runs" / "demo" / "all" / "evaluations" / "dev.json").read_text())
    found = json.loads(ftcli("eval", "all", "--threads", 1, "--json", cwd=workplace).out)
    assert found["metrics"] == pytest.approx(reported["metrics"], abs=1e-6)
