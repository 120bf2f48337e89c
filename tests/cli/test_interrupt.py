"""What is left when a run is stopped, or the disk is full."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import time

import pytest
from terminal import clean_environment, command_line, contents, run_process, status_of

pytestmark = pytest.mark.slow


def stopped(desk, sign, name, *options):
    """Start a long training, send it a signal once it has begun to learn, and give its exit code and last words."""
    arguments = [*desk.training, "--max-steps", 100000, "--log-every", 1, *options]
    process = subprocess.Popen(
        command_line(arguments), cwd=desk.folder, env=clean_environment(), stderr=subprocess.PIPE, text=True
    )
    wait_for_lines(process, desk.folder / "runs" / "reviews" / name / "metrics.jsonl")
    process.send_signal(sign)
    _, err = process.communicate(timeout=60)
    return process.returncode, err


def wait_for_lines(process, path):
    """Wait until something has been measured."""
    deadline = time.monotonic() + 120
    while not (path.is_file() and path.stat().st_size):
        assert time.monotonic() < deadline, "the training never began"
        assert process.poll() is None, process.stderr and process.stderr.read()
        time.sleep(0.1)


@pytest.mark.parametrize(("sign", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_run_can_be_looked_at(desk, sign, code):
    found, err = stopped(desk, sign, "stopped", "--output", "stopped")
    assert found == code
    assert "Traceback" not in err
    assert "What there is of the run lies in runs/reviews/stopped." in err
    run = desk.folder / "runs" / "reviews" / "stopped"
    assert status_of(run)["state"] == "interrupted"
    assert all(json.loads(line)["step"] for line in (run / "metrics.jsonl").read_text().splitlines())
    counts = desk.ask("compare", "runs", "--json").json["tables"][0]["groups"][0]["counts"]
    assert (counts["interrupted"], counts["running"]) == (1, 0)


SLOW = """
import sys, time
from ftcli.engine.eager import EagerExecutor
inner = EagerExecutor.step
def step(self, batch):
    if self.state.taken == 3:
        print("slow", flush=True)
        time.sleep(600)
    return inner(self, batch)
EagerExecutor.step = step
from ftcli.__main__ import main
sys.argv[0] = "ftcli"
main()
"""


@pytest.mark.parametrize(("sign", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_second_signal_does_not_wait_for_the_step(desk, sign, code):
    arguments = map(str, [*desk.training, "--output", "slow"])
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, *arguments], cwd=desk.folder, env=clean_environment(), stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"slow\n"
    process.send_signal(sign)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=1)
    process.send_signal(sign)
    assert process.wait(timeout=120) == code
    process.stdout.close()
    assert status_of(desk.folder / "runs/reviews/slow")["state"] == "interrupted"


@pytest.mark.parametrize("sign", [signal.SIGINT, None])
def test_who_reads_what_is_said_may_go(desk, sign):
    """As ``| tee log`` does on Ctrl-C: the training is interrupted as any, or else goes on to its end."""
    steps = 100000 if sign else 40
    arguments = [*desk.training, "--max-steps", steps, "--log-every", 1, "--output", "alone"]
    process = subprocess.Popen(
        command_line(arguments),
        cwd=desk.folder,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    process.stdout.read(1)
    process.stdout.close()
    run = desk.folder / "runs" / "reviews" / "alone"
    if sign:
        wait_for_lines(process, run / "metrics.jsonl")
        process.send_signal(sign)
    assert process.wait(timeout=120) == (130 if sign else 0)
    assert status_of(run)["state"] == ("interrupted" if sign else "finished")


def test_an_interrupted_overwrite_leaves_the_old_run_as_it_was(desk_with_run):
    run = desk_with_run.folder / "runs" / "reviews" / "baseline-seed2"
    kept = run.rename(run.with_name("old"))
    before = contents(kept)
    code, _ = stopped(desk_with_run, signal.SIGINT, "old.new", "--output", "old", "--overwrite", "--seed", 3)
    assert code == 130
    assert contents(kept) == before
    assert status_of(run.with_name("old.new"))["state"] == "interrupted"
    desk_with_run.train("--output", "old", "--overwrite")
    assert [path.name for path in run.parent.iterdir()] == ["old"]


def test_no_space_left(desk):
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    done = subprocess.run(
        command_line([*desk.training, "--output", "full"]),
        cwd=desk.folder,
        env=clean_environment(),
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "Error:" in done.stderr
    run = desk.folder / "runs" / "reviews" / "full"
    assert status_of(run)["state"] == "failed"
    assert not (run / "model").exists()


def test_two_processes_on_one_folder(desk):
    arguments = [*desk.training, "--max-steps", 100000, "--output", "busy"]
    process = subprocess.Popen(
        command_line(arguments), cwd=desk.folder, env=clean_environment(), stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 120
        while not list(desk.folder.rglob("status.json")):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        refused = run_process(desk.folder, *desk.training, "--output", "busy", "--overwrite", code=1)
        assert f"another process (pid {process.pid}" in refused.message
    finally:
        process.kill()
        process.wait()
