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

_OPENERS: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file; what its name says is compressed is unpacked while it is read.

    Raises:
        DataError: it can't be opened.
    """
    try:
        stream = _OPENERS.get(path.suffix.lower(), open)(path, "rb")
    except OSError as error:
        message = f"{path}: can't be read ({error.strerror or error})"
        raise DataError(message, hint="Check the path and the current folder.") from error
    with stream:
        yield stream
