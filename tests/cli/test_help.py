"""What costs no patience: help, lists and comparisons come without the heavy packages."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import typer
from helpers import make_run
from terminal import clean_environment, run

import ftcli
from ftcli.cli.app import build
from ftcli.cli.console import out
from ftcli.recipes.discovery import all_strategies

HEAVY = ["torch", "pyarrow", "transformers", "sklearn", "scipy", "tensorboard", "safetensors"]
COMMANDS = ["download", "check", "train", "eval", "predict", "export", "push", "compare", "strategies", "runs"]


def commands() -> dict[str, Any]:
    """The commands as Typer's own classes, which not all versions take from click."""
    group: Any = typer.main.get_command(build())
    return {name: group.get_command(None, name) for name in group.list_commands(None)}


def options_of(command: str) -> dict[str, Any]:
    options = [each for each in commands()[command].params if each.param_type_name == "option"]
    return {name: option for option in options for name in [*option.opts, *option.secondary_opts]}


def heavy_modules_after(folder, *arguments) -> tuple[str, str]:
    """Run a command to its end, and give the heavy packages that it has imported, and what it printed."""
    code = (
        "import sys\n"
        "from ftcli.__main__ import main\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stderr.strip(), done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        *(["--help"], ["train", "--help"], ["eval", "-h"], ["predict", "-h"], ["check", "--help"]),
        *(["download"], ["strategies"], ["runs", "list"], ["compare"]),
    ],
)
def test_no_heavy_package_is_imported(tmp_path, arguments):
    make_run(tmp_path / "runs" / "cola" / "baseline-seed1")
    imported, shown = heavy_modules_after(tmp_path, *arguments)
    assert imported == "[]"
    assert shown


def test_all_are_listed_without_the_packages_of_any(tmp_path):
    code = (
        "import sys; from ftcli.cli.app import build; build()(['--help'], standalone_mode=False); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    loaded = done.stdout.splitlines()[-1].split()
    assert "ftcli.cli.app" in loaded
    assert not [
        name for name in loaded if name.startswith(("pydantic", "numpy", "ftcli.settings", "ftcli.cli.commands."))
    ]


def test_commands_are_listed_in_the_order_of_their_use(tmp_path):
    shown = run(tmp_path, "--help").out
    places = [shown.index(f"│ {name} ") for name in COMMANDS]
    assert places == sorted(places)
    assert list(commands()) == COMMANDS


def test_version(tmp_path):
    assert run(tmp_path, "--version").out == f"ftcli {ftcli.__version__}\n"


def test_options_of_train_are_grouped_by_theme(tmp_path):
    shown = run(tmp_path, "train", "--help").out
    panels = ["Data", "Model", "Optimisation", "Run", *(f"Technique {name}" for name in all_strategies())]
    for panel in panels:
        assert f"─ {panel} ─" in shown


def test_option_stands_in_the_panel_of_its_theme():
    options = options_of("train")
    assert options["--train-file"].rich_help_panel == "Data"
    assert options["--model"].rich_help_panel == "Model"
    assert options["--max-length"].rich_help_panel == "Long texts"
    assert options["--warmup"].rich_help_panel == "Optimisation"
    assert options["--seed"].rich_help_panel == "Seeds"
    assert options["--rdrop-alpha"].rich_help_panel == "Technique rdrop"


@pytest.mark.parametrize("name", all_strategies())
def test_every_strategy_has_a_flag_and_its_options(name):
    options = options_of("train")
    flag = name.replace("_", "-")
    assert f"--{flag}" in options
    assert (f"--no-{flag}" in options) == (not all_strategies()[name].fallback)  # the default can't be switched off
    for field in all_strategies()[name].Settings.model_fields:
        assert f"--{flag}-{field.replace('_', '-')}" in options


@pytest.mark.parametrize("command", COMMANDS)
def test_everything_has_help(command):
    assert commands()[command].help
    for parameter in commands()[command].params:
        assert getattr(parameter, "help", None), parameter.name


def test_help_tells_defaults_and_choices(tmp_path):
    shown = run(tmp_path, "train", "--help", COLUMNS="250").out
    assert "[default: 0.9]" in shown
    assert "[default: 0.0001]" in shown
    assert "auto|cpu|cuda" in shown
    assert "--modeltype" in shown


def test_help_of_the_rate_tells_whose_it_is(tmp_path):
    shown = options_of("train")["--lr"].help
    assert "--layerwise-lrd" in shown
    assert "--grouped-layerwise-lrd" in shown


def test_list_of_strategies_names_each_with_what_it_excludes(tmp_path, monkeypatch):
    monkeypatch.setattr(out, "width", 80)
    listed = run(tmp_path, "strategies", "--json").json["strategies"]
    assert [each["name"] for each in listed] == list(all_strategies())
    assert {each["name"]: each["excludes"] for each in listed}["swa"] == ["recadam", "ema", "lawa"]
    shown = run(tmp_path, "strategies").out
    for each in listed:
        assert each["flag"] in shown
        assert each["title"]
        assert each["source"]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_list_of_strategies_says_in_whole_words_what_each_takes_and_excludes(tmp_path, monkeypatch, width):
    monkeypatch.setattr(out, "width", width)
    shown = run(tmp_path, "strategies").out
    assert max(len(line) for line in shown.splitlines()) <= width
    told = " ".join(shown.split())
    for each in all_strategies().values():
        assert each.title() in told
    assert "Takes 3 passes over each batch, 1 copy of the weights. Not with smart, fgm, pgd." in told
    assert "Takes 10 epochs before the main steps." in told


def test_one_strategy_is_explained_with_its_options(tmp_path):
    shown = run(tmp_path, "strategies", "layerwise-lrd").out
    assert "--layerwise-lrd-decay" in shown
    assert "lr * decay ** (L - l)" in shown
    assert "Excludes: grouped_layerwise_lrd" in shown
    assert "arxiv.org" in shown


def test_an_explanation_fills_the_lines_of_the_terminal_and_says_where_it_can_not_be_used(tmp_path, monkeypatch):
    monkeypatch.setattr(out, "width", 60)
    shown = run(tmp_path, "strategies", "layerwise-lrd").out
    assert max(len(line) for line in shown.splitlines()) <= 60
    monkeypatch.setattr(out, "width", 400)
    wide = run(tmp_path, "strategies", "layerwise-lrd").out
    assert "block l (1 at the bottom) has the rate lr * decay ** (L - l), the embeddings lr * decay ** L;" in wide
    assert "not for models whose layers share their weights" in wide
    assert "Only where each example has one class." in run(tmp_path, "strategies", "focal").out
    assert "Keeps the pretrained matrices, biases and norms as they are." in run(tmp_path, "strategies", "lora").out
    assert "Only where pretrained matrices are trained." in run(tmp_path, "strategies", "reinit").out
    assert "by Fisher information from an epoch before" in run(tmp_path, "strategies", "child-tuning").out
    assert "epochs before the main steps: 10" in run(tmp_path, "strategies", "tapt").out


def test_unknown_strategy_is_told_the_nearest(tmp_path):
    assert "did you mean 'mixout'?" in run(tmp_path, "strategies", "mixuot", code=2).err


def test_a_strategy_says_what_it_costs(tmp_path):
    assert "Passes over each batch: 4; copies of the weights kept: 0" in run(tmp_path, "strategies", "pgd").out
    (facts,) = run(tmp_path, "strategies", "pgd", "--json").json["strategies"]
    assert facts["cost"] == {"passes": 4, "copies": 0, "epochs": 0}
    assert not facts["classes_only"]


@pytest.mark.slow
@pytest.mark.parametrize("width", [50, 80, 120])
@pytest.mark.parametrize("command", COMMANDS[:-1])
def test_help_cuts_neither_names_nor_texts(tmp_path, monkeypatch, command, width):
    monkeypatch.setattr(out, "width", width)
    shown = run(tmp_path, command, "--help").out
    assert max(map(len, shown.splitlines())) <= width
    inside = " ".join(line.strip("│ ") for line in shown.splitlines())
    words = " ".join(inside.split())
    for name, parameter in options_of(command).items():
        if not parameter.hidden:
            assert f" {name}" in words
            assert parameter.help.replace("\\[", "[") in words
            assert f"─ {parameter.rich_help_panel or 'Options'} ─" in shown


@pytest.mark.parametrize(
    ("command", "where"),
    [
        (
            "train",
            "more.csv\ufffd. Files have options: --task-file, --train-file, --dev-file, --test-file.",
        ),
        ("eval", "too many arguments: more.csv\ufffd. Files have options: --file."),
        ("export", "too many arguments: more.csv\ufffd."),
    ],
)
def test_a_command_with_too_many_arguments_says_where_files_go(desk, command, where):
    assert where in desk.ask(command, "own.csv", "more.csv\x1b", code=2).message.replace("│", "")
