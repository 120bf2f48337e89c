"""A command that says at an unknown option or variable which is meant, if its name is misspelt or another program's."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

from ftcli import settings
from ftcli.cli.console import err, safe
from ftcli.cli.help import Command
from ftcli.settings.base import CommandSettings
from ftcli.settings.layers import misspelt_variables
from ftcli.settings.names import names_elsewhere, near_name
from ftcli.settings.train import train_settings


class Suggesting(Command):
    """A command whose function has the settings model that its options make."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read what it is given.

        Raises:
            BadParameter: something is wrong with it.
        """
        try:
            others = super().parse_args(ctx, args)
        except Exception as error:  # whose class typer takes from click, or has of its own, by its version
            if hasattr(error, "possibilities"):
                error.possibilities = self._near(ctx, getattr(error, "option_name", ""))
            raise
        if not ctx.resilient_parsing:
            _tell_of_variables()
        return others

    def _near(self, ctx: Any, option: str) -> list[str]:
        options = [name for parameter in self.get_params(ctx) for name in (*parameter.opts, *parameter.secondary_opts)]
        known = {name.removeprefix("--").replace("-", "_"): name for name in options if name.startswith("--")}
        elsewhere = names_elsewhere(self.callback.settings)  # type: ignore[union-attr]
        near = near_name(
            option.removeprefix("--"), known, {name: own for name, own in elsewhere.items() if own in known}
        )
        return [known[near]] if near else []


def _tell_of_variables() -> None:
    """Tell of variables that no command knows, but nearly."""
    for line in misspelt_variables(_all_settings()):
        err.print(f"[yellow]Note:[/] {safe(line)}", soft_wrap=True)


def _all_settings() -> Iterator[type[CommandSettings]]:
    """Yield what each command may be told; to import all takes a moment."""
    for module in pkgutil.iter_modules(settings.__path__):
        importlib.import_module(f"{settings.__name__}.{module.name}")
    yield from CommandSettings.__subclasses__()
    yield train_settings()
