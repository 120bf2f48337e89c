"""The part of a file that has come so far, with a note of what it is a part of."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ValidationError
from requests.structures import CaseInsensitiveDict

from ftcli.runs.files import write_text


class Origin(BaseModel):
    """What a part was taken from: its rest must come from the very same."""

    url: str
    validator: str | None
    total: int | None


class Part:
    """`<destination>.part`, and `<destination>.part.json` beside it."""

    def __init__(self, destination: Path) -> None:
        self.destination = destination
        self.path = destination.with_name(destination.name + ".part")
        self.note = destination.with_name(destination.name + ".part.json")

    @property
    def size(self) -> int:
        """How many bytes have come."""
        return self.path.stat().st_size if self.path.exists() else 0

    def resumable(self, url: str) -> Origin | None:
        """Return what the part was taken from; None where the rest can't be asked for safely."""
        if not self.size:
            return None
        try:
            origin = Origin.model_validate_json(self.note.read_bytes())
        except (FileNotFoundError, ValidationError):
            return None
        return origin if origin.url == url and origin.validator else None

    def begin(self, origin: Origin) -> None:
        """Start from zero.

        Raises:
            OSError: the disk refused.

        """
        self.path.write_bytes(b"")  # before the note: old bytes must never stand beside a new note
        write_text(self.note, origin.model_dump_json())

    def discard(self) -> None:
        """Remove the part and its note, as far as the disk lets it."""
        for path in (self.path, self.note):
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def finish(self) -> None:
        """Give the whole file its name.

        Raises:
            OSError: the disk refused.

        """
        with self.path.open("rb") as file:
            os.fsync(file.fileno())
        self.path.replace(self.destination)
        self.note.unlink(missing_ok=True)


def validator_of(headers: CaseInsensitiveDict[str]) -> str | None:
    """Return what tells this version of a file from others: a strong ETag, or else the time of change."""
    etag = headers.get("ETag")
    return etag if etag and not etag.startswith("W/") else headers.get("Last-Modified")
