"""Ctrl-C while torch is still loading."""

from __future__ import annotations

import signal
import subprocess
import time

import pytest
from terminal import clean_environment, command_line, status_of


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
