"""SIGINT, SIGTERM and SIGHUP while training: the step is finished first, and what is done is written down."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from ftcli.errors import Stopped, Terminated

_TO_END = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Ask a process to end: somebody does, or the terminal that it belongs to has gone."""
_ALL = frozenset({signal.SIGINT, *_TO_END})
_HANGUP = getattr(signal, "SIGHUP", None)  # comes twice: from the system, and from the shell


class StopRequest:
    """Whether somebody has asked to stop, and by which signal.

    A second signal stops at once, but for processes that are ``asked_twice``: by the one that has started them, and
    with it by whoever asks a whole group of processes. Who means at once kills those.
    """

    asked_twice: ClassVar[bool] = False

    def __init__(self, made_by: int | None = None) -> None:
        self.made_by = made_by
        self._at_once = False

    def raise_if_made(self) -> None:
        """Raise where it has been asked for.

        Raises:
            Stopped: it has.
        """
        if self.made_by is not None:
            raise Stopped(terminated=self.made_by in _TO_END)

    @contextmanager
    def raised_at_once(self) -> Iterator[None]:
        """Have it raised as soon as it is asked for: while this waits for others, and is in the middle of nothing.

        Raises:
            Stopped: it has been asked for, or is inside.
        """
        self._at_once = True
        try:
            self.raise_if_made()
            yield
        finally:
            self._at_once = False

    def receive(self, number: int, _: object = None) -> None:
        """Remember a signal.

        Raises:
            KeyboardInterrupt: it is the second.
            Stopped: it is to be raised at once.
        """
        if self.made_by is not None and not (self.asked_twice or number == _HANGUP):
            raise Terminated if number in _TO_END else KeyboardInterrupt
        self.made_by = self.made_by or number
        if self._at_once:
            self.raise_if_made()


_heard: list[int] = []
"""What has been raised in this command."""


@contextmanager
def ended_on_request() -> Iterator[None]:
    """Have SIGTERM and SIGHUP raise ``Terminated``, and SIGINT ``KeyboardInterrupt``, which a training hears of, too.

    What is ignored, as under nohup, stays ignored. Who goes on afterwards finds what there was before; but for a
    process that was asked to end, and is about to.
    """
    before = {each: signal.getsignal(each) for each in _ALL}
    for each, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(each, _end)
    try:
        yield
    finally:
        for each, handler in before.items():
            if each not in _TO_END or not _heard:
                signal.signal(each, handler)
        _heard.clear()


def _end(number: int, _: object) -> None:
    _heard.append(number)
    for each in _TO_END:
        if _is_heard_once(each, number):
            signal.signal(each, signal.SIG_IGN)
    raise Terminated if number in _TO_END else KeyboardInterrupt


def _is_heard_once(each: int, asked_by: int | None) -> bool:
    """Whether a signal is to be ignored once another, or it, has asked."""
    return asked_by is not None and each in _TO_END and (StopRequest.asked_twice or each == asked_by == _HANGUP)


@contextmanager
def unheard_by_others() -> Iterator[None]:
    """Have processes that are started inside hear nothing of all this; what this one is told meanwhile is not lost."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ALL)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def hear_parent_alone() -> None:
    """Have this process end on SIGTERM alone: its parent hears the rest, and passes it on.

    Raises:
        Terminated: it has been asked already.
    """
    StopRequest.asked_twice = True
    for each in _ALL:
        signal.signal(each, _end if each == signal.SIGTERM else signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ALL)


@contextmanager
def deferred() -> Iterator[StopRequest]:
    """Have signals noted down instead of raised at once; whoever opens this asks between two steps.

    One that has been raised before is noted down as well: that it comes to this means that something has swallowed it,
    as imports do that try what is installed.
    Once the terminal has gone, no more is heard of that: what is said about it must not be cut short. Nor is what a
    process does that is ``asked_twice``.
    """
    if threading.current_thread() is not threading.main_thread():
        yield StopRequest()  # signals reach the main thread alone
        return
    request = StopRequest(_heard[0] if _heard else None)
    before: dict[int, Any] = {each: signal.getsignal(each) for each in _ALL}
    for each, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(each, request.receive)
    try:
        yield request
    finally:
        for each, handler in before.items():
            signal.signal(each, signal.SIG_IGN if _is_heard_once(each, request.made_by) else handler)
