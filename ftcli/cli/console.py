"""What the terminal shows: results on stdout, progress and messages on stderr."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.markup import escape

from ftcli.errors import FtcliError, is_termination
from ftcli.interrupts import ended_on_request
from ftcli.shortage import shortage_explained


class _Console(Console):
    """Falls silent once nobody reads on: what the command is about, such as a training, goes on."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        discard(self.file)


def discard(stream: IO[str]) -> None:
    """Have what is still written to a stream, and what Python flushes at its end, go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def print_text(text: str) -> None:
    """Write text to stdout as it is."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        discard(sys.stdout)


out = _Console(highlight=False)
err = _Console(stderr=True, highlight=False)

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def safe(text: object) -> str:
    """Return text from outside so that it can't steer the terminal, nor be taken for markup."""
    return escape(without_controls(str(text)))


def without_controls(text: str) -> str:
    """Return text without what steers a terminal."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def print_rows(headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: int) -> None:
    """Write rows under headings to stdout, the last ``right`` columns aligned at their right ends.

    Plain text, for lists that may be thousands of lines long: a table of Rich takes seconds for those.
    """
    lines = [[without_controls(cell) for cell in row] for row in [headings, *rows]]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    first_right = len(headings) - right

    def laid_out(line: list[str]) -> str:
        cells = [
            (" " * (width - cell_len(cell)) + cell) if place >= first_right else set_cell_size(cell, width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        return "  ".join(cells).rstrip() + "\n"

    print_text("".join(map(laid_out, lines)))


def print_json(content: dict[str, Any]) -> None:
    """Write one JSON object to stdout; what steers a terminal is in it as numbers, which mean the same."""
    text = json.dumps(content, ensure_ascii=False, default=str)
    print_text(_CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n")


def show_error(error: FtcliError, *, as_json: bool) -> None:
    """Show an error on stderr; under --json also as the one object on stdout."""
    console = _Console(stderr=True, highlight=False)  # the other may have been interrupted within a line: it is stuck
    console.print(f"[bold red]Error:[/] {safe(error.message)}", soft_wrap=True)
    if error.hint:
        console.print(f"[dim]{safe(error.hint)}[/]", soft_wrap=True)
    if as_json:
        print_json({"error": error.message, "hint": error.hint})


@contextmanager
def errors_shown(*, as_json: bool) -> Iterator[None]:
    """End the command with one clear message and the right exit code, never with a traceback."""
    import typer

    with ended_on_request():
        try:
            with shortage_explained():
                yield
        except FtcliError as error:
            show_error(FtcliError(error.message, hint=_advice(error, error.hint)), as_json=as_json)
            raise typer.Exit(error.exit_code) from None
        except OSError as error:
            place = f": {error.filename}" if error.filename else ""
            show_error(FtcliError(f"{error.strerror or error}{place}", hint=_advice(error)), as_json=as_json)
            raise typer.Exit(1) from None
        except KeyboardInterrupt as error:
            show_error(FtcliError("interrupted", hint=_advice(error)), as_json=as_json)
            raise typer.Exit(143 if is_termination(error) else 130) from None


def _advice(error: BaseException, hint: str | None = None) -> str | None:
    """Join an error's hint with the notes that it was given on its way up."""
    return " ".join([*([hint] if hint else []), *getattr(error, "__notes__", [])]) or None
