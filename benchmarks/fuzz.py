"""A coverage-guided fuzzer over all that ftcli reads from strangers: nothing may end in a traceback.

    pip install -c constraints.txt -e '.[fuzz]'
    python -m benchmarks.fuzz --inputs 100000

Each target gets its share of the inputs, in a process of its own; any exception that is no ``FtcliError`` ends it, and
the input that brought it about is written to the current folder (crash-...).
"""

from __future__ import annotations

import argparse
import importlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

SAMPLES: dict[str, list[bytes]] = {
    "tsv": [b"text\tlabel\none\tgood\ntwo\tbad\n", b"\xef\xbb\xbftext\tlabel\r\na\t1\r\nb\t0\r\n"],
    "csv": [b'text,label\n"a, ""b""",good\ntwo,bad\n', b"text,label\n\x00,1\n'\xff,0\n"],
    "jsonl": [b'{"text": "one", "label": "good"}\n{"text": "two", "label": "bad"}\n', b'{"text": 1, "label": null}\n'],
    "json": [b'[{"text": "one", "label": 0.25},\n {"text": "two", "label": 1}]', b'{"text": "a"}\n{"text": "b"}\n'],
    "txt": [b"text;label\none;good\ntwo;bad\n", b"\xff\xfet\x00e\x00x\x00t\x00", b"\x1f\x8b\x08\x00\x00\x00\x00\x00"],
    "parquet": [],  # made by pyarrow when the target is fuzzed
    "arrow": [],
    "state": [b'{"_data_files": [{"filename": "data.arrow"}], "_indices_files": null}'],
    "config": [b'lr = 1e-4\nstrategy = ["rdrop"]\n[rdrop]\nalpha = 2.0\n', b"seeds = [1, 2]\nno_decay = 'biases'\n"],
    "settings": [b'task = "cola"\nstrategy = []\nseed = 1\n'],
    "study": [b'task = "cola"\nseeds = "1,2"\nstarted = 2026-01-02T03:04:05Z\nstrategy = []\n'],
    "metrics": [b'{"step": 1, "epoch": 0.5, "split": "train", "loss": 1, "metrics": {"a": 1}, "learning_rates": {}}\n'],
    "status": [b'{"state": "finished", "started": "2026-01-02T03:04:05Z", "collapsed": false}'],
    "evaluation": [b'{"task": "a", "split": "dev", "examples": 1, "metric": "f1", "metrics": {"f1": 0.5}}'],
    "predictions": [b'{"id": "0", "label": 0.5, "prediction": 1}\n', b'{"id": 1, "label": "a", "prediction": ["b"]}\n'],
    "calibration": [
        b'{"measured_on": "dev", "expected_calibration_error_before": 0.1, "expected_calibration_error_after": 0.1, '
        b'"reliability_before": [{"examples": 1, "confidence": 0.9, "accuracy": 1}], "reliability_after": [], '
        b'"temperature": 1.5, "fitted_on": "dev", "fitted_examples": 1, "loss_before": 1, "loss_after": 0.5}'
    ],
    "manifest": [b'{"model/config.json": {"bytes": 1, "sha256": "0"}}', b'{"../x": {}}'],
}
DATA = ("tsv", "csv", "jsonl", "json", "txt", "parquet", "arrow")

_READING = [
    *(f"ftcli.tasks.{name}" for name in ("load", "labels", "sources", "splits", "settle", "reading.readers")),
    *(f"ftcli.runs.{name}" for name in ("files", "folder", "status", "study", "evaluation", "manifest")),
    "ftcli.engine.observers",
    *(
        "ftcli.settings.layers",
        "ftcli.settings.resolve",
        "ftcli.compare.member",
        "ftcli.compare.answers",
        "ftcli.runs.recorded",
    ),
]
"""The modules that read."""


def main() -> None:
    """Fuzz all targets, or one in this process."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--inputs", type=int, default=100_000, help="inputs in all")
    parser.add_argument("--target", choices=list(SAMPLES))
    given = parser.parse_args()
    if given.target:
        fuzz(given.target, given.inputs)
        return
    share = -(-given.inputs // len(SAMPLES))
    for name in SAMPLES:
        arguments = [sys.executable, "-m", "benchmarks.fuzz", "--target", name, "--inputs", str(share)]
        done = subprocess.run(arguments, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{name}: {done.stderr}")
        covered = re.findall(r"cov: (\d+)", done.stderr)
        if not covered:
            raise SystemExit(f"{name}: nothing was instrumented, so that nothing guides the inputs")
        print(
            f"{name}: {share:,} inputs, no traceback; {covered[0]} branches covered at first, {covered[-1]} at last",
            flush=True,
        )


def fuzz(target: str, inputs: int) -> None:
    """Give one target so many inputs, made from the samples and what covers new code."""
    import atheris  # type: ignore[import-untyped]

    early = [name for name in sys.modules if name.startswith("ftcli")]
    assert not early, f"loaded before they could be instrumented: {early}"
    with atheris.instrument_imports(include=["ftcli"]):
        for name in _READING:
            importlib.import_module(name)
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        samples = SAMPLES[target] or [_columns(target)]
        for number, sample in enumerate(samples):
            (corpus / str(number)).write_bytes(sample)
        longest = max(400, *(len(sample) + 100 for sample in samples))
        options = [f"-runs={inputs}", f"-max_len={longest}", "-seed=1"]
        atheris.Setup([sys.argv[0], *options, str(corpus)], _run(target, folder))
        atheris.Fuzz()


def _columns(target: str) -> bytes:
    """Return a small Parquet or Arrow file."""
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.table({"text": ["one", "two"], "label": pa.array(["good", "bad"]).dictionary_encode()})
    sink = pa.BufferOutputStream()
    if target == "parquet":
        parquet.write_table(table, sink)
    else:
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def _run(target: str, folder: str) -> Callable[[bytes], object]:
    from ftcli.errors import FtcliError

    read = _reader(target, Path(folder))

    def run(content: bytes) -> None:
        try:
            read(content)
        except FtcliError as error:
            assert error.message  # noqa: PT017 - an error without a message is none that a user understands

    return run


def _reader(target: str, folder: Path) -> Callable[[bytes], object]:
    from ftcli.compare.answers import read_answers
    from ftcli.compare.member import read_member
    from ftcli.runs.folder import RunFolder
    from ftcli.runs.manifest import damage
    from ftcli.runs.recorded import recorded_settings, settings_of
    from ftcli.runs.study import read_study
    from ftcli.settings.data import DataSettings
    from ftcli.settings.resolve import resolve_train
    from ftcli.tasks.load import load_dataset

    if target in (*DATA, "state"):
        file = folder / (f"data.{target}" if target in DATA else "state.json")
        settings = DataSettings(train_file=file if target in DATA else folder)
        if target == "state":
            (folder / "data.arrow").write_bytes(_columns("arrow"))
        return lambda content: (file.write_bytes(content), load_dataset(settings))
    if target == "config":
        file = folder / "config.toml"
        return lambda content: (file.write_bytes(content), resolve_train({}, config=file))
    if target == "study":
        file = folder / "study.toml"
        return lambda content: (file.write_bytes(content), settings_of(read_study(folder).settings, file))
    if target == "metrics":
        return _metrics_reader(folder)
    run = RunFolder(folder / "run")
    run.evaluations.mkdir(parents=True)
    places = {
        "settings": run.settings,
        "status": run.status,
        "evaluation": run.evaluation("dev"),
        "calibration": run.calibration,
        "predictions": run.predictions("dev"),
        "manifest": run.path / "manifest.json",
    }
    for name, place in places.items():
        place.write_bytes(SAMPLES[name][0])
    evaluation = run.score("dev")
    assert evaluation is not None
    place = places[target]

    def read(content: bytes) -> None:
        place.write_bytes(content)
        damage(run.path, [])
        read_member(run)
        recorded_settings(run)
        run.read_calibration()
        read_answers(run, "dev", evaluation)

    return read


def _metrics_reader(folder: Path) -> Callable[[bytes], object]:
    from ftcli.engine.observers import JSONLines

    metrics, timings = folder / "metrics.jsonl", folder / "timings.jsonl"

    def read(content: bytes) -> None:
        metrics.write_bytes(content)
        timings.write_bytes(b'{"seconds": 1}\n' * len(content.splitlines()))
        lines = JSONLines(metrics, timings)
        lines.restore({"sizes": [len(content), timings.stat().st_size], "seconds": 0})
        list(lines.told())

    return read


if __name__ == "__main__":
    main()
