"""The reference in docs/ is what the code gives, and leaves nothing out."""

from __future__ import annotations

import re
from typing import Any

import pytest
import typer

import ftcli
from docs.reference.__main__ import FOLDER, PAGES
from docs.reference.markdown import prose, table
from ftcli.cli.app import build
from ftcli.recipes.discovery import all_strategies


@pytest.mark.parametrize("name", PAGES)
def test_the_pages_are_those_that_the_code_gives(name):
    committed = (FOLDER / name).read_text(encoding="utf-8")
    assert committed == PAGES[name](), f"docs/{name} is not what the code says: run `python -m docs.reference`"


def leaves(command: Any, path: str = "ftcli") -> dict[str, Any]:
    """All commands that do something, by what one types."""
    if not hasattr(command, "commands"):
        return {path: command}
    below = [leaves(command.get_command(None, name), f"{path} {name}") for name in command.list_commands(None)]
    return {name: leaf for each in below for name, leaf in each.items()}


def test_every_option_of_every_command_is_there():
    sections = dict(re.findall(r"^## (ftcli .*?)\n(.*?)(?=^## |\Z)", PAGES["cli.md"](), re.MULTILINE | re.DOTALL))
    commands = leaves(typer.main.get_command(build()))
    assert sections.keys() == commands.keys()
    techniques = PAGES["strategies.md"]()
    for name, command in commands.items():
        for each in command.params:
            if not getattr(each, "hidden", False) and each.name != "help":
                words = [each.name.upper()] if each.param_type_name == "argument" else each.opts
                assert any(f"`{word}`" in sections[name] + techniques for word in words), (name, words)


def test_every_technique_and_every_name_from_python_has_a_section():
    headings = re.findall(r"^## (\w+)$", PAGES["strategies.md"](), re.MULTILINE)
    assert headings == list(all_strategies())
    python = PAGES["python.md"]()
    assert [name for name in ftcli.__all__ if f"## {name}\n" not in python and f"- `{name}`\n" not in python] == []


def test_tables_leave_out_what_is_empty_and_hold_any_text():
    assert table(("a", "b", "c"), [("x|y", "", "two\nlines"), ("", "", "z")]) == (
        "| a | c |\n| --- | --- |\n| x\\|y | two lines |\n|  | z |\n\n"
    )
    assert table(("a",), []) == ""


def test_docstrings_become_paragraphs_and_lists():
    text = """Do it with ``x``.

    Args:
        first: one, which takes
            two lines.
        **more: others.

    Returns:
        What came of it,
        whole.
    """
    assert prose(text) == (
        "Do it with `x`.\n\n**Args**\n\n- `first`: one, which takes\n  two lines.\n- `**more`: others.\n\n"
        "**Returns**\n\nWhat came of it,\nwhole.\n\n"
    )
