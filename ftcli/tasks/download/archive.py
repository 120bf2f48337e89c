"""Taking the expected files out of a zip archive that nobody vouches for."""

from __future__ import annotations

import copy
import errno
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ftcli.errors import DownloadError
from ftcli.tasks.download.members import Limits, find_objection

_CHUNK = 2**16
_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")  # of the first member, and of an archive without members
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    NotImplementedError,
    OverflowError,
)
_HINT = "Download the archive again, or get it elsewhere and give it with `ftcli download TASK --from FILE`."


class _RefusedError(Exception):
    """Why an archive is not unpacked."""


def unpack(
    archive: Path,
    expected: Mapping[str, Sequence[str]],
    target: Path,
    *,
    origin: str,
    limits: Limits | None = None,
) -> None:
    """Write the expected files of a zip archive into `target`, under just these names, and nothing else.

    Args:
        archive: the zip file.
        expected: the files to write, each with the names that its member may have, the likeliest first.
        target: an existing folder to write to.
        origin: what messages call the archive.
        limits: how large the archive may be.

    Raises:
        DownloadError: it is no zip archive, damaged or hostile, or lacks a file; the member is named.
        OSError: the disk refused.

    """
    try:
        _check_signature(archive)
        with _damage_told(), zipfile.ZipFile(archive) as opened:
            members = opened.infolist()
            if objection := find_objection(members, limits or Limits()):
                raise _RefusedError(f"archive refused: {objection}")
            for file, member in _choose(expected, members).items():
                _write(opened, member, target / file)
    except _RefusedError as error:
        raise DownloadError(f"{origin}: {error}", hint=_HINT) from error


def _check_signature(archive: Path) -> None:
    with archive.open("rb") as file:
        start = file.read(512)
    if not start:
        raise _RefusedError("empty, not a zip archive")
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        raise _RefusedError("a web page came in place of the zip archive")
    if not start.startswith(_SIGNATURES):
        raise _RefusedError("not a zip archive")


@contextmanager
def _damage_told() -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise _RefusedError(f"damaged archive ({error})") from error
    except OSError as error:
        if error.errno == errno.EINVAL:  # an offset in the archive that points before its start
            raise _RefusedError("damaged archive (impossible offset)") from error
        raise


def _choose(expected: Mapping[str, Sequence[str]], members: Sequence[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """Find the member that holds each expected file."""
    by_name = {member.orig_filename: member for member in members}
    chosen = {}
    for file, names in expected.items():
        present = [name for name in names if name in by_name]
        if not present:
            raise _RefusedError(f"the archive lacks {names[0]}; it holds {_listing(list(by_name))}")
        chosen[file] = by_name[present[0]]
    return chosen


def _listing(names: Sequence[str], shown: int = 5) -> str:
    more = f" and {len(names) - shown:,} more" if len(names) > shown else ""
    return (", ".join(map(repr, names[:shown])) or "nothing") + more


def _write(opened: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> None:
    # zipfile stops reading at the declared size: declare one byte more, and a member that lies shows.
    probed = copy.copy(member)
    probed.file_size += 1
    with opened.open(probed) as packed, path.open("xb") as file:
        written = _copy(packed, file)
        if written != member.file_size:
            found = "more" if written > member.file_size else f"{written:,}"
            name, size = member.orig_filename, member.file_size
            raise _RefusedError(f"archive refused: member {name!r} declares {size:,} bytes, holds {found}")
        file.flush()
        os.fsync(file.fileno())


def _copy(packed: IO[bytes], file: IO[bytes]) -> int:
    written = 0
    while chunk := packed.read(_CHUNK):
        written += file.write(chunk)
    return written
