"""Put runs side by side, in the terminal's words or as a page."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ftcli.errors import FtcliError, RunError
from ftcli.runs.files import write_text
from ftcli.runs.folder import RunFolder
from ftcli.runs.recorded import recorded_settings
from ftcli.settings.compare import CompareSettings
from ftcli.tasks.dataset import Examples
from ftcli.tasks.load import load_dataset

if TYPE_CHECKING:
    from ftcli.compare.report import Comparison, Table


def compare(settings: CompareSettings) -> Comparison:
    """Put all runs in and below some folders side by side.

    Raises:
        RunError: a folder does not exist or holds no run, or a run's file can't be read.
        UsageError: no recipe is called as the baseline is.
    """
    from ftcli.compare.compare import compare as compare_runs

    return compare_runs(settings.folders, settings.patterns, baseline=settings.baseline, tuned=settings.tuned_settings)


def write_page(comparison: Comparison, path: Path) -> None:
    """Write a comparison as one HTML file, with the texts of the examples where the data is at hand.

    Raises:
        RunError: the file can't be written, or a run's file can't be read.
    """
    from ftcli.page.page import render

    if not path.name:
        raise RunError(f"'{path}' is no file to write the report to", hint="Name one, such as report.html.")
    page = render(comparison, {table.task: _texts(table) for table in comparison.tables})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, page)
    except OSError as error:
        raise RunError(f"{path}: cannot write the report ({error.strerror or error})") from error


def _texts(table: Table) -> dict[str, str]:
    """Return the texts of the examples that a table's runs were judged on; none where the data is not at hand."""
    run = table.groups[0].runs[0]
    try:
        splits = load_dataset(recorded_settings(RunFolder(run.path))).splits
    except FtcliError:
        return {}
    # What one fold holds out the others learn from.
    names = [table.split] if run.fold is None else ["train", "select", table.split]
    return {number: text for name in names if name in splits for number, text in _told(splits[name])}


def _told(examples: Examples) -> Iterable[tuple[str, str]]:
    texts = examples.texts
    if examples.pairs is not None:
        texts = [f"{text} / {pair}" for text, pair in zip(texts, examples.pairs, strict=True)]
    return zip(examples.ids, texts, strict=True)
