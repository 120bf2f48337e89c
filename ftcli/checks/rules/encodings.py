"""Characters that were damaged on their way into the file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

from ftcli.checks.check import Check
from ftcli.checks.finding import Finding, places_of, share
from ftcli.checks.subject import Subject, texts_of

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff]")
_CP1252 = "".join(
    bytes([byte]).decode("cp1252") for byte in range(0x80, 0xA0) if byte not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}
)
_NEXT = f"[\x80-\xbf{_CP1252}]"
# UTF-8 read as Windows-1252 or Latin-1: what became of é, of “ and €, of two letters of Greek or Cyrillic, of an emoji.
# Ã before a closing quote is left alone: capitals between quotes end so in Portuguese.
_MOJIBAKE = re.compile(
    f"[ÂÅÄ][\x80-\xbf]|Ã(?![»”’]){_NEXT}|â[€\x80-\x84„]{_NEXT}|(?:[ÎÏÐÑ]{_NEXT}){{2}}|ð[Ÿ\x9f]{_NEXT}"
)


class Replaced(Check):
    """Characters that some program could not read: U+FFFD."""

    name = "replacement-characters"

    def look(self, subject: Subject) -> Iterator[Finding]:
        """Yield a finding for each split that holds some."""
        yield from _found(
            self.name,
            subject,
            lambda text: "\N{REPLACEMENT CHARACTER}" in text,
            "the replacement character U+FFFD: a program before could not read what stood there",
            "Export the data again from where it came, as UTF-8: what is lost can't be brought back here.",
        )


class Mojibake(Check):
    """UTF-8 that was read as Windows-1252 or Latin-1, such as Ã© for é."""

    name = "mojibake"

    def look(self, subject: Subject) -> Iterator[Finding]:
        """Yield a finding for each split that holds some."""
        yield from _found(
            self.name,
            subject,
            lambda text: _MOJIBAKE.search(text) is not None,
            "what looks like UTF-8 read in another encoding, such as 'Ã©' for 'é'",
            "Export the data again as UTF-8, or repair it, for instance with ftfy.",
        )


class ControlCharacters(Check):
    """Characters that nobody sees and the tokenizer does: control characters, byte order marks."""

    name = "control-characters"

    def look(self, subject: Subject) -> Iterator[Finding]:
        """Yield a finding for each split that holds some."""
        yield from _found(
            self.name,
            subject,
            lambda text: _CONTROL.search(_MOJIBAKE.sub("", text)) is not None,
            "control characters or a byte order mark inside of the text",
            "Take them out.",
        )


class MixedForms(Check):
    """Accents encoded in two ways: as one character in some texts, as a mark of its own in others."""

    name = "mixed-unicode-forms"

    def look(self, subject: Subject) -> Iterator[Finding]:
        """Yield a finding for each split with decomposed texts, where the data has composed ones too."""
        letters = [text for split in subject.splits.values() for text in split.texts if not text.isascii()]
        if any(not unicodedata.is_normalized("NFD", text) for text in letters):
            yield from _found(
                self.name,
                subject,
                lambda text: not unicodedata.is_normalized("NFC", text),
                "accents as marks of their own (form NFD), where other texts have them in one character (NFC)",
                "Bring all texts into one form: unicodedata.normalize('NFC', text) in Python, or uconv -x nfc.",
            )


def _found(name: str, subject: Subject, odd: Callable[[str], bool], what: str, hint: str) -> Iterator[Finding]:
    """Yield a finding for each split with odd texts; only texts that are not plain printable ASCII are looked at."""
    for split_name, split in subject.splits.items():
        rows = [
            row
            for row, texts in enumerate(texts_of(split))
            if any(text and not _is_plain(text) and odd(text) for text in texts)
        ]
        if rows:
            yield Finding(
                check=name,
                message=f"{split_name}: {what}, in {share(rows, split)}",
                hint=hint,
                count=len(rows),
                places=places_of(split, rows),
            )


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()
