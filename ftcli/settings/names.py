"""Which setting is meant by a name that none has: one misspelt, or called as other programs call it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from pydantic import BaseModel
from pydantic.config import JsonDict

_ELSEWHERE = "elsewhere"
_LIKE = 0.75
"""How much of two names must be alike for one to be taken for a slip of the other."""


def elsewhere(*names: str) -> JsonDict:
    """Mark a field with what the same is called in other programs, such as Hugging Face's Trainer."""
    return {_ELSEWHERE: list(names)}


def names_elsewhere(model: type[BaseModel]) -> dict[str, str]:
    """Return the settings of a model by what they are called elsewhere."""
    return {
        str(name): field
        for field, info in model.model_fields.items()
        if isinstance(extra := info.json_schema_extra, dict) and isinstance(names := extra.get(_ELSEWHERE), list)
        for name in names
    }


def near_name(wanted: str, known: Iterable[str], others: Mapping[str, str]) -> str | None:
    """Return the known name that is meant; None where none is much like it.

    >>> near_name("learning-rate", ["lr", "long_text"], {"learning_rate": "lr"})
    'lr'
    >>> near_name("epocs", ["epochs"], {}), near_name("lots", ["epochs"], {})
    ('epochs', None)
    """
    names = dict(others) | {name: name for name in known}
    wanted = wanted.replace("-", "_").lower()
    near = difflib.get_close_matches(wanted, names, n=1, cutoff=_LIKE)
    return names[near[0]] if near else None
