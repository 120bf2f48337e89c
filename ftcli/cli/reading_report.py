"""How it looks in the terminal that files of the user's own are read."""

from __future__ import annotations

from typing import Any

from ftcli import api
from ftcli.cli.console import err, safe
from ftcli.settings.data import DataSettings


def settle(settings: DataSettings, *, as_json: bool) -> dict[str, Any]:
    """Return the values of settings that the user's own files decide, and say what was found in them."""
    settled = api.settle(settings)
    for line in () if as_json else settled.told:
        err.print(f"[dim]{safe(line)}[/]", soft_wrap=True)
    return settled.found
