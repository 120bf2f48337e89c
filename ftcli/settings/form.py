"""How text in files is cut into fields and characters, as one tells it; what all commands say alike of that."""

from __future__ import annotations

import codecs
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from ftcli.settings.base import THIS_CALL
from ftcli.tasks.reading.form import AUTO, Form, Format, Quoting

TEXT_COLUMN = "Column with the text"
PAIR_COLUMN = "Column with the second text of a pair"
DELIMITER = "What separates fields: a character, or comma, semicolon, tab, pipe"
HEADER = "The first line of csv and tsv names the columns; without it they are called 1, 2 and so on"
QUOTING = "How fields are quoted: auto reads {} by RFC 4180 and {} unquoted, unless its fields show quotes."

_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|", "space": " "}


def _one_character(delimiter: str) -> str:
    mark = _DELIMITERS.get(delimiter, delimiter)
    if mark != AUTO and (len(mark) != 1 or mark in '"\r\n\0'):
        raise ValueError(f"must be one character, or one of {', '.join(_DELIMITERS)}")
    return mark


def _known_encoding(encoding: str) -> str:
    if encoding == AUTO:
        return encoding
    try:
        "".encode(encoding)  # refuses what is no encoding of text, too
        return codecs.lookup(encoding).name.replace("utf-8-sig", "utf-8")
    except (LookupError, ValueError):
        raise ValueError("there is no such encoding") from None


Delimiter = Annotated[str, AfterValidator(_one_character)]
Encoding = Annotated[str, AfterValidator(_known_encoding)]


class FormSettings(BaseModel):
    """Form of the file.

    How one that a trained model gets is read, where its name and what it holds don't tell; and its columns.
    """

    format: Format = Field(
        "auto", description="Format of the file; auto goes by its name.", json_schema_extra=THIS_CALL
    )
    delimiter: Delimiter = Field(AUTO, description=f"{DELIMITER}; auto guesses it.", json_schema_extra=THIS_CALL)
    quoting: Quoting = Field("auto", description=QUOTING.format("csv", "tsv"), json_schema_extra=THIS_CALL)
    header: bool | None = Field(
        None, description=f"{HEADER} [default: as in the run's own files].", json_schema_extra=THIS_CALL
    )
    encoding: Encoding = Field(
        AUTO,
        description="How text is encoded, such as cp1252; auto takes UTF-8 and, for what is none, what the run's own "
        "files were in, or else cp1252.",
        json_schema_extra=THIS_CALL,
    )

    text_column: str | None = Field(
        None, description=f"{TEXT_COLUMN} [default: the run's].", json_schema_extra=THIS_CALL
    )
    pair_column: str | None = Field(
        None, description=f"{PAIR_COLUMN} [default: the run's].", json_schema_extra=THIS_CALL
    )

    @property
    def form(self) -> Form:
        """What is told."""
        return Form(self.format, self.delimiter, self.quoting, self.encoding, header=self.header)
