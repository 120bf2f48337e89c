"""Answers as lines of JSON or CSV, written to standard output or to a file that appears whole."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from ftcli.errors import RunError

Answer = dict[str, Any]
"""id, text and pair where they are repeated, prediction, and of a classification the probabilities by label."""
LABEL_SEPARATOR = "|"
"""What stands between several labels in a cell of a CSV."""
Write = Callable[[str], None]


def as_jsonl(answers: Iterable[Answer]) -> str:
    """Return a line of JSON for each answer."""
    return "".join(json.dumps(answer, ensure_ascii=False, allow_nan=False) + "\n" for answer in answers)


def as_csv(answers: Iterable[Answer]) -> str:
    """Return a row of CSV for each answer, by RFC 4180 but for the line ends; several labels stand between bars."""
    return _rows([*_plain(answer), *answer.get("probabilities", {}).values()] for answer in answers)


def csv_header(label_names: Sequence[str], *, with_text: bool, pairs: bool) -> str:
    """Return the first row of the CSV."""
    texts = ["text", *(["pair"] if pairs else [])] if with_text else []
    return _rows([["id", *texts, "prediction", *(f"probability_{name}" for name in label_names)]])


@contextmanager
def opened_output(path: Path) -> Iterator[Write]:
    """Write to a file; it takes its name once it is whole, and what there is of it is kept if it never gets whole.

    Raises:
        RunError: the file can't be written.
    """
    in_place = path.exists() and not path.is_file()  # such as /dev/null
    partial = path if in_place else path.with_name(f"{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = partial.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise RunError(f"--output: {path} can't be written ({error.strerror or error})") from error
    with file:
        try:
            yield _flushing(file)
        except BaseException as error:
            if file.tell() or in_place:
                error.add_note(f"What was answered before is in {partial}.")
            else:
                partial.unlink()
            raise
    if not in_place:
        os.replace(partial, path)


def _flushing(file: IO[str]) -> Write:
    def write(text: str) -> None:
        file.write(text)
        file.flush()

    return write


def _plain(answer: Answer) -> list[Any]:
    shown = [value for name, value in answer.items() if name != "probabilities"]
    return [LABEL_SEPARATOR.join(value) if isinstance(value, list) else value for value in shown]


def _rows(rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
