"""Where an archive comes from: a file on this machine or an address on the web."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from urllib.request import url2pathname

from ftcli.errors import DownloadError

_KINDS = "Give a local file, or an address that starts with http:// or https://."


def local_path(source: str) -> Path | None:
    """Return the local file or folder that `source` means, or None where it is a web address.

    Raises:
        DownloadError: it is missing, or the scheme is none of http, https and file.

    """
    if "://" not in source and not source.startswith("file:"):
        return _existing(Path(source).expanduser())
    try:
        parts = urlsplit(source)
    except ValueError as error:
        raise DownloadError(f"{source}: not an address ({error})", hint=_KINDS) from error
    if parts.scheme in ("http", "https"):
        return None
    if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
        raise DownloadError(f"{source}: ftcli can't download from such an address", hint=_KINDS)
    return _existing(Path(url2pathname(parts.path)))


def without_password(url: str) -> str:
    """Give an address as messages may show it: without user name and password."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _existing(path: Path) -> Path:
    if not path.exists():
        raise DownloadError(f"{path}: no such file or folder", hint="Check the path given with --from.")
    if not path.is_file() and not path.is_dir():
        raise DownloadError(f"{path}: not a file", hint="Give the .zip archive itself, or a folder with the files.")
    return path
