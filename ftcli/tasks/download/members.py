"""What an archive's table of contents must not say: no byte is unpacked before every member has passed."""

from __future__ import annotations

import re
import stat
import unicodedata
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

_ENCRYPTED = 0x1 | 0x40 | 0x2000  # flags of the classic and strong encryption, and of masked local headers
_MIB = 2**20
_FOLDER_ICON = "/Icon\r"  # what macOS calls the file with a folder's icon; archives made there have some


@dataclass(frozen=True)
class Limits:
    """How large an archive may be."""

    members: int = 10_000
    total_bytes: int = 2 * 2**30
    ratio: int = 200
    ratio_from_bytes: int = _MIB


def find_objection(members: Sequence[zipfile.ZipInfo], limits: Limits) -> str | None:
    """Say what speaks against unpacking these members, naming the first offender; None where nothing does."""
    if len(members) > limits.members:
        return f"has {len(members):,} members, more than {limits.members:,}"
    for member in members:
        objection = _name_objection(member.orig_filename) or _kind_objection(member)
        objection = objection or _size_objection(member, limits)
        if objection:
            return f"member {member.orig_filename!r} {objection}"
    total = sum(member.file_size for member in members)
    if total > limits.total_bytes:
        return f"would unpack to {total:,} bytes, more than {limits.total_bytes:,}"
    return _collision(members)


def _name_objection(name: str) -> str | None:
    objections = {
        "has no name": not name,
        "has a control character in its name": any(
            unicodedata.category(char) == "Cc" for char in name.removesuffix(_FOLDER_ICON)
        ),
        "has a backslash in its name": "\\" in name,
        "names a drive": re.match(r"[A-Za-z]:", name) is not None,
        "has an absolute path": name.startswith("/"),
        "leads out of its folder ('..')": ".." in name.split("/"),
    }
    return next((text for text, applies in objections.items() if applies), None)


def _kind_objection(member: zipfile.ZipInfo) -> str | None:
    kind = stat.S_IFMT(member.external_attr >> 16)
    if stat.S_ISLNK(kind):
        return "is a symbolic link"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR) or (kind == stat.S_IFDIR and not member.is_dir()):
        return "is not a plain file"
    if member.flag_bits & _ENCRYPTED:
        return "is encrypted"
    # The other methods' decompressors can't be told to stop at a number of bytes.
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return f"is compressed by method {member.compress_type}; only stored and deflated ones are read"
    return None


def _size_objection(member: zipfile.ZipInfo, limits: Limits) -> str | None:
    size, packed = member.file_size, member.compress_size
    if size > limits.ratio_from_bytes and size > limits.ratio * packed:
        return f"would swell from {packed:,} to {size:,} bytes: more than {limits.ratio}:1"
    return None


def _collision(members: Sequence[zipfile.ZipInfo]) -> str | None:
    seen: dict[str, str] = {}
    for member in members:
        name, comparable = member.orig_filename, _comparable(member.orig_filename)
        if comparable in seen:
            return _clash(seen[comparable], name)
        seen[comparable] = name
    return None


def _clash(first: str, second: str) -> str:
    if first == second:
        return f"member {second!r} is there twice"
    return f"members {first!r} and {second!r} would be one file where case is ignored"


def _comparable(name: str) -> str:
    """Give the name as the most forgiving file system sees it."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    return unicodedata.normalize("NFC", "/".join(parts).casefold())
