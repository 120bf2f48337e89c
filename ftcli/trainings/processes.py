"""The runs of a study trained in processes side by side, each with its share of the processor's cores.

Small matrices don't keep several cores busy: two processes with a core each do more than one with two.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.forkserver import ensure_running
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, cast

from ftcli.engine.observers import Entry
from ftcli.engine.pace import Pace, Start
from ftcli.engine.rungs import Rung
from ftcli.errors import FtcliError, RunError
from ftcli.interrupts import deferred, hear_parent_alone, unheard_by_others
from ftcli.processor import cores
from ftcli.runs.workspace import how_to_go_on
from ftcli.settings.train import train_settings
from ftcli.tasks.dataset import Dataset
from ftcli.tasks.load import load_dataset
from ftcli.trainings.file_limit import allow_processes
from ftcli.trainings.members import Member
from ftcli.trainings.observer import OfOneRun, StudyObserver
from ftcli.trainings.outcome import Outcome
from ftcli.trainings.single import train_alone

_PATIENCE = 0.5
"""Seconds after which a process is asked again to stop."""

_PRELOADED = "ftcli.trainings.worker"


def train_in_processes(members: Sequence[Member], dataset: Dataset, observer: StudyObserver) -> list[Outcome]:
    """Train as many runs at a time as there are cores; each process reads the data for itself.

    A process that dies takes its own run along, and no other.

    Raises:
        RunError: so many processes may not, or can't, be started.
        UsageError: no run could be trained with these settings.
        Stopped: all processes have been told to stop, and have recorded it.
    """
    workers, threads = share_cores(len(members), members[0].settings.threads)
    allow_processes(workers)
    context = _context()
    waiting, ended = deque(members), dict[int, Outcome]()
    running: dict[Connection, _Worker] = {}
    with deferred() as request:
        try:
            while waiting or running:
                while waiting and len(running) < workers:
                    worker = _Worker.start(context, waiting.popleft(), threads)
                    running[worker.connection] = worker
                    request.raise_if_made()
                with request.raised_at_once():
                    speaking = wait(list(running))
                for ready in speaking:
                    worker = running[cast(Connection, ready)]
                    if worker.report(observer):
                        continue
                    del running[worker.connection]
                    ended[worker.member.number] = worker.outcome()
                    observer.end_run(ended[worker.member.number])
            request.raise_if_made()
        except BaseException:
            _stop(running.values())
            raise
    return [ended[member.number] for member in members]


def share_cores(seeds: int, threads: int) -> tuple[int, int]:
    """Return how many processes run side by side, and the threads of each (as wished, or what falls to it).

    >>> share_cores(seeds=1, threads=2)
    (1, 2)
    """
    if threads:
        return max(1, min(seeds, cores() // threads)), threads
    workers = min(seeds, cores())
    return workers, cores() // workers


@dataclass
class _Worker:
    member: Member
    process: BaseProcess
    connection: Connection
    result: Any = None

    @classmethod
    def start(cls, context: BaseContext, member: Member, threads: int) -> _Worker:
        ours, theirs = context.Pipe(duplex=False)
        settings = member.settings.model_dump(mode="json") | {"threads": threads}
        process = cast(Any, context).Process(
            target=_train, args=(theirs, settings, member.path, member.resume, member.rung)
        )
        _ensure_server(context)
        try:
            process.start()
        except (EOFError, ConnectionError):
            raise RunError(
                f"no process can be started for {member.unit} {member.number}: the one that starts them has died",
                hint="Often memory has run out: fewer processes need less of it, and --threads lowers their number. "
                + how_to_go_on(member.path.parent),
            ) from None
        theirs.close()
        return cls(member, process, ours)

    def report(self, observer: StudyObserver) -> bool:
        """Pass on what the process says; False once it says nothing more."""
        try:
            what, content = self.connection.recv()
        except (EOFError, OSError):
            return False
        if what == "ended":
            self.result = content
        else:
            getattr(observer, what)(self.member.number, *content)
        return True

    def outcome(self) -> Outcome:
        self.process.join()
        self.connection.close()
        died = RunError(
            f"the process that trained {self.member.unit} {self.member.number} ended with code {self.process.exitcode}",
            hint="A negative code is a signal; -9 often means that memory ran out: fewer processes need less of it, "
            "and --threads lowers their number.",
        )
        return self.member.ended(died if self.result is None else self.result)


def _context() -> BaseContext:
    """Return how processes are started: from a server that has loaded torch once, where the system can fork."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_PRELOADED])
    return context


def _ensure_server(context: BaseContext) -> None:
    """Have the server run that starts processes, where one does.

    A signal to a whole group of processes must not end it: it knows how those it has started have ended.
    """
    if context.get_start_method() == "forkserver":
        with unheard_by_others():
            resource_tracker.ensure_running()  # by itself: it leaves signals heard again, and the server asks for it
        with unheard_by_others():
            ensure_running()


class _Sender(StudyObserver):
    """Sends what happens in the one run of this process to the process that started it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def begin_run(self, number: int, steps: int, metric: str) -> None:
        self._send("begin_run", steps, metric)

    def record(self, number: int, entry: Entry) -> None:
        self._send("record", entry)

    def notice(self, number: int, text: str) -> None:
        self._send("notice", text)

    def _send(self, what: str, *content: object) -> None:
        try:
            self._connection.send((what, content))
        except BrokenPipeError:  # the parent is gone: this is to end as if it had asked for it
            os.kill(os.getpid(), signal.SIGTERM)


def _train(connection: Connection, values: dict[str, Any], path: Path, resume: bool, rung: Rung | None) -> None:
    """Train one run; what a process of a study does. It is the parent that says when to stop, by SIGTERM."""
    try:
        hear_parent_alone()
        settings = train_settings()(**values)
        start = Start(Pace(settings.checkpoint_every), resume, rung=rung)
        observer = OfOneRun(settings.seed, _Sender(connection))
        connection.send(("ended", train_alone(settings, load_dataset(settings), path, [observer], start)))
    except FtcliError as error:
        connection.send(("ended", error))
    except KeyboardInterrupt:
        raise SystemExit(143) from None
    except BrokenPipeError:
        raise SystemExit(1) from None  # the parent is gone: nobody is left to tell
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it asks again until this process is gone


def _stop(workers: Collection[_Worker]) -> None:
    """Have all of them finish their step and write a checkpoint; kill them if that is interrupted in turn."""
    try:
        while going := [worker.process for worker in workers if worker.process.is_alive()]:
            for process in going:  # again and again: one that has only just been started does not hear it yet
                process.terminate()
            wait([process.sentinel for process in going], timeout=_PATIENCE)
    except BaseException:
        for worker in workers:
            worker.process.kill()
        raise
