"""Phrases that several parts of ftcli say."""

from __future__ import annotations


def counted(count: int, one: str, many: str) -> str:
    """Say how many there are.

    >>> counted(1, "row", "rows"), counted(1000, "row", "rows")
    ('1 row', '1,000 rows')
    """
    return f"{count:,} {one if count == 1 else many}"
