"""What can go wrong between here and a server, in words that say how to go on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import responses

import requests
from urllib3.exceptions import HTTPError, NewConnectionError, ReadTimeoutError

from ftcli.errors import DownloadError
from ftcli.tasks.download.source import without_password

FROM_FILE = "get the archive elsewhere and give it with `ftcli download TASK --from FILE`"
GO_ON = f"Repeat the command to go on where it stopped, or {FROM_FILE}."
_BAD_URL = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
)
_PASSING = {408, 425, 429}  # beside 5xx: worth another attempt


class TransientError(DownloadError):
    """A failure that another attempt may get over."""


class UnreachableError(TransientError):
    """No connection came about."""


@contextmanager
def failures_told(url: str) -> Iterator[None]:
    """Turn what `requests` raises into a DownloadError.

    Raises:
        DownloadError: in place of any `requests.RequestException`, or of urllib3's that slip through.

    """
    try:
        yield
    except requests.RequestException as error:
        raise _explain(without_password(url), error) from error
    except HTTPError as error:
        raise TransientError(f"{without_password(url)}: the connection was cut", hint=GO_ON) from error


def status_error(response: requests.Response, url: str) -> DownloadError:
    """Say what an answer that brings no file means."""
    shown, status = without_password(url), response.status_code
    # Not the server's own words: they could hold anything, sequences that steer the terminal among it.
    message = f"{shown}: the server answered {status} ({responses.get(status, 'unknown')})"
    if status >= 500 or status in _PASSING:
        return TransientError(message, hint=f"The server is in trouble: try again later, or {FROM_FILE}.")
    return DownloadError(message, hint=f"Check the address in a browser, or {FROM_FILE}.")


def _explain(shown: str, error: requests.RequestException) -> DownloadError:
    if isinstance(error, requests.TooManyRedirects):
        return DownloadError(
            f"{shown}: the server redirects without end",
            hint=f"Check the address in a browser, or {FROM_FILE}.",
        )
    if isinstance(error, _BAD_URL):
        return DownloadError(
            f"{shown}: leads to what is no web address ({error})",
            hint="Give a local file, or an address that starts with http:// or https://.",
        )
    if isinstance(error, requests.exceptions.SSLError):
        return DownloadError(
            f"{shown}: no secure connection ({error})",
            hint=f"Check the clock and the proxy of this machine, or {FROM_FILE}.",
        )
    return _explain_connection(shown, error)


def _explain_connection(shown: str, error: requests.RequestException) -> DownloadError:
    cause = error.args[0] if error.args else None
    unreachable = isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError)
    if unreachable or isinstance(getattr(cause, "reason", None), NewConnectionError):
        return UnreachableError(
            f"{shown}: the server can't be reached; is this machine offline?",
            hint=f"Check the connection and the address, or {FROM_FILE}.",
        )
    if isinstance(error, requests.ReadTimeout) or isinstance(cause, ReadTimeoutError):
        return TransientError(f"{shown}: the server went silent", hint=GO_ON)
    if isinstance(error, requests.ConnectionError | requests.exceptions.ChunkedEncodingError):
        return TransientError(f"{shown}: the connection was cut", hint=GO_ON)
    return DownloadError(f"{shown}: the download failed ({error})", hint=GO_ON)
