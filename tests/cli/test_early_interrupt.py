"""Ctrl-C while torch is still loading."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from terminal import clean_environment, command_line, status_of, wait_until

pytestmark = pytest.mark.slow

DYING = """
import sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            import os
            os._exit(77)
sys.meta_path.insert(0, Finder())
from ftcli.__main__ import main
sys.argv[0] = "ftcli"
main()
"""
STUDY = ["--seeds", "2", "--executor", "processes", "--output", "study"]


def begun(desk, *options):
    """A training that has just been started, in a group of processes of its own."""
    return subprocess.Popen(
        command_line([*desk.training, *options]),
        cwd=desk.folder,
        env=clean_environment(),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_what_is_to_be_done_is_written_down_before_torch_is_imported(desk):
    """So a run that is killed in its first second can be resumed."""
    arguments = [*map(str, desk.training), "--max-steps", "2", "--output", "mine"]
    died = subprocess.run(
        [sys.executable, "-c", DYING, *arguments], cwd=desk.folder, env=clean_environment(), check=False
    )
    assert died.returncode == 77
    run = desk.folder / "runs" / "reviews" / "mine"
    assert (run / "settings.toml").is_file()
    assert status_of(run)["state"] == "running"
    desk.ask("train", "--resume", "mine")
    assert status_of(run)["state"] == "finished"


@pytest.mark.parametrize(("sign", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_run_that_was_stopped_before_it_began(desk, sign, code):
    process = begun(desk, "--output", "mine")
    run = desk.folder / "runs" / "reviews" / "mine"
    wait_until((run / "status.json").exists)
    process.send_signal(sign)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert "Traceback" not in err
    assert status_of(run)["state"] == "interrupted"
    assert not (run / "model").exists()
    assert desk.ask("compare", "--json").json["tables"][0]["groups"][0]["counts"]["interrupted"] == 1


@pytest.mark.parametrize(
    ("after", "sign", "code"),
    [
        (0, signal.SIGINT, 130),
        (0, signal.SIGHUP, 143),
        (0.5, signal.SIGTERM, 143),
        (1.5, signal.SIGINT, 130),
        (1.5, signal.SIGHUP, 143),
    ],
)
def test_study_that_was_stopped_while_its_processes_were_being_started(desk, sign, code, after):
    """Everybody in the group hears it, as on Ctrl-C in a terminal: the server that is loading torch, too."""
    process = begun(desk, *STUDY)
    wait_until((desk.folder / "runs/reviews/study/study.toml").exists)
    time.sleep(after)
    os.killpg(process.pid, sign)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    assert "Traceback" not in err
    assert "To go on: ftcli train --resume runs/reviews/study" in " ".join(err.split())
    assert desk.ask("train", "--resume", "reviews/study", "--json").json["runs"][1]["seed"] == 43


def test_study_whose_server_dies_says_so(desk):
    process = begun(desk, *STUDY)
    while not (server := server_of(process.pid)):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)
    os.kill(server, signal.SIGKILL)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "no process can be started for seed 42: the one that starts them has died" in " ".join(err.split())
    assert "To go on: ftcli train --resume runs/reviews/study" in " ".join(err.split())


def server_of(pid):
    """Return the number of the process that starts others for one; None before there is one."""
    told = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return next((int(line.split()[0]) for line in told.stdout.splitlines() if "forkserver" in line), None)
