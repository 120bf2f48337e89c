"""The form of a data file: its format, and how text is cut into fields and characters."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ftcli.tasks.reading.errors import file_error

Format = Literal["auto", "csv", "tsv", "jsonl", "json", "parquet", "arrow", "txt"]
Quoting = Literal["auto", "rfc4180", "none"]

AUTO = "auto"
STDIN = Path("-")
WHOLE = ("json", "parquet", "arrow")
"""Formats of which nothing can be read before all is there."""
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
_ENCODINGS = {"utf-8": "UTF-8", "utf-16": "UTF-16", "utf-32": "UTF-32", "cp1252": "Windows-1252"}
COMPRESSED = (".gz", ".bz2", ".xz")
_FORMATS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".txt": "txt",
}
_KNOWN = (
    "Give a file in one of these formats, named so: .csv, .tsv, .jsonl, .json, .parquet, .arrow, .txt (each may be "
    "compressed: .gz, .bz2, .xz), or a folder that Hugging Face's datasets saved; or name the format with --format."
)
SPREADSHEET_HINT = "In the spreadsheet, save the sheet as CSV (UTF-8), and give that file."
HINTS = {
    **dict.fromkeys((".xlsx", ".xls", ".ods"), SPREADSHEET_HINT),
    **dict.fromkeys((".zip", ".7z", ".rar", ".tar", ".tgz"), "Unpack the archive, and give the file in it."),
}
"""What to do with files of these names, which are not read."""


@dataclass(frozen=True)
class Form:
    """How a file is read; what is ``auto`` follows from the file's name, or, where ``guessed``, from what it holds.

    ``delimiter`` is one character and goes with csv and tsv, as ``quoting`` does; ``encoding`` is a codec of
    Python's and goes with all formats of text. Text that is not UTF-8, as far as can be seen, is taken for
    ``otherwise``. Without ``header`` the first line of csv and tsv is a row, and columns are called by their positions;
    None is not known, and read as with one.
    """

    format: Format = "auto"
    delimiter: str = AUTO
    quoting: Quoting = "auto"
    encoding: str = AUTO
    guessed: bool = False
    otherwise: str = "cp1252"
    header: bool | None = None

    @property
    def is_delimited(self) -> bool:
        """Whether its lines have fields."""
        return self.format in ("csv", "tsv")

    @property
    def is_binary(self) -> bool:
        """Whether it is no text."""
        return self.format in ("parquet", "arrow")

    @property
    def is_quoted(self) -> bool:
        """Whether fields may stand between quotes: not in a .tsv that is separated by tabs, unless asked for."""
        plain = self.format == "tsv" and self.delimiter in ("\t", AUTO)
        return self.quoting == "rfc4180" or (self.quoting == "auto" and not plain)

    @property
    def in_words(self) -> str:
        """What is known of it.

        >>> Form("csv", ";", encoding="utf-8", header=False).in_words
        'csv, semicolon, UTF-8, no header'
        """
        details = [DELIMITERS.get(self.delimiter, self.delimiter), _ENCODINGS.get(self.encoding, self.encoding)]
        quoting = {"rfc4180": ["fields in quotes"], "none": ["no quotes"]}.get(self.quoting, [])
        header = ["no header"] if self.header is False else []
        more = [*quoting, *header] if self.is_delimited else []
        return ", ".join([self.format, *(each for each in details if each != AUTO), *more])

    def as_json(self) -> dict[str, str | bool]:
        """Return what is known of it, by the names of the options that tell it."""
        known = {"format": self.format, "encoding": self.encoding}
        known |= {"delimiter": self.delimiter, "quoting": self.quoting} if self.is_delimited else {}
        told: dict[str, str | bool] = {name: value for name, value in known.items() if value != AUTO}
        return told | ({"header": self.header} if self.is_delimited and self.header is not None else {})

    def by_name(self, path: Path) -> Form:
        """Fill in what is open by the file's name alone: commas in .csv, tabs in .tsv, UTF-8.

        Raises:
            DataError: the name tells no format.
        """
        form = self.with_format(path)
        return replace(
            form,
            delimiter={"csv": ",", "tsv": "\t"}.get(form.format, AUTO) if self.delimiter == AUTO else self.delimiter,
            encoding="utf-8" if self.encoding == AUTO else self.encoding,
        )

    def for_another(self, path: Path, told: Form | None = None) -> Form:
        """Return the form of a further file: as it is told, else guessed, and where it tells none, as here."""
        told = told or Form()
        known: Quoting = "none" if self.quoting == "none" else "auto"
        return replace(
            told,
            format=(named_format(path) or self.format) if told.format == "auto" else told.format,
            quoting=known if told.quoting == "auto" else told.quoting,
            guessed=True,
            otherwise=told.otherwise if self.encoding in (AUTO, "utf-8") else self.encoding,
            header=self.header if told.header is None else told.header,
        )

    def with_format(self, path: Path) -> Form:
        """Fill in the format alone.

        Raises:
            DataError: the name tells none.
        """
        if self.format != "auto":
            return self
        if found := named_format(path):
            return replace(self, format=found)
        if path == STDIN:
            raise file_error(
                path, None, "standard input has no name that tells its format", "Name it with --format, or give a file."
            )
        raise file_error(path, None, f"unknown extension '{path.suffix}'", HINTS.get(path.suffix.lower(), _KNOWN))


def named_format(path: Path) -> Format | None:
    """Return the format that a file's name tells, compressed or not; a folder can only hold Arrow files."""
    if os.path.isdir(path):  # unlike Path.is_dir it is silent about names that no system takes
        return "arrow"
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in COMPRESSED:
        suffixes.pop()
    return _FORMATS.get(suffixes[-1]) if suffixes else None


def bare_name(path: Path) -> str:
    """Return the name of a file without its extensions.

    >>> bare_name(Path("reviews.csv.gz"))
    'reviews'
    """
    inner = Path(path.stem) if path.suffix.lower() in COMPRESSED else path
    return inner.stem
