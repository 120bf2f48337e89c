"""Opening a file to read it as a stream, compressed or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import IO, cast

from ftcli.errors import DataError
from ftcli.tasks.reading.compressed import BEGINNING, unpacker


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file; what is compressed, whatever its name, is unpacked while it is read.

    Raises:
        DataError: it can't be opened.
    """
    try:
        file = path.open("rb")
        stream = unpacking(file)
    except OSError as error:
        message = f"{path}: can't be read ({error.strerror or error})"
        raise DataError(message, hint="Check the path and the current folder.") from error
    with file, stream:
        yield stream


def unpacking(stream: IO[bytes]) -> IO[bytes]:
    """Return what unpacks a stream that can look ahead while it is read; any other, or one not packed, as it is."""
    if not isinstance(stream, BufferedReader):
        return stream
    unpack = unpacker(stream.peek(BEGINNING)[:BEGINNING])
    return stream if unpack is None else cast(IO[bytes], unpack(stream))
