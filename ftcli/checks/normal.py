"""When two texts count as the same."""

from __future__ import annotations

import unicodedata

_BETWEEN = "\n"  # of a pair's texts; no normal text holds it


def normal(text: str) -> str:
    r"""Return a text without what makes no difference: case, white space, the way that accents are encoded.

    Texts are the same here where they are a compatible caseless match by canonical equivalence (Unicode, section
    3.13, D145) once each run of white space is one space.

    >>> normal("  The   CAFÉ\t") == normal("the cafe\u0301")
    True
    """
    if text.isascii():
        return " ".join(text.lower().split())
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())
    return " ".join(folded.split())


def normal_pair(text: str, pair: str | None) -> str:
    """Return the same of a text, or of both texts of a pair; no two different pairs give the same."""
    return normal(text) if pair is None else normal(text) + _BETWEEN + normal(pair)
