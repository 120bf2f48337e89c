"""``ftcli predict``: Let a trained model, or a whole study, answer new texts: label and probabilities for each."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from ftcli.cli.command import add_command
from ftcli.cli.console import discard, err, out, print_json, safe, without_controls
from ftcli.cli.scores import adjustment_lines
from ftcli.errors import UsageError
from ftcli.settings.predict import PredictSettings
from ftcli.wording import counted

if TYPE_CHECKING:
    from ftcli.api import Prediction
    from ftcli.prediction.writing import Write

ORDER = 35
_READER_IS_GONE = 141  # as for a program that SIGPIPE ends


def register(app: typer.Typer) -> None:
    """Add the command."""
    add_command(app, "predict", PredictSettings, "run", _run, second="file")


def _run(settings: PredictSettings, as_json: bool) -> None:
    if as_json and settings.output is None:
        raise UsageError(
            "--json prints one object about all answers, so that they need a file of their own",
            hint="Say where to, with --output FILE; without --json they are a JSON object a line.",
        )
    from ftcli import api
    from ftcli.prediction.writing import opened_output

    prediction = api.predict(settings)
    if settings.run is None and settings.model is None and not as_json:
        err.print(f"[dim]The latest run answers: {safe(prediction.models[0].parent)}[/]", soft_wrap=True)
    for each in prediction.left_out:
        err.print(f"[yellow]Note:[/] {safe(each)}", soft_wrap=True)
    for line in () if as_json else adjustment_lines(prediction.adjustment):
        err.print(line, soft_wrap=True)
    if prediction.adjustment.tuned_unused:
        err.print("[yellow]Note:[/] a threshold was tuned for this run, and --threshold tuned uses it")
    if settings.output is None:
        if settings.source is None and sys.stdin is not None and sys.stdin.isatty():
            err.print("Reading one text a line; Ctrl-D ends.")
        with _standard_output() as write:
            examples, _ = _write(prediction, write)
        _tell_of_rows(prediction, examples)
        return
    with opened_output(settings.output) as write:
        examples, labels = _write(prediction, write)
    summary = {
        "models": [str(model) for model in prediction.models],
        "examples": examples,
        "labels": {name: labels[name] for name in prediction.label_names},
        **prediction.adjustment.as_json(),
        "blank": prediction.blank,
        "output": str(settings.output),
    }
    if as_json:
        print_json(summary)
        return
    _show(summary)
    _tell_of_rows(prediction, examples)


def _tell_of_rows(prediction: Prediction, examples: int) -> None:
    """Tell which rows have no answer, that there was none at all, and which were not UTF-8."""
    from ftcli.tasks.reading.table import blank_rows

    if not examples and not prediction.blank:
        err.print(f"[yellow]Note:[/] there is no text in {safe(prediction.path)}", soft_wrap=True)
    if prediction.blank:
        told = safe(blank_rows(prediction.path, prediction.blank, "an empty text"))
        err.print(f"[yellow]Note:[/] no prediction for {told}", soft_wrap=True)
    if found := prediction.recoded:
        one = f"line {found.first_recoded} of {safe(found.path)} is not UTF-8 and was"
        more = f"{found.recoded:,} lines of {safe(found.path)}, from {found.first_recoded} on, are not UTF-8 and were"
        told = f"{one if found.recoded == 1 else more} read as {safe(found.otherwise)}: see --encoding"
        err.print(f"[yellow]Note:[/] {told}", soft_wrap=True)


def _write(prediction: Prediction, write: Write) -> tuple[int, Counter[str]]:
    """Write all answers, each chunk as soon as it is there; count them, and how often each label was given."""
    from ftcli.prediction.writing import as_csv, as_jsonl, csv_header

    settings, examples, labels = prediction.settings, 0, Counter[str]()
    as_text: Callable[..., str] = as_jsonl
    if settings.output_format == "csv":
        as_text = as_csv
        write(csv_header(prediction.label_names, with_text=settings.with_text, pairs=prediction.pairs))
    for answers in prediction:
        write(as_text(answers))
        given = [answer["prediction"] for answer in answers if answer["prediction"] is not None]
        examples += len(given)
        for each in given if prediction.label_names else ():
            labels.update(each if isinstance(each, list) else [each])
    return examples, labels


@contextmanager
def _standard_output() -> Iterator[Write]:
    """Write to standard output; end quietly where nobody reads on."""
    clean = without_controls if sys.stdout.isatty() else str

    def write(text: str) -> None:
        sys.stdout.write(clean(text))
        sys.stdout.flush()

    try:
        yield write
    except BrokenPipeError:
        discard(sys.stdout)
        raise typer.Exit(_READER_IS_GONE) from None


def _show(summary: dict[str, Any]) -> None:
    labels = ", ".join(f"{count:,} {safe(name)}" for name, count in summary["labels"].items())
    out.print(
        f"{counted(summary['examples'], 'text', 'texts')} answered" + (f": {labels}" if labels else ""), soft_wrap=True
    )
    out.print(f"The answers are in [bold]{safe(summary['output'])}[/]", soft_wrap=True)
