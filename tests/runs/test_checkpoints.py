from __future__ import annotations

import pytest

from ftcli.runs.checkpoints import CheckpointStore


def fill(folder):
    (folder / "state").write_text(folder.name)


@pytest.fixture
def store(tmp_path):
    return CheckpointStore(tmp_path / "checkpoints")


def test_the_newest_two_are_kept(store):
    for step in (3, 6, 9):
        store.write(step, fill)
    assert store.steps == [9, 6]
    assert store.whole() == ([9, 6], [])


def test_one_that_fails_leaves_the_others_and_no_trace(store):
    def full(folder):
        fill(folder)
        raise OSError("full")

    store.write(3, fill)
    with pytest.raises(OSError, match="full"):
        store.write(6, full)
    assert [path.name for path in store.folder.iterdir()] == ["step-00000003"]


def test_the_same_step_can_be_written_again(store):
    store.write(3, fill)
    store.write(3, lambda folder: (folder / "state").write_text("new"))
    assert (store.path(3) / "state").read_text() == "new"
    assert store.whole() == ([3], [])


@pytest.mark.parametrize("harm", ["changed", "missing"])
def test_damage_is_named(store, harm):
    store.write(3, fill)
    store.write(6, fill)
    file = store.path(6) / "state"
    file.write_text("other") if harm == "changed" else file.unlink()
    whole, problems = store.whole()
    assert whole == [3]
    assert len(problems) == 1
    assert str(file) in problems[0]


def test_what_a_dead_process_left_goes_with_the_next(store):
    (store.folder / ".partial-0123456789abcdef").mkdir(parents=True)
    store.write(3, fill)
    assert [path.name for path in store.folder.iterdir()] == ["step-00000003"]


def test_newer_ones_do_not_crowd_out_those_of_a_training_that_starts_below_them(store):
    for step in (6, 9):
        store.write(step, fill)
    store.drop_after(0)
    store.write(3, fill)
    assert store.steps == [3]
