"""Downloading one file: resumed after a cut, whole or not there at all."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import requests

from ftcli.tasks.download.failures import TransientError, UnreachableError
from ftcli.tasks.download.partial import Part
from ftcli.tasks.download.transfer import Policy, Progress, Transfer

__all__ = ["Policy", "Progress", "fetch"]


def fetch(url: str, destination: Path, *, progress: Progress | None = None, policy: Policy | None = None) -> Path:
    """Download a file, going on from what an earlier call left in `<destination>.part`.

    Only one process at a time may download to the same destination.

    Args:
        url: an http or https address.
        destination: the file to make; it is there only when whole.
        progress: told of every chunk.
        policy: timeouts, attempts and the largest size.

    Returns:
        `destination`.

    Raises:
        DownloadError: the file can't be had; the message says why and how to go on.
        OSError: the disk refused; the part is removed.

    """
    policy = policy or Policy()
    part = Part(destination)
    transfer = Transfer(url, part, policy, progress)
    destination.parent.mkdir(parents=True, exist_ok=True)
    try:
        with requests.Session() as session:
            session.max_redirects = policy.max_redirects
            _persist(lambda: transfer.attempt(session), policy)
        part.finish()
    except OSError:
        part.discard()
        raise
    return destination


def _persist(attempt: Callable[[], None], policy: Policy) -> None:
    for number in range(1, policy.attempts + 1):
        try:
            return attempt()
        except TransientError as error:
            # Offline from the start is for the user to mend; a server lost half-way may come back.
            if number == policy.attempts or (number == 1 and isinstance(error, UnreachableError)):
                raise
            time.sleep(policy.backoff * 2 ** (number - 1))
    return None
