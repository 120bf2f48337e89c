"""Rows of Parquet and Arrow files: columns, read by pyarrow, that become text."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ftcli.tasks.download.members import Limits
from ftcli.tasks.reading.columns import duplicates, listing, match_column, missing_column
from ftcli.tasks.reading.errors import file_error
from ftcli.tasks.reading.form import Form
from ftcli.tasks.reading.lines import read_bytes
from ftcli.tasks.reading.objects import flat_text
from ftcli.tasks.reading.saved import class_names, saved_files, saved_label_names
from ftcli.tasks.reading.table import Table

_MOST_ROWS = 20_000_000  # a column of nulls may claim any number of them and takes no byte
_AT_ONCE = 256
_HINT = "Write the file anew, for instance with pandas or Hugging Face's datasets."


def flat_columns(path: Path, form: Form) -> tuple[list[str], list[str]]:
    """Return the names of the columns that hold text, numbers or truth values, and of those with lists of such.

    Raises:
        DataError: the file can't be read.
    """
    with _told(path):
        fields = list(_Columns.opened(path, form).schema)
    flat = [field.name for field in fields if _is_flat(field.type)]
    return flat, [field.name for field in fields if _is_list(field.type)]


def read_columns(
    path: Path,
    form: Form,
    required: Sequence[str],
    optional: Sequence[str],
    joined: Mapping[str, str] | None = None,
) -> Table:
    """Gather the wanted columns of a Parquet or Arrow file, or of a folder of such; lines count its rows from 1.

    Lists are joined, in the columns that ``joined`` names, by what it gives for them.

    Numbers of a class become its name where the file tells the names, and empty where they are -1, which stands for no
    label there.

    Raises:
        DataError: the file is damaged or holds no row, lacks a column, or a wanted one holds nothing to read as text.
    """
    with _told(path):
        columns = _Columns.opened(path, form)
        joined = joined or {}
        places = _places(path, columns.schema, required, optional, joined)
        texts: dict[str, list[str]] = {wanted: [] for wanted in places}
        rows = 0
        for batch in columns.batches(sorted(set(places.values()))):
            for wanted, name in places.items():
                values = _values(batch.column(name), columns.label_names.get(name))
                texts[wanted] += [
                    flat_text(path, row, name, "" if _is_missing(value) else value, joined.get(wanted))
                    for row, value in enumerate(values, start=rows + 1)
                ]
            rows += batch.num_rows
    if not rows:
        raise file_error(path, 1, "columns, but no rows", "Add at least one row.")
    return Table(path, texts, list(range(1, rows + 1)))


def _is_missing(value: object) -> bool:
    """Whether there is nothing: pandas writes NaN for it where the others are numbers."""
    return value is None or (isinstance(value, float) and math.isnan(value))


class _Columns:
    """The columns of a file, or of a folder of files with the same."""

    def __init__(self, path: Path, schema: Any, files: Sequence[Any], label_names: Mapping[str, list[str]]) -> None:
        self.path, self.schema, self.label_names = path, schema, label_names
        self._files = files

    @classmethod
    def opened(cls, path: Path, form: Form) -> _Columns:
        import pyarrow as pa
        import pyarrow.parquet

        paths = saved_files(path) if path.is_dir() else [path]
        # All bytes are read at once: what is mapped into memory would change, or crash, with the file.
        sources = [pa.BufferReader(read_bytes(each)) for each in paths]
        if form.format == "parquet":
            files = [pa.parquet.ParquetFile(source) for source in sources]
            schema = files[0].schema_arrow
        else:
            files = [_opened_arrow(source) for source in sources]
            schema = files[0].schema
        if twice := duplicates(schema.names):
            raise file_error(path, None, f"more than one column named {listing(twice)}", "Rename one of them.")
        told = saved_label_names(path) if path.is_dir() else {}
        return cls(path, schema, files, {**_class_names(schema), **told})

    def batches(self, names: Sequence[str]) -> Iterator[Any]:
        """Give the rows of these columns, some at a time, checked so that nothing points out of its buffer."""
        rows = size = 0
        limits = Limits()
        for file in self._files:
            for batch in self._batches_of(file, names):
                rows += batch.num_rows
                batch.validate(full=True)  # before anything else looks at it, even its size
                size += batch.nbytes
                if rows > _MOST_ROWS or size > limits.total_bytes:
                    message = f"more than {_MOST_ROWS:,} rows or {limits.total_bytes:,} bytes"
                    raise file_error(self.path, None, message, "Give a part of it: ftcli is for small data sets.")
                yield batch

    @staticmethod
    def _batches_of(file: Any, names: Sequence[str]) -> Iterator[Any]:
        if hasattr(file, "iter_batches"):
            yield from file.iter_batches(batch_size=_AT_ONCE, columns=list(names))
            return
        batches = file if not hasattr(file, "get_batch") else map(file.get_batch, range(file.num_record_batches))
        for batch in batches:
            yield batch.select(list(names))


def _opened_arrow(source: Any) -> Any:
    import pyarrow as pa

    is_file = source.read(6) == b"ARROW1"
    source.seek(0)
    return pa.ipc.open_file(source) if is_file else pa.ipc.open_stream(source)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError, UnicodeDecodeError, OverflowError) as error:
        reason = str(error).partition("\n")[0][:300] or type(error).__name__
        raise file_error(path, None, f"cannot be read ({reason})", _HINT) from error


def _places(
    path: Path, schema: Any, required: Sequence[str], optional: Sequence[str], joined: Mapping[str, str]
) -> dict[str, str]:
    places = {}
    for wanted in [*required, *optional]:
        name = match_column(wanted, schema.names)
        if name is None:
            if wanted in required:
                raise missing_column(str(path), wanted, schema.names)
            continue
        kind = schema.field(name).type
        if not _is_flat(kind) and not (wanted in joined and _is_list(kind)):
            reason = f"column '{name}' holds {str(kind)[:100]}, no text or numbers"
            raise missing_column(str(path), wanted, schema.names, reason)
        places[wanted] = name
    return places


def _is_flat(kind: Any) -> bool:
    from pyarrow import types

    if types.is_dictionary(kind):
        return _is_flat(kind.value_type) and not types.is_dictionary(kind.value_type)
    text = types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)
    number = types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind)
    return bool(text or number or types.is_boolean(kind) or types.is_null(kind))


def _is_list(kind: Any) -> bool:
    from pyarrow import types

    lists = types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)
    return bool(lists and _is_flat(kind.value_type))


def _values(column: Any, label_names: Sequence[str] | None) -> list[Any]:
    """Return the values of a column as Python has them, classes by name."""
    from pyarrow import types

    if types.is_dictionary(column.type):
        values = _values(column.dictionary, label_names)  # each once: a short file may name one a million times
        return [None if index is None else values[index] for index in column.indices.to_pylist()]
    if _is_list(column.type):
        return [None if each is None else _values(each.values, label_names) for each in column]
    values = column.to_pylist()
    if types.is_decimal(column.type):
        values = [None if value is None else str(value) for value in values]
    if types.is_floating(column.type) and column.type.bit_width < 64:
        values = [None if value is None else _shortest(value, column.type) for value in values]
    if label_names and types.is_integer(column.type):
        values = [_class_name(value, label_names) for value in values]
    return values


def _shortest(value: float, kind: Any) -> float:
    """Return 4.2 for what is 4.199999809 as a double, being the nearest that fewer bits can hold."""
    return float(str(kind.to_pandas_dtype()(value)))


def _class_name(number: int | None, names: Sequence[str]) -> Any:
    if number is None or number == -1:
        return ""
    return names[number] if 0 <= number < len(names) else number


def _class_names(schema: Any) -> dict[str, list[str]]:
    """Return the names of the classes that Hugging Face's datasets writes into its files, by column."""
    try:
        told = json.loads((schema.metadata or {})[b"huggingface"])
        return class_names(told["info"]["features"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return {}
