"""Opening a file to read it as a stream, compressed or not."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from ftcli.errors import DataError

_OPENERS: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
"""By what a file begins with."""


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file; what is compressed, whatever its name, is unpacked while it is read.

    Raises:
        DataError: it can't be opened.
    """
    try:
        stream = _opener(path)(path, "rb")
    except OSError as error:
        message = f"{path}: can't be read ({error.strerror or error})"
        raise DataError(message, hint="Check the path and the current folder.") from error
    with stream:
        yield stream


def _opener(path: Path) -> Any:
    if not path.is_file():  # a pipe can be read but once
        return open
    with path.open("rb") as file:
        begin = file.read(max(map(len, _OPENERS)))
    return next((opener for mark, opener in _OPENERS.items() if begin.startswith(mark)), open)
