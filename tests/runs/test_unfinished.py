from __future__ import annotations

from datetime import UTC, datetime

import pytest
from helpers import make_run

from ftcli.errors import RunError
from ftcli.runs.status import State
from ftcli.runs.study import write_study
from ftcli.runs.unfinished import find_started
from ftcli.settings.train import train_settings

EARLY, LATE = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 6))


def begin(path, seeds, *, finished=(), started=LATE):
    """A study of which some seeds have finished, and the others have not begun."""
    write_study(path, train_settings()(seeds=seeds), "cola", started=started)
    for seed in finished:
        make_run(path / f"seed-{seed}", seed=seed, state=State.FINISHED)


@pytest.mark.parametrize("reference", ["cola/study", "study", "latest"])
def test_a_study_that_was_stopped_before_its_first_run_is_found(tmp_path, reference):
    begin(tmp_path / "cola" / "study", "1,2")
    make_run(tmp_path / "cola" / "other")
    assert find_started(reference, tmp_path) == tmp_path / "cola" / "study"


def test_a_study_that_lacks_a_run_is_what_is_to_go_on(tmp_path):
    begin(tmp_path / "cola" / "part", "1,2", finished=[1], started=EARLY)
    begin(tmp_path / "cola" / "whole", "1,2", finished=[1, 2])
    assert find_started("latest", tmp_path) == tmp_path / "cola" / "part"


def test_a_whole_reference_comes_before_the_end_of_one(tmp_path):
    for place in ("study", "cola/study"):
        begin(tmp_path / place, "1,2")
    assert find_started("study", tmp_path) == tmp_path / "study"


def test_a_damaged_study_does_not_hide_the_others(tmp_path):
    begin(tmp_path / "a", "1,2")
    begin(tmp_path / "b", "1,2")
    (tmp_path / "b" / "study.toml").write_text("[")
    assert find_started("latest", tmp_path) == tmp_path / "a"


def test_there_must_be_one(tmp_path):
    with pytest.raises(RunError, match="no run in"):
        find_started("latest", tmp_path)
