"""A run while it is made: whole, marked with how it ended, and never at the cost of another."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest

from ftcli.errors import DivergedError, ModelError, RunError, Terminated
from ftcli.runs.folder import RunFolder
from ftcli.runs.guard import lock
from ftcli.runs.status import State
from ftcli.runs.workspace import opened_run


def make(path, *, overwrite=False, error=None, begun=True, **settings):
    """Open a run, write something into it, and end it in this way."""
    with opened_run(path, {"task": "cola", **settings}, overwrite=overwrite) as run:
        if begun:
            run.metrics.write_text("{}\n")
            (run.path / "model").mkdir()
            (run.path / "model" / "weights").write_text(json.dumps(settings))
        if error is not None:
            raise error
        run.write_status(run.read_status().ending(State.FINISHED))


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".lock")
    }


def test_settings_and_status_are_there_from_the_start(tmp_path):
    with opened_run(tmp_path / "a", {"seed": 3}, overwrite=False) as run:
        assert run.path == tmp_path / "a"
        assert run.read_settings() == {"seed": 3}
        assert run.read_status().state is State.RUNNING


def test_whole_run_stays_as_it_was_left(tmp_path):
    make(tmp_path / "a", seed=1)
    assert RunFolder(tmp_path / "a").read_status().state is State.FINISHED
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (KeyboardInterrupt(), State.INTERRUPTED, "stopped by the user"),
        (Terminated(), State.INTERRUPTED, "terminated"),
        (DivergedError("the loss is nan"), State.DIVERGED, "the loss is nan"),
        (OSError(28, "No space left on device"), State.FAILED, "No space left"),
        (RuntimeError("out of memory"), State.FAILED, "out of memory"),
        (ModelError("--model: broken"), State.FAILED, "broken"),
    ],
)
def test_how_a_begun_run_ended_is_recorded(tmp_path, error, state, reason):
    with pytest.raises(type(error)):
        make(tmp_path / "a", error=error)
    status = RunFolder(tmp_path / "a").read_status()
    assert status.state is state
    assert reason in (status.reason or "")
    assert status.ended is not None
    assert (tmp_path / "a" / "model" / "weights").is_file()


@pytest.mark.parametrize("error", [ModelError("no such model"), OSError(28, "No space left on device")])
def test_run_that_never_began_leaves_no_folder(tmp_path, error):
    with pytest.raises(type(error)):
        make(tmp_path / "a", error=error, begun=False)
    assert list(tmp_path.iterdir()) == []


def test_run_interrupted_before_it_began_is_recorded(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path / "a", error=KeyboardInterrupt(), begun=False)
    assert RunFolder(tmp_path / "a").read_status().state is State.INTERRUPTED


def test_disk_that_takes_no_settings_leaves_no_run(tmp_path, monkeypatch):
    monkeypatch.setattr("ftcli.runs.folder.write_text", _disk_is_full)
    with pytest.raises(RunError, match="No space left"):
        make(tmp_path / "a")
    assert not RunFolder(tmp_path / "a").is_run


def test_disk_that_takes_no_settings_leaves_no_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("ftcli.runs.folder.write_text", _disk_is_full)
    with pytest.raises(RunError, match="No space left"):
        make(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_full_disk_does_not_hide_the_first_error(tmp_path, monkeypatch):
    def fill_up_and_fail():
        with opened_run(tmp_path / "a", {}, overwrite=False) as run:
            run.metrics.write_text("")
            monkeypatch.setattr("ftcli.runs.folder.write_json", _disk_is_full)
            raise RuntimeError("first")

    with pytest.raises(RuntimeError, match="first"):
        fill_up_and_fail()
    assert RunFolder(tmp_path / "a").read_status().state is State.RUNNING


def test_run_is_not_overwritten_unasked(tmp_path):
    make(tmp_path / "a", seed=1)
    before = contents(tmp_path)
    with pytest.raises(RunError, match="already holds a run"):
        make(tmp_path / "a", seed=2)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("overwrite", [False, True])
def test_folder_of_other_things_is_refused(tmp_path, overwrite):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "thesis.txt").write_text("years of work")
    with pytest.raises(RunError, match="not empty and holds no run"):
        make(tmp_path / "a", overwrite=overwrite)
    assert contents(tmp_path) == {"a/thesis.txt": b"years of work"}


def test_overwrite_where_nothing_is_makes_a_run(tmp_path):
    make(tmp_path / "a", overwrite=True, seed=1)
    assert RunFolder(tmp_path / "a").read_settings()["seed"] == 1


def test_old_run_is_whole_until_the_new_one_is(tmp_path):
    make(tmp_path / "a", seed=1)
    before = contents(tmp_path / "a")
    with opened_run(tmp_path / "a", {"seed": 2}, overwrite=True) as run:
        run.metrics.write_text("")
        assert contents(tmp_path / "a") == before
    assert RunFolder(tmp_path / "a").read_settings() == {"seed": 2}
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert not (tmp_path / "a" / "model").exists()  # nothing of the old run is mixed in


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), Terminated(), DivergedError("nan"), OSError(28, "full"), RuntimeError("x")]
)
def test_overwrite_that_fails_leaves_the_old_run_as_it_was(tmp_path, error, begun):
    make(tmp_path / "a", seed=1)
    before = contents(tmp_path / "a")
    with pytest.raises(type(error)):
        make(tmp_path / "a", overwrite=True, error=error, begun=begun, seed=2)
    assert contents(tmp_path / "a") == before


def test_overwrite_after_one_that_failed(tmp_path):
    make(tmp_path / "a", seed=1)
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path / "a", overwrite=True, error=KeyboardInterrupt(), seed=2)
    assert RunFolder(tmp_path / "a.new").read_status().state is State.INTERRUPTED
    make(tmp_path / "a", overwrite=True, seed=3)
    assert RunFolder(tmp_path / "a").read_settings()["seed"] == 3
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_finished_run_of_that_name_is_not_lost(tmp_path):
    make(tmp_path / "a", seed=1)
    make(tmp_path / "a.new", seed=2)
    before = contents(tmp_path / "a.new")
    with suppress(RunError):
        make(tmp_path / "a", overwrite=True, seed=3)
    assert contents(tmp_path / "a.new") == before


@pytest.mark.parametrize("busy", ["a", "a.new"])
def test_run_in_use_is_not_overwritten(tmp_path, busy):
    make(tmp_path / "a", seed=1)
    before = contents(tmp_path / "a")
    with lock(tmp_path / busy), pytest.raises(RunError, match=r"another process .* is writing"):
        make(tmp_path / "a", overwrite=True, seed=2)
    assert contents(tmp_path / "a") == before
    make(tmp_path / "a", overwrite=True, seed=2)


def test_new_folder_in_use_is_refused(tmp_path):
    with lock(tmp_path / "a"), pytest.raises(RunError, match=r"another process .* is writing"):
        make(tmp_path / "a")


def _disk_is_full(*_):
    raise OSError(28, "No space left on device")
