"""One request for a file, or for the rest of it, and what the answer means for the part that is there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import requests

from ftcli.errors import DownloadError
from ftcli.tasks.download.failures import FROM_FILE, GO_ON, TransientError, failures_told, status_error
from ftcli.tasks.download.partial import Origin, Part, validator_of
from ftcli.tasks.download.source import without_password

Progress = Callable[[int, int | None], None]
"""Told the bytes that have come and, where known, how many there will be."""

_CHUNK = 2**14
_AGAIN = f"Repeat the command, or {FROM_FILE}."


@dataclass(frozen=True)
class Policy:
    """How patient a download is, in seconds and attempts, and how many bytes it takes."""

    connect_timeout: float = 10.0
    read_timeout: float = 30.0
    attempts: int = 4
    backoff: float = 0.5
    max_redirects: int = 10
    max_bytes: int = 2**30


class Transfer:
    """A file on its way."""

    def __init__(self, url: str, part: Part, policy: Policy, progress: Progress | None) -> None:
        self._url = url
        self._shown = without_password(url)
        self._part = part
        self._policy = policy
        self._progress = progress

    def attempt(self, session: requests.Session) -> None:
        """Ask for what is missing and add it to the part, which is whole when this returns.

        Raises:
            TransientError: another attempt may succeed; what came so far is kept where it can be built on.
            DownloadError: another attempt would fail too.
            OSError: the disk refused.

        """
        known = self._part.resumable(self._url)
        with failures_told(self._url), self._ask(session, known) as response:
            if known and response.status_code == 416:
                self._check_complete(response, known)
            elif known and response.status_code == 206:
                self._receive(response, self._resumed_total(response, known))
            elif response.status_code == 200:
                self._receive(response, self._begin(response))
            else:
                raise status_error(response, self._url)

    def _ask(self, session: requests.Session, known: Origin | None) -> requests.Response:
        timeout = (self._policy.connect_timeout, self._policy.read_timeout)
        try:
            return session.get(self._url, headers=self._headers(known), stream=True, timeout=timeout)
        except requests.RequestException:
            raise
        except ValueError as error:  # what a redirect to nonsense leads to
            raise requests.exceptions.InvalidURL(str(error)) from error

    def _headers(self, known: Origin | None) -> dict[str, str]:
        headers = {"Accept-Encoding": "identity"}  # ranges and lengths count encoded bytes
        if known and known.validator:
            headers |= {"Range": f"bytes={self._part.size}-", "If-Range": known.validator}
        return headers

    def _check_complete(self, response: requests.Response, known: Origin) -> None:
        """See whether the server has no more because all has come already."""
        stated = re.fullmatch(r"bytes \*/(\d+)", response.headers.get("Content-Range", ""))
        complete = stated and int(stated[1]) == self._part.size == known.total
        if not complete or not _same_version(response, known):
            raise self._changed()

    def _resumed_total(self, response: requests.Response, known: Origin) -> int:
        """Make sure that these bytes follow on the part's, and return how long the whole file is."""
        stated = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", response.headers.get("Content-Range", ""))
        follows = stated and int(stated[1]) == self._part.size and known.total in (None, int(stated[2]))
        if not stated or not follows or not _same_version(response, known):
            raise self._changed()
        return int(stated[2])

    def _begin(self, response: requests.Response) -> int | None:
        """Start the part from zero, and return how long the file will be."""
        length = response.headers.get("Content-Length", "")
        total = int(length) if length.isdecimal() else None
        self._part.begin(Origin(url=self._url, validator=validator_of(response.headers), total=total))
        return total

    def _receive(self, response: requests.Response, total: int | None) -> None:
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise DownloadError(f"{self._shown}: the server sends the file encoded", hint=_AGAIN)
        size = self._part.size
        self._check_size(total or size)
        self._tell(size, total)
        with self._part.path.open("ab") as file:
            for chunk in response.iter_content(_CHUNK):
                size += len(chunk)
                self._check_size(size)
                file.write(chunk)
                self._tell(size, total)
        self._check_length(size, total)

    def _check_size(self, size: int) -> None:
        if size > self._policy.max_bytes:
            self._part.discard()
            raise DownloadError(
                f"{self._shown}: larger than the {self._policy.max_bytes:,} bytes that ftcli downloads",
                hint=f"Check the address, or {FROM_FILE}.",
            )

    def _check_length(self, size: int, total: int | None) -> None:
        if total is not None and size < total:
            raise TransientError(f"{self._shown}: cut after {size:,} of {total:,} bytes", hint=GO_ON)
        if total is not None and size > total:
            self._part.discard()
            raise DownloadError(f"{self._shown}: {size:,} bytes came, not {total:,}", hint=_AGAIN)

    def _changed(self) -> TransientError:
        self._part.discard()
        return TransientError(f"{self._shown}: the file changed on the server half-way", hint=_AGAIN)

    def _tell(self, size: int, total: int | None) -> None:
        if self._progress:
            self._progress(size, total)


def _same_version(response: requests.Response, known: Origin) -> bool:
    return validator_of(response.headers) in (None, known.validator)
