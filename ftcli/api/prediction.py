"""Let trained models answer new texts."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ftcli.api.probabilities import Adjustment, adjustment, check_settings
from ftcli.data.reading import Reading
from ftcli.errors import DataError, UsageError
from ftcli.prediction.ids import ANY_ID, Ids
from ftcli.prediction.lines import Decoder
from ftcli.prediction.opening import opened, unpacking
from ftcli.prediction.rows import Row, RowReader, in_chunks
from ftcli.prediction.tables import TableReader, is_utf_16
from ftcli.prediction.writing import Answer
from ftcli.runs.answering import find_answering
from ftcli.runs.folder import RunFolder
from ftcli.runs.recorded import recorded_settings
from ftcli.settings.model import DEFAULT_MAX_LENGTH
from ftcli.settings.predict import PredictSettings
from ftcli.settings.train import TrainSettings
from ftcli.tasks.dataset import Examples
from ftcli.tasks.reading.columns import positions
from ftcli.tasks.reading.form import AUTO, HINTS, WHOLE, Form, Quoting, named_format
from ftcli.tasks.sources import check_pair_column, source_told

if TYPE_CHECKING:
    from ftcli.engine.ensemble import Ensemble


@dataclass(frozen=True)
class Prediction:
    """Models that are loaded, and the texts that they are about to answer.

    ``blank`` has the lines of the rows so far that have no answer, since a text is empty.
    """

    models: list[Path]
    left_out: list[str]
    pairs: bool
    settings: PredictSettings
    adjustment: Adjustment
    _ensemble: Ensemble
    _reader: RowReader | TableReader
    _stream: IO[bytes] | None
    blank: list[int] = field(default_factory=list)

    @property
    def path(self) -> Path:
        """The file with the texts, or what the stream is called."""
        return self._reader.path

    @property
    def label_names(self) -> tuple[str, ...]:
        """The labels that the models know; none where they give a number."""
        return self._ensemble.label_names

    @property
    def recoded(self) -> Decoder | None:
        """What knows which lines so far were not UTF-8, where some were not."""
        decoder = self._reader.decoder if isinstance(self._reader, RowReader) else None
        return decoder if decoder and decoder.recoded else None

    def __iter__(self) -> Iterator[list[Answer]]:
        """Yield the answers in the order of the texts, a chunk at a time; no more than a chunk is held.

        A row with an empty text has an answer, too, so that the answers stand as the rows do: None, with no
        probability.

        Raises:
            DataError: a row can't be read; the answers to all before it have been given.
            DivergedError: a model's answer is no number.
        """
        if isinstance(self._reader, TableReader):
            yield from self._answers(self._reader.read())
        elif self._stream is not None:
            yield from self._answers(self._reader.read(unpacking(self._stream)), 1 if self._stream.isatty() else None)
        else:
            with opened(self._reader.path) as stream:
                yield from self._answers(self._reader.read(stream))

    def _answers(self, rows: Iterator[Row], size: int | None = None) -> Iterator[list[Answer]]:
        for chunk in in_chunks(rows, size or self.settings.chunk_size):
            self.blank.extend(row.line for row in chunk if not row.is_whole)
            yield list(self._answered(chunk))

    def _answered(self, rows: Sequence[Row]) -> Iterator[Answer]:
        given = iter(self._given([row for row in rows if row.is_whole]))
        for row in rows:
            texts = dict(zip(("text", "pair"), row.texts, strict=False)) if self.settings.with_text else {}
            answer = next(given) if row.is_whole else _none(self.label_names)
            yield {"id": row.id, **texts, **{name: value for name, value in answer.items() if name != "id"}}

    def _given(self, rows: Sequence[Row]) -> Iterable[Answer]:
        """Return what the models say of rows in which no text is empty."""
        from ftcli.engine.evaluation import answers

        if not rows:
            return []
        texts = _examples(rows, self._reader.path)
        return answers(self._ensemble.predict(texts), texts.ids, self.label_names)


def _examples(rows: Sequence[Row], path: Path) -> Examples:
    return Examples(
        ids=[str(number) for number in range(len(rows))],
        texts=[row.texts[0] for row in rows],
        pairs=[row.texts[1] for row in rows] if len(rows[0].texts) == 2 else None,
        labels=None,
        path=path,
        lines=[row.line for row in rows],
    )


def predict(settings: PredictSettings, stream: IO[bytes] | None = None) -> Prediction:
    """Load the model of a run, all of a study, or that of any folder; iterate over the result for the answers.

    The run's data is not needed. ``stream`` is read where the settings name no file: standard input by default.

    Raises:
        FtcliError: there is no such run or model, it lacks what is asked for, or the format of the texts is not known.
    """
    models, runs, left_out = [settings.model] if settings.model else [], list[RunFolder](), list[str]()
    columns, reading, trained = ["text"], Reading(DEFAULT_MAX_LENGTH), None
    if settings.model is None:
        found = find_answering(settings.run, settings.runs_dir)
        runs, left_out = found.runs, found.left_out
        models, trained = [run.model for run in runs], recorded_settings(runs[0])
        columns, reading = _columns(trained, settings), trained.reading
    reader = _reader(settings, columns, trained)
    if settings.source is not None and not settings.source.exists():  # before the models are loaded
        message = f"{settings.source}: can't be read (No such file or directory)"
        raise DataError(message, hint="Check the path and the current folder.")
    from ftcli.engine.ensemble import Ensemble

    if settings.max_length:
        reading = replace(reading, max_length=settings.max_length)
    adjusted = adjustment(settings, runs)
    ensemble = Ensemble(models, settings, reading, adjusted.temperatures, adjusted.threshold)
    check_settings(settings, ensemble.kind, len(ensemble.label_names))
    pairs = len(reader.columns) == 2
    given = None if settings.source else stream or _standard_input()
    return Prediction(models, left_out, pairs, settings, adjusted, ensemble, reader, given)


def _none(label_names: Sequence[str]) -> Answer:
    """Return the answer to a row with an empty text."""
    return {"prediction": None, **({"probabilities": dict.fromkeys(label_names)} if label_names else {})}


def _standard_input() -> IO[bytes]:
    if sys.stdin is None:
        raise UsageError("standard input is closed, and no file is named", hint="Give a file with the texts.")
    return sys.stdin.buffer


def _columns(trained: TrainSettings, settings: PredictSettings) -> list[str]:
    """Return the columns that a run was trained on; the task's description may be gone, and is not needed then."""
    try:
        return source_told(trained).layout.texts
    except DataError:
        if settings.text_column is None:
            raise
        return [settings.text_column]


def _reader(settings: PredictSettings, columns: list[str], trained: TrainSettings | None) -> RowReader | TableReader:
    """Return how the texts are read, given the columns that the run was trained on, and how its files were read."""
    path, form = settings.source or Path("<stdin>"), _format(settings, trained)
    by_position = trained is not None and trained.header is False
    header = not by_position if settings.header is None else settings.header
    if not header and not by_position:
        columns = positions(len(columns))
    if trained is not None:
        check_pair_column(settings.pair_column, pairs=len(columns) == 2)
    texts = [settings.text_column or columns[0]]
    texts += [settings.pair_column] if settings.pair_column else columns[1:]
    if form == "txt" and len(texts) == 2:
        raise UsageError(
            "the model answers pairs of texts, and in the format txt there is one a line",
            hint="Give them as --format jsonl, csv or tsv; with --no-header a tab is all that is between two texts.",
        )
    if len(set(texts)) < len(texts):
        raise UsageError("--text-column and --pair-column must name different columns")
    ids = Ids(settings.id_column, required=True) if settings.id_column else ANY_ID
    quoting = _quoting(settings, trained, form)
    if form in WHOLE or (settings.source is not None and is_utf_16(settings.source)):
        known: Any = {"format": form, "quoting": quoting, "header": header, "otherwise": _otherwise(trained)}
        return TableReader(path, texts, replace(settings.form, guessed=True, **known), ids)
    quoted = form in ("csv", "tsv") and (quoting == "rfc4180" or (quoting == "auto" and form == "csv"))
    own = trained.delimiter if trained is not None and form == trained.format else AUTO
    delimiters = {"delimiter": settings.delimiter, "likely": own}
    decoder = Decoder(path, settings.encoding, _otherwise(trained))
    guessed = settings.header is None if form in ("csv", "tsv") else settings.format == AUTO
    told = {name: mark for name, mark in delimiters.items() if mark != AUTO}
    return RowReader(decoder, texts, form, ids, quoted, header, guessed=guessed, **told)


def _quoting(settings: PredictSettings, trained: TrainSettings | None, form: str) -> Quoting:
    """Return the quoting that is told, or that which the run's own files of the same format were read with."""
    if settings.quoting != "auto" or trained is None:
        return settings.quoting
    if trained.train_file is not None:
        return trained.quoting if trained.format == form else "auto"
    try:
        source = source_told(trained)
    except DataError:  # the task's description may be gone
        return "auto"
    return source.layout.form.quoting if named_format(source.files["train"].path) == form else "auto"


def _format(settings: PredictSettings, trained: TrainSettings | None) -> str:
    """Return the format that is told, or that a file's name tells, as it did when the run's own files were read.

    Raises:
        UsageError: none is.
    """
    path, form = settings.source, settings.input_format
    if path is not None and not form:
        known = "It may be txt, tsv, csv, jsonl, json, parquet or arrow, compressed or not. --format says which it is."
        raise UsageError(f"{path}: its name tells no format", hint=HINTS.get(path.suffix.lower(), known))
    if form == "txt" and settings.format == "auto" and path is not None and trained is not None:
        own = [named_format(file) for file in (trained.train_file, trained.dev_file) if file is not None]
        if "txt" in own and trained.format in ("csv", "tsv"):  # a table under that name, as the run's was
            return trained.format
    return form


def _otherwise(trained: TrainSettings | None) -> str:
    """Return what text that is not UTF-8 is taken for: what a run's own files were in, if lines show in it."""
    encoding = AUTO if trained is None else trained.encoding
    told = encoding not in (AUTO, "utf-8") and "\n".encode(encoding) == b"\n"
    return encoding if told else Form().otherwise
