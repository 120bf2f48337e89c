"""Unpacking a compressed file in memory, up to a bound."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

from ftcli.tasks.download.members import Limits
from ftcli.tasks.reading.errors import file_error

BEGINNING = 10
_CHUNK = 2**20
_GZIP, _BZIP2, _XZ = b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\x00"
_BZIP2_BLOCK = (b"1AY&SY", b"\x17rE8P\x90")  # what follows the digit: a block, or the end of an empty file
_DAMAGE = (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError)


def unpacked(path: Path, data: bytes, limits: Limits | None = None) -> bytes:
    """Return what a gzip, bzip2 or xz file holds; any other as it is. The first bytes tell, not the name.

    Raises:
        DataError: it is damaged, or swells beyond the limits.
    """
    unpack = unpacker(data[:BEGINNING])
    if unpack is None:
        return data
    packed = unpack(io.BytesIO(data))
    limits = limits or Limits()
    most = min(limits.total_bytes, max(limits.ratio * len(data), limits.ratio_from_bytes))
    unpacked = bytearray()
    try:
        while chunk := packed.read(_CHUNK):
            unpacked += chunk
            if len(unpacked) > most:
                message = f"swells from {len(data):,} to more than {most:,} bytes, and is not unpacked further"
                raise file_error(path, None, message, "If you trust it, unpack it yourself and give the file in it.")
    except _DAMAGE as error:
        hint = "Compress the file anew, or give it as it is."
        raise file_error(path, None, f"a damaged compressed file ({error})", hint) from error
    return bytes(unpacked)


def unpacker(begin: bytes) -> Callable[[Any], BinaryIO] | None:
    """Return what opens a file, or a path, that begins with these bytes, to read what it holds; None: it is not packed.

    The first ``BEGINNING`` bytes tell.
    """
    if begin.startswith(_GZIP):
        return cast(Callable[[Any], BinaryIO], gzip.open)
    if begin.startswith(_BZIP2) and begin[4:10] in _BZIP2_BLOCK:
        return cast(Callable[[Any], BinaryIO], bz2.open)
    if begin.startswith(_XZ):
        return cast(Callable[[Any], BinaryIO], lzma.open)
    return None
