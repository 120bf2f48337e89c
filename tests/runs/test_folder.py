from __future__ import annotations

import errno
import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from helpers import make_run, write_evaluation
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ftcli.errors import RunError, UsageError
from ftcli.runs.folder import RunFolder
from ftcli.runs.status import State
from ftcli.runs.study import read_study, write_study
from ftcli.settings.train import train_settings


def run_error_of(action):
    """Give the RunError that the action ends with, if it does; any other exception passes."""
    try:
        action()
    except RunError as error:
        return error
    return None


STATUS = {"state": "finished", "started": "2026-01-02T03:04:05Z"}


def test_new_run_has_its_settings_and_is_running(tmp_path):
    path = tmp_path / "runs" / "cola" / "x"
    options = {"task": "cola", "lr": 1e-4, "strategy": ["rdrop"], "rdrop": {"alpha": 1.0}}
    run = RunFolder.create(path, options, versions={"torch": "2.6"}, host="here")
    assert run.is_run
    assert run.read_settings() == options
    status = run.read_status()
    assert (status.state, status.ended, status.collapsed) == (State.RUNNING, None, None)
    assert status.versions == {"torch": "2.6"}
    assert status.model_dump()["host"] == "here"
    assert sorted(os.listdir(path)) == ["settings.toml", "status.json"]


def test_settings_hold_what_toml_has_no_word_for(tmp_path):
    run = RunFolder.create(
        tmp_path / "x",
        {"output": None, "data_dir": Path("data"), "state": State.FAILED, "pair": (1, 2), "rdrop": {"alpha": None}},
    )
    assert run.read_settings() == {"data_dir": "data", "state": "failed", "pair": [1, 2], "rdrop": {}}


@pytest.mark.parametrize("value", [object(), "\udcff", {"nested": {1, 2}}])
def test_settings_that_cannot_be_written_are_refused_before_anything_is_made(tmp_path, value):
    with pytest.raises(UsageError, match="settings cannot be written"):
        RunFolder.create(tmp_path / "x", {"value": value})
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("file", ["settings.toml", "status.json"])
def test_run_is_not_started_where_one_is(tmp_path, file):
    (tmp_path / file).write_text("mine")
    with pytest.raises(RunError, match="already holds a run"):
        RunFolder.create(tmp_path, {})
    assert os.listdir(tmp_path) == [file]
    assert (tmp_path / file).read_text() == "mine"


def test_full_disk_at_the_start_leaves_no_half_run(tmp_path, monkeypatch):
    replace = os.replace

    def fail_at_the_status(source, target):
        if Path(target).name == "status.json":
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail_at_the_status)
    with pytest.raises(RunError, match="No space left"):
        RunFolder.create(tmp_path / "x", {"task": "cola"})
    assert not RunFolder(tmp_path / "x").is_run


def test_run_below_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="cannot start a run"):
        RunFolder.create(tmp_path / "file" / "x", {})


def test_ending_a_run_keeps_what_is_known(tmp_path):
    run = RunFolder.create(tmp_path / "x", {}, versions={"torch": "2.6"}, host="here")
    started = run.read_status().started
    run.write_status(run.read_status().ending(State.DIVERGED, reason="loss is nan at step 7", train_seconds=2.5))
    status = run.read_status()
    assert (status.state, status.reason, status.train_seconds) == (State.DIVERGED, "loss is nan at step 7", 2.5)
    assert status.started == started
    assert status.ended is not None
    assert status.ended >= started
    assert status.model_dump()["host"] == "here"
    assert json.loads(run.status.read_text())["state"] == "diverged"


def test_what_ended_a_moment_ago_is_older_than_what_starts_now(tmp_path):
    """By this a study that replaces another tells its own runs from those that it is to replace."""
    before = RunFolder.create(tmp_path / "study/seed-1", {}).read_status().started
    time.sleep(0.001)
    write_study(tmp_path / "study", train_settings()(seeds="1,2"), "reviews")
    started = read_study(tmp_path / "study").started
    time.sleep(0.001)
    after = RunFolder.create(tmp_path / "study/seed-2", {}).read_status().started
    assert before < started < after


def test_time_without_zone_is_utc(tmp_path):
    run = RunFolder(tmp_path)
    run.status.write_text(json.dumps(STATUS | {"started": "2026-01-02T03:04:05"}))
    assert run.read_status().started == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"state": "asleep"}, "state"),
        ({"started": "yesterday"}, "started"),
        ({"started": None}, "started"),
        ({"train_seconds": "long"}, "train_seconds"),
        ({"train_seconds": -1}, "train_seconds"),
        ({"versions": [1]}, "versions"),
    ],
)
def test_wrong_status_names_file_and_place(tmp_path, change, place):
    (tmp_path / "status.json").write_text(json.dumps(STATUS | change))
    with pytest.raises(RunError, match=rf"status\.json: {place}"):
        RunFolder(tmp_path).read_status()


def test_score_is_read(tmp_path):
    evaluation = make_run(tmp_path / "x", score=0.25).score("dev")
    assert evaluation is not None
    assert (evaluation.score, evaluation.examples, evaluation.metrics["accuracy"]) == (0.25, 100, 0.8)
    assert evaluation.interval is not None
    assert evaluation.interval.level == 0.95


def test_split_without_evaluation_has_no_score(tmp_path):
    assert make_run(tmp_path / "x").score("test") is None


def test_undefined_score_is_none(tmp_path):
    run = make_run(tmp_path / "x", score=None)
    write_evaluation(run, score=None)
    evaluation = run.score("dev")
    assert evaluation is not None
    assert evaluation.score is None


@pytest.mark.parametrize(
    "change",
    [
        {"metrics": {"accuracy": 0.8}},
        {"metrics": {"matthews_correlation": 1e999}},
        {"examples": -1},
        {"examples": "many"},
        {"interval": {"level": 2, "low": 0, "high": 1}},
        {"confusion": [["a"]]},
    ],
)
def test_wrong_evaluation_names_the_file(tmp_path, change):
    run = make_run(tmp_path / "x", evaluation=change)
    with pytest.raises(RunError, match=r"evaluations/dev\.json"):
        run.score("dev")


def test_forbidden_file_is_an_error_that_names_it(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    run = make_run(tmp_path / "x")
    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(RunError, match=r"settings\.toml: cannot be read \(Permission denied\)"):
        run.read_settings()


@given(content=st.binary(max_size=200))
@example(content=b"")
@example(content=b"[" * 50_000)
@example(content=b"a = " + b"[" * 50_000)
@example(content=b"a = " + b"9" * 5_000)
@example(content=b"9" * 5_000)
@example(content=b"null")
@example(content=b'{"state": "finished", "started": 1e300}')
@example(content=b'{"state": "finished", "started": "0001-01-01T00:00:00+14:00"}')
@example(content=b"a.b = 1\na.b.c = 2")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
def test_whatever_the_files_hold_only_run_errors_come_of_it(tmp_path, content):
    run = RunFolder(tmp_path)
    run.evaluations.mkdir(exist_ok=True)
    for path, read in [
        (run.settings, run.read_settings),
        (run.status, run.read_status),
        (run.evaluation("dev"), lambda: run.score("dev")),
    ]:
        path.write_bytes(content)
        if error := run_error_of(read):
            assert str(path) in error.message


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(status=st.fixed_dictionaries({}, optional=dict.fromkeys(["state", "started", "ended", "reason"], json_values)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_the_status_says_only_run_errors_come_of_it(tmp_path, status):
    run = RunFolder(tmp_path)
    run.status.write_text(json.dumps(STATUS | status))
    if error := run_error_of(lambda: run.write_status(run.read_status())):
        assert str(run.status) in error.message
