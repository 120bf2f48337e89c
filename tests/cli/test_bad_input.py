"""What is refused: each with one message that says what, where and how to mend it, and with nothing left behind."""

from __future__ import annotations

import shutil

import pytest
from terminal import reviews, run_process, write_rows

USAGE = {
    "task": (["train", "colla"], "unknown task 'colla'; did you mean 'cola'?"),
    "folder as task": (["check", "."], "a folder, and none that Hugging Face's datasets saved"),
    "no task": (["train"], "ftcli download cola"),
    "strategy": (["train", "--strategy", "rdopr"], "unknown strategy 'rdopr'; did you mean 'rdrop'?"),
    "preset": (["train", "--preset", "orig"], "there is no preset 'orig'"),
    "device": (["train", "cola", "--device", "tpu"], "--device: input should be 'auto', 'cpu' or 'cuda'"),
    "dev file alone": (["train", "cola", "--dev-file", "dev.csv"], "--dev-file goes with --train-file"),
    "two averages": (["train", "cola", "--swa", "--ema"], "--ema and --swa exclude each other"),
    "two kinds of layer rates": (
        ["train", "cola", "--layerwise-lrd", "--grouped-layerwise-lrd"],
        "--grouped-layerwise-lrd and --layerwise-lrd exclude each other",
    ),
    "idle option": (["train", "cola", "--rdrop-alpha", "1"], "--rdrop-alpha does nothing without --rdrop"),
    "unknown option": (["train", "--nonsense"], "No such option: --nonsense"),
    "mistyped option": (["train", "--devic", "cpu"], "--device"),
    "option of another program": (
        ["train", "--learning_rate", "1"],
        "No such option: --learning_rate (Possible options: --lr)",
    ),
    "option like none": (["train", "--long-run"], "No such option: --long-run │"),
    "unknown command": (["trian"], "trian"),
    "run and model": (["eval", "x", "--model", "m", "--task", "demo"], "RUN and --model exclude each other"),
    "model alone": (["eval", "--model", "m"], "--model and --task go together"),
    "task alone": (["eval", "--task", "demo"], "--model and --task go together"),
    "task to evaluate on": (["eval", "--model", "m", "--task", "dmo"], "did you mean 'demo'?"),
    "download": (["download", "wnl"], "unknown task 'wnl'; did you mean 'wnli'?"),
    "rows of the demo": (["download", "demo", "--train-rows", "0"], "--train-rows: input should be greater than 0"),
    "negative seed": (["train", "cola", "--seed", "-1"], "--seed: input should be greater than or equal to 0"),
    "broken seed": (["train", "cola", "--seed", "1.5"], "--seed: input should be a valid integer"),
    "warmup": (["train", "cola", "--warmup", "-1"], "--warmup: input should be greater than or equal to 0"),
    "empty output": (["train", "cola", "--output", " "], "--output: the name is empty"),
}
NOT_POSITIVE = ["--lr", "--head-lr", "--batch-size", "--epochs", "--max-steps", "--grad-accumulation", "--max-length"]


@pytest.mark.parametrize("case", USAGE)
def test_wrong_usage_ends_with_code_2(desk, case):
    arguments, told = USAGE[case]
    if case == "empty output":
        desk.ask("download", "demo", "--train-rows", 20, "--dev-rows", 10, "--test-rows", 10)
        arguments = ["train", "demo", *arguments[2:]]
    before = desk.files
    answer = desk.ask(*arguments, code=2)
    assert told in answer.message
    assert answer.out == ""
    assert desk.files == before


@pytest.mark.parametrize("option", NOT_POSITIVE)
@pytest.mark.parametrize("value", ["0", "-1", "nan", "x", ""])
def test_what_must_be_positive(desk, option, value):
    answer = desk.train(f"{option}={value}", code=2)
    assert answer.err.startswith(f"Error: {option}: input should be ")
    assert f"(got '{value}')" in answer.err
    assert desk.files == set()


@pytest.mark.parametrize("option", ["--lr", "--head-lr", "--weight-decay", "--max-grad-norm"])
def test_infinite_values_are_refused(desk, option):
    assert f"Error: {option}: input should be" in desk.train(option, "inf", code=2).err


def test_all_wrong_values_are_told_at_once(desk):
    lines = desk.train("--lr", "x", "--batch-size", 0, "--epochs", -1, code=2).err.splitlines()
    assert len(lines) == 3
    assert all(any(f"{option}: " in line for line in lines) for option in ("--lr", "--batch-size", "--epochs"))


def test_error_is_also_the_one_json_object(desk):
    answer = desk.train("--lr", 0, "--json", code=2)
    assert answer.json == {"error": "--lr: input should be greater than 0 (got '0')", "hint": None}
    assert desk.ask("compare", "--json", code=1).json["hint"] == "Give folders with runs, such as runs/cola."


def test_dev_file_and_dev_fraction_exclude_each_other(desk):
    assert "--dev-file and --dev-fraction exclude each other" in desk.train("--dev-fraction", 0.3, code=2).err


def test_more_blocks_than_the_model_has(desk):
    answer = desk.train("--reinit", "--reinit-layers", 99, code=2)
    assert "--reinit-layers: 99 blocks can't be drawn afresh, the model has 3" in answer.err
    assert "Give a number from 1 to 3." in answer.err


def test_metric_of_another_kind_of_task(desk):
    answer = desk.train("--metric", "pearson", code=2)
    assert "metric 'pearson' is not for a classification" in answer.message
    assert "matthews_correlation" in answer.message


def test_task_that_is_not_downloaded(desk):
    answer = desk.ask("train", "rte", "--model", desk.model, code=1)
    assert "task 'rte' is not downloaded: data/RTE/train.tsv is missing" in answer.err
    assert "Run: ftcli download rte" in answer.err
    assert desk.files == set()


FILES = {
    "missing": (None, "own.csv: no such file"),
    "empty": ("", "own.csv:1: the file is empty"),
    "header alone": ("text,label\n", "own.csv:1: a header, but no rows"),
    "column": ("words,label\na,b\n", "own.csv:1: no column 'text', and none that is sure to hold it"),
    "column of labels": ("text,kind\na,b\n", "Columns there are: 'text', 'kind'. Choose with --label-column"),
    "no header": ("fine phone,good\nbad phone,bad\n", "if the first line of the file is a row: --no-header"),
    "short row": ("text,label\na,b\nc\n", "own.csv:3: malformed row: 1 field, but the header has 2"),
    "long row": ("text,label\na,b\nc,d,e\n", "own.csv:3: malformed row: 3 fields, but the header has 2"),
    "open quote": ('text,label\na,b\n"c,d\n', "own.csv:3: malformed row"),
    "one label": ("text,label\na,good\nb,good\n", "every label is 'good': there is nothing to learn"),
    "empty text": ("text,label\na,good\n ,bad\n", "own.csv:3: column 'text' is empty"),
    "empty label": ("text,label\na,good\nb,bad\nc,\n", "own.csv:4: the label is empty"),
    "errors of two kinds": ("text,label\na,good\nb,bad\n ,bad\nc,\n", "own.csv:5: the label is empty"),
    "not UTF-8": (b"text,label\na,good\n\x81,bad\n", "own.csv:3: byte 0x81 is not UTF-8"),
    "NUL": (b"text,label\na,good\n\0,bad\n", "own.csv:3: a NUL byte"),
    "two columns of a name": ("text,label,text\na,b,c\n", "more than one column named 'text'"),
}


@pytest.mark.parametrize("case", FILES)
def test_damaged_file_is_told_with_its_line(desk, case):
    content, told = FILES[case]
    if content is not None:
        (desk.folder / "own.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    answer = desk.train("--train-file", "own.csv", code=1)
    assert "own.csv" in answer.message
    assert told in answer.message
    assert "Error: " in answer.err
    assert desk.files <= {"own.csv"}


@pytest.mark.parametrize("command", ["train", "check"])
def test_a_column_that_is_not_there(desk, command):
    more = ["--model", desk.model] if command == "train" else []
    answer = desk.ask(command, "reviews.csv", "--label-column", "labl", *more, code=1)
    assert answer.err.startswith("Error: reviews.csv:1: no column 'labl'")  # and nothing about classes before
    assert "Columns there are: 'text', 'label'. Did you mean 'label'?" in answer.message


@pytest.mark.parametrize("file", ["train", "dev"])
def test_file_of_unknown_form(desk, file):
    (desk.folder / "own.xlsx").write_bytes(b"PK")
    assert "own.xlsx" in desk.train(f"--{file}-file", "own.xlsx", code=1).err


def test_malformed_object(desk):
    (desk.folder / "own.jsonl").write_text('{"text": "a", "label": "b"}\n{"text": "c"\n')
    assert "own.jsonl:2: malformed row: not JSON" in desk.train("--train-file", "own.jsonl", code=1).err


def test_label_in_dev_that_train_lacks(desk):
    write_rows(desk.folder / "dev2.csv", [*reviews(4), ("the phone", "middling")])
    answer = desk.train("--dev-file", "dev2.csv", code=1)
    assert "dev2.csv:6: unknown label 'middling'" in answer.err
    assert "The labels are: 'bad', 'good'." in answer.err


def test_label_that_is_no_number(desk):
    answer = desk.train("--regression", code=1)
    assert "reviews.csv:2: the label 'bad' is not a finite number" in answer.err


def test_more_training_examples_than_there_are(desk):
    assert "--train-size 100 is more than the 48 training examples" in desk.train("--train-size", 100, code=2).err


@pytest.mark.parametrize(
    ("model", "code", "told"),
    [
        ("brt", 2, "there is no model 'brt'; did you mean 'bert'?"),
        ("./nowhere", 2, "there is no model './nowhere'"),
        ("data", 1, "data holds no model: config.json is missing"),
        ("pickled", 1, "no weights in safetensors form, only pickled ones (pytorch_model.bin)"),
        ("damaged", 1, "'damaged' can't be loaded"),
        pytest.param("no_tokenizer", 1, "no_tokenizer has no tokenizer"),
    ],
)
def test_model_that_is_none(desk, model, code, told):
    (desk.folder / "data").mkdir()
    for name in ("pickled", "damaged", "no_tokenizer"):
        shutil.copytree(desk.model, desk.folder / name)
    (desk.folder / "pickled" / "model.safetensors").rename(desk.folder / "pickled" / "pytorch_model.bin")
    (desk.folder / "damaged" / "model.safetensors").write_bytes(b"\xff" * 100)
    for file in ("tokenizer.json", "tokenizer_config.json"):
        (desk.folder / "no_tokenizer" / file).unlink()
    before = desk.files
    answer = desk.train("--model", model, "--no-check", code=code)
    assert told in answer.message
    assert [line.split()[0] for line in answer.err.splitlines()[:-1]] == ["Reading", "Error:"]  # then, how to mend it
    assert desk.files == before


def test_folder_of_a_run_in_place_of_its_model(desk):
    run = desk.train_run()
    answer = desk.train("--model", run, code=1)
    assert f"Did you mean {run / 'model'}?" in answer.message


CONFIGS = {
    "key": ("lrr = 1\n", "'lrr' in c.toml: there is no such setting; did you mean lr?"),
    "key of another program": ("num_train_epochs = 1\n", "there is no such setting; did you mean epochs?"),
    "key of a strategy": ("[rdrop]\nalpah = 2\n", "c.toml: there is no such setting; did you mean rdrop.alpha?"),
    "key of no table": ("[rdop]\nalpha = 2\n", "'rdop' in c.toml: there is no such setting; did you mean rdrop?"),
    "TOML": ("lr = = 1\n", "c.toml is not a readable TOML file: Invalid value (at line 1, column 6)"),
    "not UTF-8": (b"lr = '\xe9'\n", "c.toml is not a readable TOML file"),
    "text for a number": ('lr = "fast"\n', "'lr' in c.toml: input should be a valid number"),
    "fraction": ("epochs = 2.5\n", "'epochs' in c.toml: input should be a valid integer"),
    "number for a table": ("rdrop = 3\n", "'rdrop' in c.toml: input should be a valid dictionary"),
    "number for names": ("strategy = 3\n", "'strategy' in c.toml: must be a list of names (got 3)"),
    "unknown strategy": ('strategy = ["swag"]\n', "unknown strategy 'swag'; did you mean 'swa'?"),
    "unclear switch": ('save_last = "maybe"\n', "'save_last' in c.toml: input should be a valid boolean"),
}


@pytest.mark.parametrize("case", CONFIGS)
def test_config_that_is_none(desk, case):
    content, told = CONFIGS[case]
    (desk.folder / "c.toml").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert told in desk.train("--config", "c.toml", code=2).message


def test_config_that_is_not_there(desk):
    assert "--config: c.toml does not exist" in desk.train("--config", "c.toml", code=2).err
    assert "--config: . is not a readable TOML file" in desk.train("--config", ".", code=2).err


def test_environment_is_named_as_such(desk):
    assert "FTCLI_LR: input should be a valid number" in desk.train(code=2, FTCLI_LR="fast").err
    assert "FTCLI_SAVE_LAST: input should be" in desk.train(code=2, FTCLI_SAVE_LAST="maybe").err
    wrong = {"FTCLI_RDROP__ALPHA": "-1", "FTCLI_STRATEGY": "rdrop"}
    assert "FTCLI_RDROP__ALPHA: input should be greater than or equal to 0" in desk.train(code=2, **wrong).err


def test_variables_that_are_nearly_settings_are_told_and_passed_over(desk):
    wrong = {"FTCLI_EPOCS": "1", "FTCLI_LEARNING_RATE": "1", "FTCLI_RDOP__ALPHA": "1"}
    others = {"FTCLI_CHUNK_SIZE": "9", "FTCLI_FROM": "x", "FTCLI_HOME": "x", "FTCLI_RDROP__ALPHA": "2"}
    told = desk.ask("check", "reviews.csv", **wrong, **others).err
    meant = {
        "FTCLI_EPOCS": "FTCLI_EPOCHS",
        "FTCLI_LEARNING_RATE": "FTCLI_LR",
        "FTCLI_RDOP__ALPHA": "FTCLI_RDROP__ALPHA",
    }
    notes = [line for line in told.splitlines() if line.startswith("Note: ")]
    assert sorted(notes) == sorted(
        f"Note: {name}: there is no such setting; did you mean {near}?" for name, near in meant.items()
    )


def test_refused_run_leaves_nothing(desk):
    desk.train("--reinit", "--reinit-layers", 99, code=2)
    assert desk.files == set()


def test_more_steps_than_memory(desk):
    assert "--max-steps" in desk.train("--max-steps", 10**12, code=2).err


def test_more_threads_than_any_machine_has(desk):
    assert "--threads" in run_process(desk.folder, *desk.training, "--threads", 100_000, code=2).err


@pytest.mark.parametrize("option", ["--text-column", "--pair-column", "--label-column"])
def test_columns_do_not_go_with_a_known_task(desk, option):
    desk.ask("download", "demo", "--train-rows", 20, "--dev-rows", 10, "--test-rows", 10)
    assert option in desk.ask("train", "demo", option, "x", "--model", desk.model, "--dry-run", code=2).err


def test_a_file_full_of_wrong_settings_is_told_in_a_few_lines(desk):
    (desk.folder / "many.toml").write_text("".join(f"k{number} = 1\n" for number in range(5000)))
    message = desk.train("--config", "many.toml", code=2).message
    assert "'k9' in many.toml: there is no such setting" in message
    assert "and 4,990 more" in message
    assert len(message) < 1000


def test_a_file_that_is_not_there_is_no_unknown_task(desk):
    assert "nosuch.csv: no such file" in desk.ask("train", "nosuch.csv", code=1).message


def test_decimal_commas_are_one_error_of_a_check(desk):
    (desk.folder / "own.csv").write_text("text;label\n" + "".join(f"word {n};{n},5\n" for n in range(20)))
    answer = desk.ask("check", "own.csv", "--regression", "--json", code=1).json
    (error,) = [each for each in answer["findings"] if each["severity"] == "error"]
    assert error["count"] == 20
    assert "after a point" in error["hint"]
