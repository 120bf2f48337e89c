from __future__ import annotations

from datetime import UTC, datetime

import pytest
from helpers import make_run

from ftcli.errors import RunError
from ftcli.runs.status import State
from ftcli.runs.study import write_study
from ftcli.runs.unfinished import find_started
from ftcli.settings.train import train_settings

EARLY, LATE, LATEST = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 6, 9))


def run_of(path, started, state=State.FINISHED):
    run = make_run(path, state=state)
    run.write_status(run.read_status().model_copy(update={"started": started}))


def begin(path, *, finished=(), started=LATE, soup=None):
    """A study of the seeds 1 and 2, of which some have finished, and the others have not begun."""
    write_study(path, train_settings()(seeds="1,2", soup=soup), "cola", started=started)
    for seed in finished:
        run_of(path / f"seed-{seed}", started)


@pytest.mark.parametrize("reference", ["cola/study", "study", "latest"])
def test_a_study_that_was_stopped_before_its_first_run_is_found(tmp_path, reference):
    begin(tmp_path / "cola" / "study")
    make_run(tmp_path / "cola" / "other")
    assert find_started(reference, tmp_path) == tmp_path / "cola" / "study"


def test_a_study_that_lacks_a_run_is_what_is_to_go_on(tmp_path):
    begin(tmp_path / "cola" / "part", finished=[1], started=EARLY)
    begin(tmp_path / "cola" / "whole", finished=[1, 2])
    assert find_started("latest", tmp_path) == tmp_path / "cola" / "part"


@pytest.mark.parametrize("state", [None, State.INTERRUPTED])
def test_so_is_one_that_lacks_its_soup(tmp_path, state):
    begin(tmp_path / "part", finished=[1, 2], started=EARLY, soup="uniform")
    if state:
        run_of(tmp_path / "part" / "soup", LATE, state)
    begin(tmp_path / "whole", finished=[1, 2])
    assert find_started("latest", tmp_path) == tmp_path / "part"


def test_so_is_one_whose_runs_are_those_that_it_was_to_replace(tmp_path):
    begin(tmp_path / "new", finished=[1, 2], started=EARLY)
    write_study(tmp_path / "new", train_settings()(seeds="1,2"), "cola", started=LATE)
    begin(tmp_path / "whole", finished=[1, 2], started=LATEST)
    assert find_started("latest", tmp_path) == tmp_path / "new"


def test_a_run_of_another_seed_is_none_of_its_runs(tmp_path):
    begin(tmp_path / "whole", finished=[1, 2])
    run_of(tmp_path / "whole" / "seed-3", LATE, State.INTERRUPTED)
    begin(tmp_path / "later", finished=[1, 2], started=LATEST)
    assert find_started("latest", tmp_path) == tmp_path / "later"


@pytest.mark.parametrize("kind", ["study", "run"])
def test_a_name_that_could_be_any_of_several_is_refused(tmp_path, kind):
    begin(tmp_path / "cola" / "study")
    begin(tmp_path / "rte" / "study") if kind == "study" else make_run(tmp_path / "rte" / "study")
    with pytest.raises(RunError, match="'study' could be any"):
        find_started("study", tmp_path)


def test_a_misspelt_study_brings_a_suggestion(tmp_path):
    begin(tmp_path / "cola" / "study")
    with pytest.raises(RunError, match="did you mean 'cola/study'"):
        find_started("cola/stduy", tmp_path)


def test_a_whole_reference_comes_before_the_end_of_one(tmp_path):
    for place in ("study", "cola/study"):
        begin(tmp_path / place)
    assert find_started("study", tmp_path) == tmp_path / "study"


def test_a_damaged_study_does_not_hide_the_others(tmp_path):
    begin(tmp_path / "a")
    begin(tmp_path / "b")
    (tmp_path / "b" / "study.toml").write_text("[")
    assert find_started("latest", tmp_path) == tmp_path / "a"


def test_there_must_be_one(tmp_path):
    with pytest.raises(RunError, match="no run in"):
        find_started("latest", tmp_path)
