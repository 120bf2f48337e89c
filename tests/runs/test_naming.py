from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ftcli.errors import UsageError
from ftcli.runs.naming import folder_name, name_for, resolve_output

NASTY = [
    "../x",
    "..",
    ".",
    "/etc",
    "a/b",
    "a\\b",
    "a\0b",
    "\n",
    "",
    " ",
    "~",
    "x" * 300,
    "é" * 200,
    "\udcff",
    "..\u2028",
]


def test_name_tells_recipe_and_seed():
    assert name_for([], 1) == "baseline-seed1"
    assert name_for(["layerwise_lrd", "rdrop"], 42) == "layerwise_lrd+rdrop-seed42"


def test_long_recipe_still_gives_a_name_with_its_seed():
    name = name_for([f"strategy_{number}" for number in range(100)], 2**63 - 1)
    assert name.endswith(f"-seed{2**63 - 1}")
    assert folder_name(name) == name
    assert len(name) < 255


@pytest.mark.parametrize(("text", "name"), [("cola", "cola"), ("My-Task_2.0", "My-Task_2.0"), ("日本語", "日本語")])
def test_harmless_task_is_its_folder(text, name):
    assert folder_name(text) == name


def test_run_goes_below_its_task(tmp_path):
    assert resolve_output(tmp_path, "cola", None, "baseline-seed1") == tmp_path / "cola" / "baseline-seed1"


def test_taken_default_names_are_numbered(tmp_path):
    (tmp_path / "cola" / "x").mkdir(parents=True)
    assert resolve_output(tmp_path, "cola", None, "x") == tmp_path / "cola" / "x-2"
    (tmp_path / "cola" / "x-2").touch()
    assert resolve_output(tmp_path, "cola", None, "x") == tmp_path / "cola" / "x-3"
    (tmp_path / "cola" / "x-3").symlink_to("nowhere")
    assert resolve_output(tmp_path, "cola", None, "x") == tmp_path / "cola" / "x-4"
    assert resolve_output(tmp_path, "rte", None, "x") == tmp_path / "rte" / "x"


def test_given_name_is_never_numbered(tmp_path):
    (tmp_path / "cola" / "mine").mkdir(parents=True)
    assert resolve_output(tmp_path, "cola", "mine", "x") == tmp_path / "cola" / "mine"


@pytest.mark.parametrize("output", ["./mine", "a/b", "/tmp/mine", "../mine", ".", ".."])
def test_path_is_taken_as_it_is(output):
    assert resolve_output(Path("runs"), "cola", output, "x") == Path(output)


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("a\nb", "control"),
        ("a\0b", "control"),
        ("./a\x1b[31m", "control"),
        ("a\u2028b", "control"),
        ("a\udcff", "control"),
        (".hidden", "hidden"),
        ("...", "hidden"),
        ("x" * 256, "longer"),
        ("a/" + "é" * 200, "longer"),
    ],
)
def test_what_cannot_be_a_name_is_refused(output, reason):
    with pytest.raises(UsageError, match=reason):
        resolve_output(Path("runs"), "cola", output, "x")


nasty_text = st.text(max_size=300) | st.sampled_from(NASTY) | st.text(alphabet="./\\ \0\n~-", max_size=8)


@given(task=nasty_text, output=st.none() | nasty_text, name=nasty_text)
@example(task="..", output=None, name="..")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_nothing_but_a_path_leaves_the_folder_of_runs(tmp_path, task, output, name):
    try:
        path = resolve_output(tmp_path, task, output, name)
    except UsageError:
        assert output is not None
        return
    if output is not None and (os.sep in output or output in {".", ".."}):
        assert path == Path(output)
        return
    assert path.parent.parent == tmp_path
    assert path.resolve().parent.parent == tmp_path.resolve()
    assert not path.name.startswith(".")
    assert not path.parent.name.startswith(".")
    path.mkdir(parents=True, exist_ok=True)


@given(recipe=st.lists(nasty_text, max_size=5), seed=st.integers(0, 2**63 - 1))
def test_any_recipe_gives_one_visible_name(recipe, seed):
    name = name_for(recipe, seed)
    assert Path(name).name == name
    assert not name.startswith(".")
    assert len(name.encode()) <= 255
