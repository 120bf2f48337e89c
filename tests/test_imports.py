"""No module of the package imports one that imports it in turn, by whatever way, in a function or at the top."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from importlib.util import resolve_name
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "ftcli"


def modules(package: Path) -> dict[str, Path]:
    """Return the files of a package by the names of their modules."""
    named = {file.relative_to(package.parent).with_suffix("").parts: file for file in package.rglob("*.py")}
    return {".".join(parts[:-1] if parts[-1] == "__init__" else parts): file for parts, file in named.items()}


def imported(name: str, file: Path) -> Iterator[str]:
    """Yield what a module names in its imports, wherever these stand; a name may be that of a thing in a module."""
    package = name if file.stem == "__init__" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = resolve_name("." * node.level + (node.module or ""), package)
            yield from (f"{source}.{alias.name}" for alias in node.names)


def imports(package: Path) -> dict[str, set[str]]:
    """Return which modules of the package each of them imports."""
    files = modules(package)

    def module_of(name: str) -> str:
        return name if name in files else name.rpartition(".")[0]

    return {
        name: {module_of(each) for each in imported(name, file)} & files.keys() - {name} for name, file in files.items()
    }


def circle(package: Path) -> list[str]:
    """Return the modules of a circle of imports, each of which is imported by the next; none if there is no circle."""
    try:
        TopologicalSorter(imports(package)).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_there_is_no_circle() -> None:
    assert len(imports(PACKAGE)) > 200
    assert circle(PACKAGE) == []


@pytest.mark.parametrize(
    "back",
    [
        "from made.one import ONE",
        "from made import one",
        "import made.one",
        "from .one import ONE",
        "from . import one",
        "def late():\n    from made.one import ONE",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import made.one",
    ],
)
def test_a_circle_is_found(tmp_path: Path, back: str) -> None:
    package = tmp_path / "made"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "one.py").write_text("from made.two import TWO\nONE = 1\n")
    (package / "two.py").write_text("import pathlib\nfrom made.three import THREE\nTWO = 2\n")
    (package / "three.py").write_text("THREE = 3\n")
    assert circle(package) == []
    (package / "three.py").write_text(f"{back}\nTHREE = 3\n")
    assert set(circle(package)) == {"made.one", "made.two", "made.three"}
