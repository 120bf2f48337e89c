"""Data sets as Hugging Face's ``datasets`` saves them to disk (``Dataset.save_to_disk``, version 2 to 4)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa


def save_table(
    folder: Path, table: pa.Table, *, class_names: Mapping[str, Sequence[str]] | None = None, files: int = 1
) -> None:
    """Write a folder of Arrow streams, with the two files that describe it."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"data-{number:05}-of-{files:05}.arrow" for number in range(files)]
    size = -(-table.num_rows // files)
    for number, name in enumerate(names):
        with pa.OSFile(str(folder / name), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table.slice(number * size, size))
    labels = {column: {"names": list(each), "_type": "ClassLabel"} for column, each in (class_names or {}).items()}
    features = {name: {"dtype": "string", "_type": "Value"} for name in table.column_names} | labels
    state = {
        "_data_files": [{"filename": name} for name in names],
        "_fingerprint": "0123456789abcdef",
        "_format_columns": None,
        "_format_kwargs": {},
        "_format_type": None,
        "_output_all_columns": False,
        "_split": None,
    }
    (folder / "state.json").write_text(json.dumps(state))
    (folder / "dataset_info.json").write_text(json.dumps({"features": features}))


def save_splits(
    folder: Path, splits: Mapping[str, pa.Table], *, class_names: Mapping[str, Sequence[str]] | None = None
) -> None:
    """Write a folder of such folders, one a split."""
    for name, table in splits.items():
        save_table(folder / name, table, class_names=class_names)
    (folder / "dataset_dict.json").write_text(json.dumps({"splits": list(splits)}))
