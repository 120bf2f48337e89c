"""The application: one module a command, joined here by importing every module of ``ftcli.cli.commands``."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Annotated

import typer

import ftcli
from ftcli.cli import commands


def build() -> typer.Typer:
    """Return the application with all commands, in the order in which one uses them."""
    app = typer.Typer(
        name="ftcli",
        no_args_is_help=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    modules = [
        importlib.import_module(f"{commands.__name__}.{info.name}") for info in pkgutil.iter_modules(commands.__path__)
    ]
    for module in sorted(modules, key=lambda module: module.ORDER):
        module.register(app)
    return app


def _show_version(on: bool) -> None:
    if on:
        typer.echo(f"ftcli {ftcli.__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version and exit.", is_eager=True, callback=_show_version),
    ] = False,
) -> None:
    """Fine-tune pretrained encoders on small labelled data sets: every technique one flag, honest about seeds."""
