from __future__ import annotations

from pathlib import Path

import pytest
from helpers import make_run
from hypothesis import given
from hypothesis import strategies as st

from ftcli.errors import RunError
from ftcli.runs.catalogue import find_run, find_runs
from ftcli.runs.status import State
from ftcli.runs.study import write_study
from ftcli.settings.train import train_settings


@pytest.fixture
def runs(tmp_path):
    """Some runs, and around them what is none."""
    folder = tmp_path / "runs"
    make_run(folder / "cola" / "a", ended="2026-01-01T00:00:00Z")
    make_run(folder / "cola" / "b", ended="2026-01-03T00:00:00Z")
    make_run(folder / "rte" / "a", ended="2026-01-02T00:00:00Z")
    make_run(folder / "cola" / "study" / "seed-1", state=State.RUNNING)
    for junk in ["cola/a/model", "cola/a/checkpoints/step-1", "cola/a/evaluations", "cola/.old", ".hidden/x"]:
        make_run(folder / junk)
    (folder / "cola" / "link").symlink_to("a")
    (folder / "cola" / "notes.txt").touch()
    (folder / "cola" / "empty").mkdir()
    (folder / "rte" / "folder" / "settings.toml").mkdir(parents=True)
    return folder


def below(runs, found):
    return [str(run.path.relative_to(runs)) for run in found]


def test_all_runs_are_found_and_nothing_else(runs):
    assert below(runs, find_runs(runs)) == ["cola/a", "cola/b", "cola/study/seed-1", "rte/a"]


def test_parts_of_a_run_are_names_like_others_elsewhere(tmp_path):
    make_run(tmp_path / "evaluations" / "model")
    assert below(tmp_path, find_runs(tmp_path)) == ["evaluations/model"]


def test_roots_that_overlap_give_each_run_once(runs):
    assert below(runs, find_runs([runs / "cola" / "b", runs / "cola", runs])) == below(runs, find_runs(runs))


def test_run_itself_may_be_the_root(runs):
    assert below(runs, find_runs(runs / "rte" / "a")) == ["rte/a"]


def test_link_given_as_root_is_followed(runs, tmp_path):
    (tmp_path / "link").symlink_to(runs)
    assert len(find_runs(tmp_path / "link")) == 4


def test_run_reached_through_a_link_is_found_once(runs, tmp_path):
    (tmp_path / "link").symlink_to(runs)
    assert len(find_runs([runs, tmp_path / "link"])) == 4


def test_whole_reference_comes_before_the_end_of_one(runs):
    make_run(runs / "a")
    assert find_run("a", runs).path == runs / "a"


def test_nowhere_are_no_runs(tmp_path):
    assert find_runs(tmp_path / "absent") == []


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("b", "cola/b"),
        ("cola/a", "cola/a"),
        ("cola/a/", "cola/a"),
        ("rte/a", "rte/a"),
        ("seed-1", "cola/study/seed-1"),
        ("study/seed-1", "cola/study/seed-1"),
        (None, "cola/b"),
        ("latest", "cola/b"),
    ],
)
def test_run_is_found_by_reference(runs, reference, expected):
    assert find_run(reference, runs).path == runs / expected


def test_path_comes_before_name(runs, tmp_path, monkeypatch):
    make_run(tmp_path / "b")
    monkeypatch.chdir(tmp_path)
    assert find_run("b", runs).path == Path("b")
    assert find_run(str(runs / "rte" / "a"), Path("nowhere")).path == runs / "rte" / "a"


def test_relative_folder_of_runs(runs, monkeypatch):
    monkeypatch.chdir(runs)
    assert find_run("cola/b", Path()).path == Path("cola/b")
    monkeypatch.chdir(runs.parent)
    assert find_run("b", Path("./runs")).path == Path("runs/cola/b")


def test_ambiguous_name_lists_the_candidates(runs):
    with pytest.raises(RunError, match=r"'a' could be any") as caught:
        find_run("a", runs)
    assert str(runs / "cola" / "a") in caught.value.message
    assert str(runs / "rte" / "a") in caught.value.message


@pytest.mark.parametrize("reference", ["c", "", ".", "../runs/cola/a", "ola", "ola/a", "x" * 5000, "a\0"])
def test_unknown_name_tells_what_there_is(runs, reference):
    with pytest.raises(RunError, match="no run") as caught:
        find_run(reference, runs)
    assert "cola/b" in caught.value.hint


@pytest.mark.parametrize(
    ("reference", "meant"),
    [("study/seed1", "study/seed-1"), ("seed_1", "seed-1"), ("coal/a", "cola/a"), ("cola/study/seed-2", None)],
)
def test_a_name_with_a_slip_brings_a_suggestion(runs, reference, meant):
    with pytest.raises(RunError) as caught:
        find_run(reference, runs)
    assert (f"did you mean '{meant}'?" in caught.value.message) == (meant is not None)


def test_a_study_without_a_run_is_told_from_no_run(tmp_path):
    write_study(tmp_path / "cola" / "study", train_settings()(seeds="1,2"), "cola")
    with pytest.raises(RunError, match="cola/study has no run yet") as caught:
        find_run("study", tmp_path)
    assert "ftcli train --resume" in caught.value.hint


def test_long_list_of_what_there_is_is_cut(tmp_path):
    for number in range(8):
        make_run(tmp_path / f"run{number}")
    with pytest.raises(RunError, match="and 3 more"):
        find_run("absent", tmp_path)


@pytest.mark.parametrize("reference", [None, "latest", "cola/a"])
def test_without_runs_the_hint_is_to_train(tmp_path, reference):
    with pytest.raises(RunError, match="no ") as caught:
        find_run(reference, tmp_path)
    assert "ftcli train" in caught.value.hint


def test_latest_is_a_finished_run(runs):
    make_run(runs / "cola" / "c", state=State.DIVERGED, ended="2027-01-01T00:00:00Z")
    assert find_run(None, runs).path == runs / "cola" / "b"


def test_latest_compares_times_of_all_zones(runs):
    make_run(runs / "cola" / "c", ended="2026-01-02T23:30:00-02:00")
    make_run(runs / "cola" / "d", ended="2026-01-03T00:30:00")
    assert find_run(None, runs).path == runs / "cola" / "c"


def test_damaged_run_does_not_hide_the_latest(runs):
    make_run(runs / "cola" / "c").status.write_text("{")
    assert find_run(None, runs).path == runs / "cola" / "b"


@given(reference=st.text(max_size=20))
def test_any_reference_gives_a_run_or_a_run_error(tmp_path_factory, reference):
    with pytest.raises(RunError):
        find_run(reference, tmp_path_factory.getbasetemp() / "nowhere")


@pytest.mark.parametrize("by", ["path", "name", "end of name"])
def test_a_folder_of_runs_is_told_from_no_run(tmp_path, by):
    for seed in (1, 2):
        make_run(tmp_path / "cola" / "study" / f"seed-{seed}", seed=seed)
    reference = {"path": str(tmp_path / "cola" / "study"), "name": "cola/study", "end of name": "study"}[by]
    with pytest.raises(RunError, match=r"is a folder of 2 runs, and no run") as caught:
        find_run(reference, tmp_path)
    assert "study/seed-1" in (caught.value.hint or "")


def test_what_lies_in_a_folder_is_named_a_study_as_one(tmp_path):
    for name in ("group/baseline/seed-1", "group/baseline/seed-2", "group/alone"):
        make_run(tmp_path / name)
    (tmp_path / "group" / "baseline" / "study.toml").write_text("")
    with pytest.raises(RunError, match=r"'group' is a folder of 3 runs, and no run") as caught:
        find_run("group", tmp_path)
    assert f"{tmp_path}/group/alone, {tmp_path}/group/baseline;" in (caught.value.hint or "")
    with pytest.raises(RunError, match=r"a folder of 2 runs, the study .*group/baseline, and no run"):
        find_run("group/baseline", tmp_path)
