"""Subjects in processes of their own that take turns of a few steps each, so that a noisy machine slows them alike.

They stop and are woken by signals as Linux has them.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, replace
from typing import IO

from benchmarks.subjects import Job

STEPS = 10
"""Steps of a turn, of subjects that aren't slow."""


def measure(name: str, job: Job) -> dict[str, float]:
    """Measure one subject."""
    return side_by_side({name: replace(job, pause_every=0)})[name]


def side_by_side(jobs: dict[str, Job]) -> dict[str, dict[str, float]]:
    """Measure subjects of which one computes at a time, by their names.

    Each runs alone until its first steps are taken; from then on they take turns of their job's ``pause_every`` steps.
    """
    found: dict[str, dict[str, float]] = {}
    with ExitStack() as stack:
        subjects = {name: stack.enter_context(_started(name, _command(name, job))) for name, job in jobs.items()}
        while len(found) < len(jobs):
            for name in [name for name in jobs if name not in found]:
                ended = subjects[name].go_on()
                if ended is not None:
                    found[name] = ended
    return {name: found[name] for name in jobs}


def _command(name: str, job: Job) -> list[str]:
    return [sys.executable, "-m", "benchmarks.subjects", name, json.dumps(asdict(job))]


@contextmanager
def _started(name: str, command: list[str]) -> Iterator[_Subject]:
    """Start a subject, let it run up to its first stop, and end it in the end, if it hasn't ended.

    As installed, ftcli is compiled like the libraries; so what Python compiles here is kept for the next subject.
    """
    keeping = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=keeping, text=True) as process,
    ):
        subject = _Subject(name, process, errors)
        try:
            subject.wait()
            yield subject
        finally:
            process.kill()


class _Subject:
    """A process that stops itself at the end of its turns."""

    def __init__(self, name: str, process: subprocess.Popen[str], errors: IO[str]) -> None:
        self._name = name
        self._process = process
        self._errors = errors

    def go_on(self) -> dict[str, float] | None:
        """Give it a turn, and return what it has measured if it has ended.

        Raises:
            SystemExit: it has failed.
        """
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGCONT)
            self.wait()
        if self._process.poll() is None:
            return None
        assert self._process.stdout is not None
        if self._process.returncode:
            self._errors.seek(0)
            raise SystemExit(f"{self._name} failed, exit code {self._process.returncode}:\n{self._errors.read()}")
        content: dict[str, float] = json.loads(self._process.stdout.read())
        return content

    def wait(self) -> None:
        """Wait until it stops or ends."""
        with suppress(ChildProcessError):  # it ended, and that was seen, just before
            os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
