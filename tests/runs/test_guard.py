from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest
from helpers import make_run

from ftcli.errors import RunError
from ftcli.runs.files import replace_folder
from ftcli.runs.guard import ensure_free, lock

HOLD = """
import sys
from pathlib import Path
from ftcli.runs.guard import lock
with lock(Path(sys.argv[1])):
    print("locked", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def another_process_holding(path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout.readline() == "locked\n"
            yield process
        finally:
            process.kill()


def enter(path):
    with lock(path):
        return True


def test_locked_folder_is_refused_with_the_owner(tmp_path):
    with another_process_holding(tmp_path / "x") as process:
        with pytest.raises(RunError, match=rf"another process \(pid {process.pid} on .*\) is writing to .*x"):
            enter(tmp_path / "x")
        process.communicate("\n")
        assert process.returncode == 0
    assert enter(tmp_path / "x")


def test_lock_of_a_dead_process_is_void(tmp_path):
    with another_process_holding(tmp_path / "x") as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert (tmp_path / "x" / ".lock-owner").exists()
        assert enter(tmp_path / "x")


def test_refusal_needs_no_readable_owner(tmp_path):
    with another_process_holding(tmp_path / "x"):
        for content in ["", "[]", '{"pid": "\\n"}', '{"pid": 1}']:
            (tmp_path / "x" / ".lock-owner").write_text(content)
            with pytest.raises(RunError, match="another process is writing"):
                enter(tmp_path / "x")


def test_one_process_cannot_lock_twice(tmp_path):
    with lock(tmp_path / "x"), pytest.raises(RunError, match=f"pid {os.getpid()}"):
        enter(tmp_path / "x")


def test_lock_is_released_on_errors(tmp_path):
    with pytest.raises(KeyError), lock(tmp_path / "x"):
        raise KeyError
    assert enter(tmp_path / "x")


def test_lock_makes_the_folder_and_leaves_it_free(tmp_path):
    with lock(tmp_path / "runs" / "cola" / "x"):
        ensure_free(tmp_path / "runs" / "cola" / "x")
    ensure_free(tmp_path / "runs" / "cola" / "x")


def test_lock_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="cannot be locked"):
        enter(tmp_path / "file")


def test_locked_folder_can_be_replaced(tmp_path):
    make_run(tmp_path / "new", seed=2)
    make_run(tmp_path / "x", seed=1)
    with lock(tmp_path / "x"), lock(tmp_path / "new"):
        replace_folder(tmp_path / "new", tmp_path / "x")
    assert enter(tmp_path / "x")


def test_absent_and_empty_folders_are_free(tmp_path):
    (tmp_path / "empty").mkdir()
    for overwrite in [False, True]:
        ensure_free(tmp_path / "absent", overwrite=overwrite)
        ensure_free(tmp_path / "empty", overwrite=overwrite)


def test_run_is_overwritten_only_when_asked(tmp_path):
    make_run(tmp_path / "x")
    with pytest.raises(RunError, match="x already holds a run\n--overwrite replaces it"):
        ensure_free(tmp_path / "x")
    ensure_free(tmp_path / "x", overwrite=True)


@pytest.mark.parametrize("overwrite", [False, True])
def test_what_ftcli_did_not_make_is_never_free(tmp_path, overwrite):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "thesis.tex").touch()
    (tmp_path / "dangling").symlink_to("nowhere")
    for name, reason in [("file", "not a folder"), ("folder", "holds no run"), ("dangling", "not a folder")]:
        with pytest.raises(RunError, match=reason):
            ensure_free(tmp_path / name, overwrite=overwrite)
    assert (tmp_path / "folder" / "thesis.tex").exists()


def test_project_with_a_settings_file_is_not_taken_for_a_run(tmp_path):
    (tmp_path / "settings.toml").write_text("debug = true")
    (tmp_path / "code.py").touch()
    with pytest.raises(RunError, match="will not be replaced"):
        ensure_free(tmp_path, overwrite=True)


@pytest.mark.parametrize("file", ["settings.toml", "status.json"])
def test_damaged_run_is_not_overwritten(tmp_path, file):
    (make_run(tmp_path / "x").path / file).write_text("}")
    with pytest.raises(RunError, match="will not be replaced"):
        ensure_free(tmp_path / "x", overwrite=True)


def test_linked_run_is_not_overwritten(tmp_path):
    make_run(tmp_path / "x")
    (tmp_path / "link").symlink_to("x")
    with pytest.raises(RunError, match="symbolic link"):
        ensure_free(tmp_path / "link", overwrite=True)


def test_current_folder_is_not_overwritten(tmp_path, monkeypatch):
    run = make_run(tmp_path / "x")
    run.evaluations.mkdir(exist_ok=True)
    monkeypatch.chdir(run.evaluations)
    with pytest.raises(RunError, match="current folder"):
        ensure_free(tmp_path / "x", overwrite=True)
