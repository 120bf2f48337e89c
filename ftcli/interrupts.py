"""SIGINT and SIGTERM while training: the step is finished first, and what is done is written down."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from ftcli.errors import Stopped, Terminated

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopRequest:
    """Whether somebody has asked to stop, and by which signal.

    A second signal stops at once, but for processes that are ``asked_twice``: by the one that has started them, and
    with it by whoever asks a whole group of processes. Who means at once kills those.
    """

    asked_twice: ClassVar[bool] = False

    def __init__(self) -> None:
        self._signal: int | None = None

    def raise_if_made(self) -> None:
        """Raise where it has been asked for.

        Raises:
            Stopped: it has.
        """
        if self._signal is not None:
            raise Stopped(terminated=self._signal == signal.SIGTERM)

    def receive(self, number: int, _: object = None) -> None:
        """Remember a signal.

        Raises:
            KeyboardInterrupt: it is the second.
        """
        if self._signal is not None and not self.asked_twice:
            raise Terminated if number == signal.SIGTERM else KeyboardInterrupt
        self._signal = self._signal or number


@contextmanager
def ignored_by_others(number: int) -> Iterator[None]:
    """Have the processes that are started inside ignore a signal, until they say otherwise."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(number, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(number, before)


@contextmanager
def deferred() -> Iterator[StopRequest]:
    """Have signals noted down instead of raised at once; whoever opens this asks between two steps."""
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request  # signals reach the main thread alone
        return
    before: dict[int, Any] = {each: signal.getsignal(each) for each in _SIGNALS}
    for each, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(each, request.receive)
    try:
        yield request
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
