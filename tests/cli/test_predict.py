"""``ftcli predict``: new texts, answered by what was trained."""

from __future__ import annotations

import bz2
import csv
import gzip
import json
import lzma
import os
import pty
import shutil
import signal
import subprocess

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from saved_datasets import save_table
from terminal import clean_environment, command_line, contents, lines_of, reviews, write_rows

from ftcli.engine import ensemble
from ftcli.models.encoder import Encoder

pytestmark = pytest.mark.slow

RUN = "runs/reviews/baseline-seed2"


def objects(text):
    return [json.loads(line) for line in text.splitlines()]


def shares(answers):
    return np.array([list(answer["probabilities"].values()) for answer in answers])


def dev_texts():
    return "".join(f"{text}\n" for text, _ in reviews(24, seed=1))


def reported(run):
    """What the training said of its dev set, without the labels."""
    lines = lines_of(run / "evaluations/dev.predictions.jsonl")
    return [{name: value for name, value in line.items() if name != "label"} for line in lines]


def test_it_says_of_a_text_what_the_evaluation_said(desk_with_run):
    assert objects(desk_with_run.ask("predict", stdin=dev_texts()).out) == reported(desk_with_run.folder / RUN)


def test_settings_and_model_are_all_that_it_needs(desk_with_run, tmp_path):
    expected = reported(desk_with_run.folder / RUN)
    moved = tmp_path / "moved"
    moved.mkdir()
    shutil.copy(desk_with_run.folder / RUN / "settings.toml", moved)
    shutil.copytree(desk_with_run.folder / RUN / "model", moved / "model")
    shutil.rmtree(desk_with_run.folder / "runs")
    for file in ("reviews.csv", "dev.csv"):
        (desk_with_run.folder / file).unlink()
    before = contents(moved)
    assert objects(desk_with_run.ask("predict", moved, "-", stdin=dev_texts()).out) == expected
    assert objects(desk_with_run.ask("predict", "--model", moved / "model", stdin=dev_texts()).out) == expected
    assert contents(moved) == before


def test_chunks_change_neither_order_nor_answers(desk_with_run):
    whole = objects(desk_with_run.ask("predict", stdin=dev_texts()).out)
    in_fives = objects(desk_with_run.ask("predict", "--chunk-size", 5, stdin=dev_texts()).out)
    assert [answer["id"] for answer in in_fives] == [str(row) for row in range(24)]
    np.testing.assert_allclose(shares(in_fives), shares(whole), atol=2e-6)


def test_it_pads_no_more_than_an_evaluation(desk_with_run, monkeypatch):
    inner, shapes = Encoder.forward, []

    def forward(self, weights, inputs, delta=None):
        shapes.append(tuple(inputs["input_ids"].shape))
        return inner(self, weights, inputs, delta)

    monkeypatch.setattr(Encoder, "forward", forward)
    desk_with_run.ask("eval", "--eval-batch-size", 8)
    evaluated, shapes[:] = shapes[:], []
    desk_with_run.ask("predict", "--eval-batch-size", 8, stdin=dev_texts())
    assert shapes == evaluated
    assert len({length for _, length in shapes}) > 1


def test_a_file_with_columns_as_csv_with_the_texts(desk_with_run):
    rows = [("1", 'fine, "lovely"'), ("2", "poor\nscreen"), ("3", "so so")]
    with (desk_with_run.folder / "new.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["n", "TEXT"], *rows])
    shown = desk_with_run.ask("predict", "latest", "new.csv", "--with-text", "--to", "csv").out
    found = list(csv.DictReader(shown.splitlines(keepends=True)))
    assert [answer["text"] for answer in found] == [text for _, text in rows]
    plain = objects(desk_with_run.ask("predict", "latest", "new.csv").out)
    for answer, same in zip(found, plain, strict=True):
        assert answer["prediction"] == same["prediction"]
        assert float(answer["probability_good"]) == pytest.approx(same["probabilities"]["good"], abs=2e-6)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_file_for_the_answers_and_a_summary(desk_with_run, form):
    answer = desk_with_run.ask("predict", "--output", f"to/answers.{form}", "--json", stdin=dev_texts()).json
    assert answer["examples"] == sum(answer["labels"].values()) == 24
    assert answer["models"] == [f"{RUN}/model"]
    text = (desk_with_run.folder / answer["output"]).read_text()
    assert len(text.splitlines()) == 24 + (form == "csv")
    assert os.listdir(desk_with_run.folder / "to") == [f"answers.{form}"]
    shown = desk_with_run.ask("predict", "--output", f"to/answers.{form}", stdin=dev_texts()).out
    assert f"24 texts answered: {answer['labels']['bad']} bad, {answer['labels']['good']} good" in shown


def test_a_malformed_line_is_named_and_what_precedes_it_is_answered(desk_with_run):
    answer = desk_with_run.ask("predict", "--chunk-size", 2, stdin=b"a\nb\nc\n\xff\nd\n", code=1)
    assert "<stdin>:4: byte 0xff is not UTF-8" in answer.message
    assert [each["id"] for each in objects(answer.out)] == ["0", "1", "2"]


def test_answers_are_not_written_under_another_formats_name(desk_with_run):
    packed = desk_with_run.ask("predict", "--output", "answers.csv.gz", stdin=b"a\n", code=2)
    assert "--output: answers are written as they are, not as .gz: leave it off" in packed.message
    answer = desk_with_run.ask("predict", "--output", "answers.tsv", stdin=b"a\n", code=2)
    assert "answers are written as jsonl or csv, not as tsv" in answer.message


def test_a_file_that_never_gets_whole_does_not_take_the_place_of_another(desk_with_run):
    (desk_with_run.folder / "answers.jsonl").write_text("precious")
    answer = desk_with_run.ask("predict", "--output", "answers.jsonl", stdin=b"a\nb\n\xff\nc\n", code=1)
    assert "What was answered before is in answers.jsonl.partial" in answer.message
    assert (desk_with_run.folder / "answers.jsonl").read_text() == "precious"
    assert len(lines_of(desk_with_run.folder / "answers.jsonl.partial")) == 2
    answer = desk_with_run.ask("predict", "--output", "none.jsonl", stdin=b"\xff\n", code=1)
    assert "What was answered before" not in answer.message
    assert not (desk_with_run.folder / "none.jsonl.partial").exists()


@pytest.mark.parametrize("form", ["txt", "csv", "tsv", "jsonl"])
def test_a_blank_row_has_an_answer_without_a_prediction(desk_with_run, form):
    lines = {
        "txt": ["fine phone", "", "", "poor screen"],
        "csv": ["text,n", "fine phone,1", ",", "", "poor screen,2"],
        "tsv": ["text\tn", "fine phone\t1", "\t", "", "poor screen\t2"],
        "jsonl": ['{"text": "fine phone"}', "", " ", '{"text": "poor screen"}'],
    }[form]
    (desk_with_run.folder / f"new.{form}").write_text("\n".join([*lines, "", ""]))
    alone = objects(desk_with_run.ask("predict", stdin="fine phone\npoor screen\n").out)
    answer = desk_with_run.ask("predict", "latest", f"new.{form}", "--with-text", "--chunk-size", 2)
    first, *blank, last = objects(answer.out)
    assert [first["prediction"], last["prediction"]] == [each["prediction"] for each in alone]
    nothing = {"text": "", "prediction": None, "probabilities": {"bad": None, "good": None}}
    assert blank == [{"id": "1"} | nothing, {"id": "2"} | nothing]
    line = len(lines) - 2
    told = f"no prediction for 2 rows with an empty text: new.{form} lines {line}, {line + 1}"
    assert told in answer.message
    ask = ["predict", "latest", f"new.{form}", "--output", "answers.csv"]
    assert desk_with_run.ask(*ask, "--json").json["blank"] == [line, line + 1]
    assert (desk_with_run.folder / "answers.csv").read_text().splitlines()[2:4] == ["1,,,", "2,,,"]
    assert told in desk_with_run.ask(*ask).message


def test_an_evaluation_of_a_file_tells_of_blank_rows(desk_with_run):
    rows = [row for review in reviews(4) for row in (review, ("", ""))]
    write_rows(desk_with_run.folder / "new.csv", rows)
    answer = desk_with_run.ask("eval", "--file", "new.csv", "--json").json
    assert (answer["examples"], answer["blank"]) == (4, [3, 5, 7, 9])
    told = "Skipped 4 rows with nothing in any field: new.csv lines 3, 5, 7, 9"
    assert told in desk_with_run.ask("eval", "--file", "new.csv").out


@pytest.mark.parametrize("form", ["csv", "tsv", "jsonl", "txt"])
def test_evaluations_number_rows_as_predictions_do(desk_with_run, form):
    texts = ["", "fine phone", "", "", "poor screen", "", "it is great", ""]
    lines = {
        "csv": ["", "text,n", *(f"{text},1" if text else "," for text in texts)],
        "tsv": ["text\tn", *(f"{text}\t1" if text else "" for text in texts)],
        "jsonl": [json.dumps({"text": text}) if text else "" for text in texts],
        "txt": texts,
    }[form]
    new = desk_with_run.folder / f"new.{form}"
    for encoding in ("utf-8", "utf-16"):  # of which one is read line by line, the other as a whole
        new.write_text("\n".join(lines), encoding=encoding)
        predicted = objects(desk_with_run.ask("predict", "latest", new.name).out)
        evaluated = lines_of(
            desk_with_run.folder / desk_with_run.ask("eval", "--file", new.name, "--json").json["predictions"]
        )
        answered = {each["id"]: each["prediction"] for each in predicted if each["prediction"] is not None}
        assert answered == {each["id"]: each["prediction"] for each in evaluated}
        assert list(answered) == ["1", "4", "6"]


def test_a_row_that_lacks_its_text_alone_has_no_prediction_either(desk_with_run):
    (desk_with_run.folder / "new.csv").write_text("id,text\nr1,fine phone\nr2,\nr3,poor screen\n")
    answer = desk_with_run.ask("predict", "latest", "new.csv")
    answers = objects(answer.out)
    assert [each["id"] for each in answers] == ["r1", "r2", "r3"]
    assert [each["prediction"] is None for each in answers] == [False, True, False]
    assert "no prediction for 1 row with an empty text: new.csv line 3" in answer.message


def test_ids_are_those_of_the_column_that_is_told(desk_with_run):
    rows = [{"key": 10 - place, "text": text} for place, text in enumerate(TEXTS)]
    for name in ("new.json", "new.parquet"):
        if name == "new.json":
            (desk_with_run.folder / name).write_text(json.dumps(rows), encoding="utf-8")
        else:
            parquet.write_table(pa.Table.from_pylist(rows), desk_with_run.folder / name)
        answers = objects(desk_with_run.ask("predict", "latest", name, "--id-column", "key").out)
        assert [each["id"] for each in answers] == ["10", "9", "8"]
        assert [each["id"] for each in objects(desk_with_run.ask("predict", "latest", name).out)] == ["0", "1", "2"]
        message = desk_with_run.ask("predict", "latest", name, "--id-column", "keys", code=1).message
        assert name in message
        assert "no column 'keys'" in message
        assert "Did you mean 'key'?" in message


def test_other_formats_are_not_answered_line_by_line(desk_with_run):
    """Not without being told so."""
    first_lines = {
        '{"text": "fine"}': "jsonl",
        "text,n": "csv",
        "Review;Label": "csv --text-column NAME",
        "id\tbody\tclass": "tsv --text-column NAME",
    }
    for first, form in first_lines.items():
        answer = desk_with_run.ask("predict", stdin=f"{first}\nfine phone\n", code=1)
        assert "<stdin>:1: " in answer.message
        assert f"--format {form}" in answer.message
        assert answer.out == ""
        assert len(objects(desk_with_run.ask("predict", "latest", "-", "--format", "txt", stdin=f"{first}\n").out)) == 1
    assert len(objects(desk_with_run.ask("predict", stdin="great text, bad label\n").out)) == 1
    answer = desk_with_run.ask("predict", "latest", "-", "--format", "json", stdin="[]", code=2)
    assert "--format json is read as a whole: give it as a file" in answer.message


@pytest.mark.parametrize("form", ["txt", "csv"])
def test_that_there_is_nothing_is_told(desk_with_run, form):
    (desk_with_run.folder / f"new.{form}").write_text("\n\n" if form == "txt" else "text,n\n")
    answer = desk_with_run.ask("predict", "latest", f"new.{form}")
    assert (answer.out, answer.message) == ("", f"Note: there is no text in new.{form}")


def test_text_of_western_europe_is_told_and_read(desk_with_run):
    told = "Note: line 3 of new.csv is not UTF-8 and was read as cp1252: see --encoding"
    (desk_with_run.folder / "new.csv").write_bytes("text\nfine\ndéjà vu, naïve café\n".encode("cp1252"))
    answer = desk_with_run.ask("predict", "latest", "new.csv", "--with-text")
    assert [each["text"] for each in objects(answer.out)] == ["fine", "déjà vu, naïve café"]
    assert told in answer.message
    said = desk_with_run.ask("predict", "latest", "new.csv", "--with-text", "--encoding", "cp1252")
    assert (said.out, said.err) == (answer.out, "")
    (desk_with_run.folder / "new.csv").write_bytes("text\nfine\ndéjà vu\nnaïve\n".encode("cp1252"))
    told = "Note: 2 lines of new.csv, from 3 on, are not UTF-8 and were read as cp1252: see --encoding"
    assert told in desk_with_run.ask("predict", "latest", "new.csv").message


def test_the_name_of_a_file_may_tell_another_format(desk_with_run):
    (desk_with_run.folder / "new.data").write_text(json.dumps([{"text": text} for text in TEXTS]), encoding="utf-8")
    answers = objects(desk_with_run.ask("predict", "latest", "new.data", "--format", "json").out)
    assert [each["id"] for each in answers] == ["0", "1", "2"]


def begun(desk, *options):
    arguments = command_line(["predict", RUN, *options])
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    return subprocess.Popen(arguments, cwd=desk.folder, env=clean_environment(), **pipes)


def test_a_reader_that_has_seen_enough_ends_it_quietly(trained):
    with begun(trained.desk, "--chunk-size", 64) as process:
        feeding = subprocess.Popen(["yes", "some text"], stdout=process.stdin, stderr=subprocess.DEVNULL)  # has no end
        process.stdin.close()
        first = process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert json.loads(first)["id"] == "0"
        assert process.wait(timeout=60) == 141
        feeding.wait(timeout=60)


def test_answers_are_written_while_more_is_to_come_until_it_is_interrupted(trained):
    with begun(trained.desk, "--chunk-size", 1) as process:
        process.stdin.write(b"one\n")
        process.stdin.flush()
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert json.loads(first)["id"] == "0"
    assert process.returncode == 130
    assert out == b""
    assert b"interrupted" in err
    assert b"Traceback" not in err


def test_what_goes_to_a_terminal_can_not_steer_it(desk_with_run):
    config = desk_with_run.folder / RUN / "model/config.json"
    names = {"0": "bad\x1b[2J", "1": "good\x9b31m"}
    config.write_text(json.dumps(json.loads(config.read_text()) | {"id2label": names}))
    ours, theirs = pty.openpty()
    arguments = command_line(["predict", "--to", "csv", "--with-text"])
    subprocess.run(
        arguments,
        cwd=desk_with_run.folder,
        env=clean_environment(),
        input=b"a \x1b[31mtext\n",
        stdout=theirs,
        check=True,
    )
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    assert "probability_bad" in shown
    assert not set(shown) & {"\x1b", "\x9b"}


@pytest.fixture
def pairs(desk):
    """A desk with a model of pairs."""
    rows = [(text, text[::-1], label) for text, label in reviews(24)]
    write_rows(desk.folder / "pairs.tsv", rows, header=("one", "two", "label"))
    files = ["--train-file", "pairs.tsv", "--dev-file", "pairs.tsv", "--text-column", "one", "--pair-column", "two"]
    desk.ask("train", *files, "--model", desk.model, "--max-steps", 2, "--output", "./run")
    return desk


def test_pairs(pairs):
    expected = reported(pairs.folder / "run")
    texts = [(text, text[::-1]) for text, _ in reviews(24)]
    tsv = "".join(f"{one}\t{two}\n" for one, two in texts)
    jsonl = "".join(json.dumps({"one": one, "two": two}) + "\n" for one, two in texts)
    ask = ["predict", "./run", "-", "--format"]
    assert objects(pairs.ask(*ask, "tsv", "--no-header", stdin=tsv).out) == expected
    assert (
        objects(pairs.ask(*ask, "tsv", stdin="two\tone\n" + "".join(f"{b}\t{a}\n" for a, b in texts)).out) == expected
    )
    assert objects(pairs.ask(*ask, "jsonl", stdin=jsonl).out) == expected
    assert "pairs of texts" in pairs.ask("predict", "./run", stdin="a\n", code=2).message
    shown = pairs.ask(*ask, "jsonl", "--with-text", "--to", "csv", stdin=jsonl).out
    assert shown.startswith("id,text,pair,prediction,probability_bad,probability_good\n")


def numbers(desk):
    rows = [(text, str(len(text) / 10)) for text, _ in reviews(24)]
    write_rows(desk.folder / "reviews.csv", rows)
    write_rows(desk.folder / "dev.csv", rows)
    return "".join(f"{text}\n" for text, _ in rows)


def test_regression(desk):
    texts = numbers(desk)
    run = desk.train_run("--regression")
    assert objects(desk.ask("predict", stdin=texts).out) == reported(run)
    assert desk.ask("predict", "--to", "csv", stdin=texts).out.startswith("id,prediction\n0,")
    shown = desk.ask("predict", "--output", "x.csv", stdin=texts).out
    assert shown.startswith("24 texts answered\n")


@pytest.mark.parametrize("kind", ["classification", "regression"])
def test_the_models_of_a_study_answer_together(desk, kind, monkeypatch):
    texts = numbers(desk) if kind == "regression" else dev_texts()
    options = ["--regression"] if kind == "regression" else []
    desk.train("--seeds", "4,5", "--executor", "eager", "--soup", "uniform", "--output", "study", *options)
    study = desk.folder / "runs/reviews/study"

    def values(reference):
        answers = objects(desk.ask("predict", reference, stdin=texts).out)
        return shares(answers) if kind == "classification" else np.array([each["prediction"] for each in answers])

    of_seeds = [values(f"study/seed-{seed}") for seed in (4, 5)]
    assert np.abs(of_seeds[0] - of_seeds[1]).max() > 1e-4
    together = values("study")
    np.testing.assert_allclose(together, np.mean(of_seeds, axis=0), atol=2e-6)
    assert np.abs(values("study/soup") - together).max() > 2e-6  # the mean of weights is not the mean of answers
    monkeypatch.setattr(ensemble, "_SHARE_OF_MEMORY", 0)
    np.testing.assert_array_equal(values("study"), together)
    shutil.rmtree(study / "seed-5/model")
    answer = desk.ask("predict", study, stdin=texts)
    assert "study/seed-5 holds no model: it is left out" in answer.message
    assert len(objects(answer.out)) == 24
    shutil.rmtree(study / "seed-4/model")
    assert "no run of this study holds a model" in desk.ask("predict", "study", stdin=texts, code=1).message


def test_a_table_under_the_name_of_a_text_is_read_as_the_runs_own_was(desk):
    """What trained as a table must not be answered line by line."""
    rows = [f"{text}\t{label}" for text, label in reviews(24)]
    (desk.folder / "table.txt").write_text("\n".join(["text\tlabel", *rows]) + "\n")
    desk.ask("train", "table.txt", "--model", desk.training[desk.training.index("--model") + 1], "--max-steps", 1)
    answers = desk.ask("predict", "latest", "table.txt", "--output", "answers.jsonl", "--json").json
    assert answers["examples"] == 24


def test_texts_are_quoted_as_the_runs_own_were(desk):
    rows = [f'"He said ""{text}"""\t{label}' for text, label in reviews(24)]
    (desk.folder / "quoted.tsv").write_text("\n".join(["text\tlabel", *rows]) + "\n")
    model = desk.training[desk.training.index("--model") + 1]
    desk.ask("train", "quoted.tsv", "--quoting", "rfc4180", "--model", model, "--max-steps", 1)
    answered = objects(desk.ask("predict", "latest", "quoted.tsv", "--with-text").out)
    assert answered[0]["text"] == f'He said "{reviews(24)[0][0]}"'
    plain = objects(desk.ask("predict", "latest", "quoted.tsv", "--quoting", "none", "--with-text").out)
    assert plain[0]["text"].startswith('"He said ""')


def test_a_name_that_tells_no_format_is_said(trained):
    answer = trained.desk.ask("predict", trained.run, "new.doc", code=2)
    assert "its name tells no format" in answer.message
    assert "txt, tsv, csv, jsonl, json, parquet or arrow" in answer.message


TEXTS = ["great phone", "awful phone", "a café, poor"]


def in_form(folder, form):
    """Write the texts as they may come."""
    rows = [{"text": text, "more": "x"} for text in TEXTS]
    if form == "saved":
        save_table(folder / "saved", pa.Table.from_pylist(rows))
        return folder / "saved"
    path = folder / f"new.{form.partition(' ')[0]}"
    if form == "parquet":
        parquet.write_table(pa.Table.from_pylist(rows), path)
    elif form == "json":
        path.write_text(json.dumps(rows), encoding="utf-8")
    elif form == "csv in UTF-16":
        path.write_text("text\tmore\n" + "".join(f"{text}\tx\n" for text in TEXTS), encoding="utf-16")
    else:
        path.write_text("\n\n".join(TEXTS) + "\n", encoding="utf-16")
    return path


@pytest.mark.parametrize("form", ["json", "parquet", "saved", "csv in UTF-16", "txt in UTF-16"])
def test_texts_come_in_any_form_that_training_reads(trained, tmp_path, form):
    stream = trained.desk.ask("predict", trained.run, stdin="\n".join(TEXTS))
    found = objects(trained.desk.ask("predict", trained.run, in_form(tmp_path, form)).out)
    answered = [each["probabilities"] for each in found if each["prediction"] is not None]
    assert answered == [each["probabilities"] for each in objects(stream.out)]
    assert [each["prediction"] is None for each in found] == (
        [False, True, False, True, False] if form == "txt in UTF-16" else [False] * 3
    )


def test_a_column_that_is_not_there_is_named(trained, tmp_path):
    path = in_form(tmp_path, "parquet")
    answer = trained.desk.ask("predict", trained.run, path, "--text-column", "body", code=1)
    assert f"{path}: no column 'body'" in answer.message


def test_pairs_for_a_model_of_single_texts_are_refused(trained):
    answer = trained.desk.ask("predict", trained.run, "-", "--format", "tsv", "--pair-column", "other", code=2)
    assert "--pair-column: the model was trained on single texts" in answer.message


def test_what_is_compressed_is_known_by_what_it_holds(trained, tmp_path):
    (tmp_path / "new.txt").write_bytes(gzip.compress(b"great phone\nawful phone\n"))
    answer = trained.desk.ask("predict", trained.run, tmp_path / "new.txt", "--output", tmp_path / "a.jsonl", "--json")
    assert answer.json["examples"] == 2


def test_standard_input_is_unpacked_too(trained):
    command, packed = command_line(["predict", trained.run]), gzip.compress(b"great phone\nawful phone\n")
    found = subprocess.run(
        command, cwd=trained.desk.folder, env=clean_environment(), input=packed, capture_output=True, check=True
    )
    assert len(objects(found.stdout.decode())) == 2


@pytest.mark.parametrize("opener", [gzip.open, bz2.open, lzma.open])
def test_a_compressed_file_from_a_spreadsheet(desk_with_run, opener):
    suffix = {gzip.open: "gz", bz2.open: "bz2", lzma.open: "xz"}[opener]
    name = f"sheet.csv.{suffix}"
    with opener(desk_with_run.folder / name, "wb") as file:
        file.write("id;Text\n1;the phone is fine\n".encode("utf-8-sig"))
    (plain,) = objects(desk_with_run.ask("predict", stdin="the phone is fine\n").out)
    assert objects(desk_with_run.ask("predict", "latest", name).out) == [plain | {"id": "1"}]
    packed = (desk_with_run.folder / name).read_bytes()
    (desk_with_run.folder / name).write_bytes(packed[:-9])
    assert f"{name}:" in desk_with_run.ask("predict", "latest", name, code=1).message


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--json"], 2, "--json prints one object about all answers"),
        (["dev.csv"], 2, "dev.csv is a file; say which run is to answer it: ftcli predict RUN dev.csv"),
        (["latest", "reviews.xls"], 2, "its name tells no format"),
        (["latest", "none.csv"], 1, "none.csv: can't be read (No such file or directory)"),
        (["nix"], 1, "no run 'nix' in runs"),
        (["latest", "-", "--no-header"], 2, "--no-header goes with the formats tsv and csv"),
        (["latest", "dev.csv", "--encoding", "utf-16"], 2, "--encoding: the lines of utf-16 can't be told apart"),
        (["latest", "dev.csv", "--text-column", "body"], 1, "dev.csv:1: no column 'body'"),
        (["latest", "-", "--output", "runs"], 1, "--output: runs can't be written"),
        (["latest", "-", "--chunk-size", 0], 2, "--chunk-size"),
        (["--model", "runs"], 1, "runs holds no model"),
    ],
)
def test_what_can_not_be(desk_with_run, arguments, code, message):
    before = contents(desk_with_run.folder)
    assert message in desk_with_run.ask("predict", *arguments, stdin="a\n", code=code).message
    assert contents(desk_with_run.folder) == before


def test_a_model_that_answers_no_numbers_is_refused(desk_with_run):
    from safetensors.torch import load_file, save_file

    weights = desk_with_run.folder / RUN / "model/model.safetensors"
    broken = {name: weight * float("nan") for name, weight in load_file(weights).items()}
    save_file(broken, weights, metadata={"format": "pt"})
    assert "not all finite numbers" in desk_with_run.ask("predict", stdin="a\n", code=1).message


def test_standard_input_that_is_closed(trained):
    script = ["sh", "-c", f"{' '.join(command_line(['predict', RUN]))} <&-"]
    done = subprocess.run(
        script, cwd=trained.desk.folder, env=clean_environment(), capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert b"standard input is closed" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(("name", "hint"), [("new.xlsx", "save the sheet as CSV"), ("new.zip", "Unpack the archive")])
def test_what_is_no_data_file_is_refused_with_what_to_do(desk_with_run, name, hint):
    assert hint in desk_with_run.ask("predict", "latest", name, code=2).message
    answer = desk_with_run.ask("predict", "--output", name, stdin="fine\n", code=2)
    assert f"--output: answers are written as {'jsonl or csv, not as .xlsx' if 'xlsx' in name else 'they are'}" in (
        answer.message
    )


def test_the_answers_do_not_replace_the_texts(desk_with_run):
    texts = desk_with_run.folder / "texts.csv"
    texts.write_text("text\nfine phone\n")
    (desk_with_run.folder / "link.csv").symlink_to(texts)
    for output in ("texts.csv", "./texts.csv", "link.csv"):
        answer = desk_with_run.ask("predict", "latest", "texts.csv", "--output", output, code=2)
        assert "is the file with the texts" in answer.message
    assert texts.read_text() == "text\nfine phone\n"


def test_a_spreadsheet_is_told_whatever_format_is_named(desk_with_run):
    (desk_with_run.folder / "new.xlsx").write_bytes(b"PK\x03\x04\x14\0\x06\0")
    answer = desk_with_run.ask("predict", "latest", "new.xlsx", "--format", "csv", code=1)
    assert "a spreadsheet or an archive" in answer.message


def test_which_run_answers_is_told_where_none_is_named(desk_with_run):
    told = "The latest run answers: runs/reviews/baseline-seed2"
    assert told in desk_with_run.ask("predict", stdin="fine\n").err
    assert told not in desk_with_run.ask("predict", "latest", stdin="fine\n").err
