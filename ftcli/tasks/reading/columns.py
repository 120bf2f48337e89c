"""Finding a column by its name, as people write names."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from ftcli.errors import MissingColumnError

COLUMNS_ARE_CHOSEN = "Choose with --text-column, --pair-column and --label-column."
_MOST_SHOWN = 20


def match_column(wanted: str, names: Collection[str]) -> str | None:
    """Return the name of the wanted column as the file spells it, or None.

    An exact match wins; failing that, the one name that differs only in case or surrounding white space.
    """
    if wanted in names:
        return wanted
    folded = _fold(wanted)
    similar = [name for name in names if _fold(name) == folded]
    return similar[0] if len(similar) == 1 else None


def duplicates(names: Sequence[str]) -> list[str]:
    """Return the names that occur more than once; spreadsheets leave nameless columns, which don't count."""
    return [name for name, count in Counter(names).items() if count > 1 and name.strip()]


def positions(width: int) -> list[str]:
    """Return the names of the columns of a file without a header."""
    return [str(position) for position in range(1, width + 1)]


def missing_column(place: str, wanted: str, names: Collection[str], reason: str | None = None) -> MissingColumnError:
    """Make the error for a column that is not at a place, or that is no good for a reason."""
    missing = f"no column '{wanted}'"
    message = f"{place}: {reason or missing}"
    return MissingColumnError(message, hint=_what_there_is(wanted, names), column=wanted)


def _what_there_is(wanted: str, names: Collection[str]) -> str:
    """Say which columns there are, and which is nearest."""
    near = difflib.get_close_matches(_fold(wanted), [_fold(name) for name in names], n=1)
    meant = [name for name in names if near and _fold(name) == near[0]]
    return (
        f"Columns there are: {listing(names)}."
        + (f" Did you mean '{meant[0]}'?" if meant else "")
        + other_separator(names)
    )


def listing(names: Iterable[str]) -> str:
    """Join names for a message, the first few where there are many."""
    quoted = [f"'{name}'" for name in names]
    if len(quoted) <= _MOST_SHOWN:
        return ", ".join(quoted)
    return ", ".join(quoted[:_MOST_SHOWN]) + f" and {len(quoted) - _MOST_SHOWN} more"


def other_separator(names: Collection[str]) -> str:
    """Say what separates the one name there is, if it is several in truth."""
    if len(names) != 1:
        return ""
    (only,) = names
    found = [word for mark, word in {";": "semicolons", "\t": "tabs", ",": "commas"}.items() if mark in only]
    return f" The header looks separated by {found[0]}, which --delimiter can say." if found else ""


def _fold(name: str) -> str:
    return name.strip().casefold()
