"""Examples in docstrings are run, and give what they say."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

import ftcli

ROOT = Path(ftcli.__file__).parent
WITH_EXAMPLES = [path for path in sorted(ROOT.rglob("*.py")) if ">>> " in path.read_text("utf-8")]


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=lambda path: str(path.relative_to(ROOT)))
def test_an_example_gives_what_it_says(path):
    name = ".".join(["ftcli", *path.relative_to(ROOT).with_suffix("").parts])
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted
    assert not found.failed
