"""What a run is called and where it goes."""

from __future__ import annotations

import itertools
import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

from ftcli.errors import UsageError

# Bytes. File systems allow 255; what is left over is for a numbered suffix.
_LONGEST = 200
_LONGEST_RECIPE = 150  # leaves room for the longest seed


def name_for(recipe: Sequence[str], seed: int, fold: int | None = None) -> str:
    """Give the name of a run by its recipe, fold and seed.

    >>> name_for([], 1), name_for(["layerwise_lrd", "rdrop"], 2, fold=3)
    ('baseline-seed1', 'layerwise_lrd+rdrop-fold3-seed2')
    """
    return f"{study_name(recipe)}{'' if fold is None else f'-fold{fold}'}-seed{seed}"


def study_name(recipe: Sequence[str]) -> str:
    """Give the name of a study by its recipe.

    >>> study_name(["layerwise_lrd", "rdrop"])
    'layerwise_lrd+rdrop'
    """
    return folder_name("+".join(recipe) or "baseline", longest=_LONGEST_RECIPE)


def folder_name(text: str, *, longest: int = _LONGEST) -> str:
    """Turn any text into the name of one visible folder, unchanged where it is one already.

    >>> folder_name("cola"), folder_name("../my task")
    ('cola', '_my task')
    """
    harmless = re.sub(r"[^\w+. -]", "_", text).strip().lstrip(". ")
    return harmless.encode()[:longest].decode(errors="ignore").rstrip(". ") or "unnamed"


def resolve_output(runs_dir: Path, task: str, output: str | None, default_name: str) -> Path:
    """Give the folder that a run goes to.

    Args:
        runs_dir: where runs are kept.
        task: the task's name, from whomever: it gives the name of one folder below `runs_dir`, no more.
        output: a bare name below the task's folder, or a path; None for `default_name`, with a numbered
            suffix where that exists.
        default_name: as `name_for` gives it.

    Raises:
        UsageError: `output` can't be a name.
    """
    folder = runs_dir / folder_name(task)
    if output is None:
        return next(path for path in places(runs_dir, task, default_name) if not os.path.lexists(path))
    _refuse_unprintable(output)
    if _is_path(output):
        return Path(output)
    if output.startswith("."):
        raise UsageError(f"--output: the name {output!r} would be hidden", hint=f"For a path write ./{output}")
    return folder / output


def places(runs_dir: Path, task: str, default_name: str) -> Iterator[Path]:
    """Yield the folders for runs, or studies, of that name that were given no other, without end."""
    path = runs_dir / folder_name(task) / folder_name(default_name)
    yield path
    yield from (path.with_name(f"{path.name}-{number}") for number in itertools.count(2))


def campaign_folder(runs_dir: Path, task: str, output: str | None, recipe_name: str) -> Path:
    """Give the folder of several studies: always the same for the same recipes, so that they can be gone on with.

    Raises:
        UsageError: `output` can't be a name.
    """
    return resolve_output(runs_dir, task, output or folder_name(f"{recipe_name}-studies"), "")


def _is_path(output: str) -> bool:
    separators = [os.sep, *([os.altsep] if os.altsep else [])]
    return output in {".", ".."} or any(each in output for each in separators) or Path(output).is_absolute()


def _refuse_unprintable(output: str) -> None:
    if not output.strip():
        raise UsageError("--output: the name is empty")
    # Cc: control characters; Zl, Zp: line breaks; Cs: bytes of the command line that are not UTF-8.
    if any(unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"} for each in output):
        raise UsageError(f"--output: the name {output!r} contains control characters")
    if any(len(part.encode()) > 255 for part in output.split("/")):
        raise UsageError(f"--output: the name {output[:40]!r}... is longer than file systems allow")
