"""The list of all runs: what is remembered of them holds only as long as they are as they were."""

from __future__ import annotations

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from helpers import make_run, write_evaluation

from ftcli.runs import index
from ftcli.runs.folder import RunFolder
from ftcli.runs.index import INDEX, list_runs
from ftcli.runs.status import State


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Five runs that have been as they are for long, listed before."""
    monkeypatch.setattr(index, "FEWEST", 3)
    for number in range(5):
        run = make_run(tmp_path / f"cola/study/seed-{number}", score=number / 10)
        for path in (*run.path.rglob("*"), run.path):
            os.utime(path, (1_000_000_000, 1_000_000_000))
    list_runs(tmp_path)
    assert (tmp_path / INDEX).is_file()
    return tmp_path


def states(root):
    return {Path(path).name: (facts.state, facts.score) for path, facts in list_runs(root)}


def sizes(root):
    return {Path(path).name: facts.bytes for path, facts in list_runs(root)}


@pytest.fixture
def reads(monkeypatch):
    """The runs that are read, and not taken from the file."""
    seen, inner = [], RunFolder.read_status
    monkeypatch.setattr(RunFolder, "read_status", lambda self: (seen.append(self.name), inner(self))[1])
    return seen


def test_what_has_not_changed_is_not_read_again(runs, reads):
    found = list_runs(runs)
    assert reads == []
    shutil.rmtree(runs / "cola/study/seed-1")
    (runs / INDEX).unlink()
    assert [each for each in found if not each[0].endswith("seed-1")] == list_runs(runs)
    assert len(reads) == 4


def test_a_run_that_goes_on_is_read_again(runs, reads):
    run = RunFolder(runs / "cola/study/seed-3")
    run.update_status(state=State.FAILED)
    reads.clear()
    assert states(runs)["seed-3"] == ("failed", 0.3)
    assert reads == ["seed-3"]


def test_a_score_written_in_place_within_the_same_moment_is_seen(runs):
    run = RunFolder(runs / "cola/study/seed-3")
    old = run.evaluation("dev").stat()
    write_evaluation(run, score=0.75)
    os.utime(run.evaluation("dev"), ns=(old.st_atime_ns, old.st_mtime_ns + 1))
    assert states(runs)["seed-3"] == ("finished", 0.75)


def test_what_changed_just_now_is_not_remembered(runs, reads):
    """Its time would not show a second change within the clock's resolution."""
    make_run(runs / "cola/study/seed-9")
    reads.clear()
    list_runs(runs)
    list_runs(runs)
    assert reads == ["seed-9", "seed-9"]


def test_runs_that_come_and_go(runs, reads):
    shutil.rmtree(runs / "cola/study/seed-0")
    shutil.move(runs / "cola/study/seed-1", runs / "cola/moved")
    assert sorted(states(runs)) == ["moved", "seed-2", "seed-3", "seed-4"]
    assert "seed-0" not in (runs / INDEX).read_text()


def test_sizes_follow_what_is_added(runs):
    before = sizes(runs)
    (runs / "cola/study/seed-2/model").mkdir()
    (runs / "cola/study/seed-2/model/model.safetensors").write_bytes(b"x" * 1000)
    assert sizes(runs)["seed-2"] == before["seed-2"] + 1000


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", "\x00\xff", '{"cola/study/seed-1": {}}', '{"cola/study/seed-1": 1}', "[" * 10_000],
)
def test_a_damaged_file_is_written_anew(runs, content):
    expected = states(runs)
    (runs / INDEX).write_text(content, encoding="latin-1")
    assert states(runs) == expected
    assert len(json.loads((runs / INDEX).read_text())) == 5


def test_a_file_that_lies_about_runs_is_not_believed(runs):
    said = json.loads((runs / INDEX).read_text())
    for facts in said.values():
        facts |= {"score": 1.0, "stamp": "0" * 32}
    said["../elsewhere"] = {**next(iter(said.values())), "score": 1.0}
    (runs / INDEX).write_text(json.dumps(said))
    assert states(runs) == {f"seed-{number}": ("finished", number / 10) for number in range(5)}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_can_only_be_read_is_listed(runs):
    expected = states(runs)
    (runs / INDEX).unlink()
    runs.chmod(0o500)
    try:
        assert states(runs) == expected
    finally:
        runs.chmod(0o700)


def test_a_few_runs_need_no_file(tmp_path):
    make_run(tmp_path / "a")
    list_runs(tmp_path)
    assert not (tmp_path / INDEX).exists()


def test_many_may_list_at_once(runs):
    expected = list_runs(runs)
    (runs / INDEX).unlink()
    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(list_runs, [runs] * 40):
            assert found == expected
    assert len(json.loads((runs / INDEX).read_text())) == 5
    assert not list(runs.glob(".partial-*"))
