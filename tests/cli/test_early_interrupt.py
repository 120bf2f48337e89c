"""Ctrl-C while torch is still loading."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest
from terminal import clean_environment, command_line, status_of

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
    process = subprocess.Popen(
        command_line([*desk.training, "--output", "mine"]),
        cwd=desk.folder,
        env=clean_environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    run = desk.folder / "runs" / "reviews" / "mine"
    deadline = time.monotonic() + 60
    while not (run / "status.json").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(sign)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert "Traceback" not in err
    assert status_of(run)["state"] == "interrupted"
    assert not (run / "model").exists()
    assert desk.ask("compare", "--json").json["tables"][0]["groups"][0]["counts"]["interrupted"] == 1
