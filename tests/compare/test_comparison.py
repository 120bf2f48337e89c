from __future__ import annotations

import json
import subprocess
import sys

import pytest
from helpers import make_run, write_evaluation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ftcli.compare.compare import compare
from ftcli.errors import RunError
from ftcli.runs.files import write_json
from ftcli.runs.folder import RunFolder
from ftcli.runs.status import State


def only_table(path):
    (table,) = compare([path]).tables
    return table


def only_group(path):
    (group,) = only_table(path).groups
    return group


def test_group_of_seeds(tmp_path):
    for seed, score in [(3, 0.6), (1, 0.2), (2, 0.4)]:
        make_run(tmp_path / f"seed-{seed}", seed=seed, score=score, train_seconds=seed * 10.0)
    table = only_table(tmp_path)
    (group,) = table.groups
    assert (table.task, table.split, table.metric, table.notes) == ("cola", "dev", "matthews_correlation", [])
    assert (group.label, group.recipe, group.settings) == ("baseline", [], {})
    assert (group.seeds, group.scores) == ([1, 2, 3], [0.2, 0.4, 0.6])
    assert group.mean == pytest.approx(0.4)
    assert group.standard_deviation == pytest.approx(0.2)
    assert (group.best, group.worst, group.median) == (0.6, 0.2, 0.4)
    assert group.metrics == {"matthews_correlation": pytest.approx(0.4), "accuracy": pytest.approx(0.8)}
    assert (group.majority, group.examples, group.train_seconds, group.failures) == (0.0, 100, 20.0, 0)
    assert [run.path for run in group.runs] == [tmp_path / f"seed-{seed}" for seed in (1, 2, 3)]


def test_every_way_to_end_is_counted(tmp_path):
    make_run(tmp_path / "whole", seed=1, score=0.6)
    make_run(tmp_path / "collapsed", seed=2, score=0.0, collapsed=True)
    for seed, state in enumerate(
        [State.DIVERGED, State.FAILED, State.INTERRUPTED, State.RUNNING, State.STOPPED], start=3
    ):
        make_run(
            tmp_path / state, seed=seed, state=state, score=0.9, collapsed=state is State.DIVERGED
        )  # a score of an unfinished run is none
    group = only_group(tmp_path)
    assert group.counts.model_dump() == {
        "finished": 2,
        "collapsed": 1,
        "exploded": 0,
        "diverged": 1,
        "failed": 1,
        "interrupted": 1,
        "stopped": 1,
        "running": 1,
    }
    assert group.failures == 2
    assert (group.seeds, group.scores, group.mean) == ([1, 2], [0.6, 0.0], 0.3)
    assert [run.score for run in group.runs] == [0.6, 0.0, *[None] * 5]
    assert [run.collapsed for run in group.runs] == [False, True, *[False] * 5]


def test_group_in_which_all_failed_has_no_scores(tmp_path):
    make_run(tmp_path / "a", state=State.DIVERGED, score=None)
    table = only_table(tmp_path)
    assert table.metric is None
    assert (table.groups[0].mean, table.groups[0].majority, table.groups[0].examples) == (None, None, None)
    assert (table.groups[0].failures, table.groups[0].train_seconds, table.groups[0].metrics) == (1, None, {})


def test_groups_of_a_task_are_one_table_from_simple_to_rich(tmp_path):
    make_run(tmp_path / "a", recipe={"rdrop": {"alpha": 1.0}, "swa": {}})
    make_run(tmp_path / "b", recipe={"swa": {}})
    make_run(tmp_path / "c")
    make_run(tmp_path / "d", lr=2e-5, recipe={"rdrop": {"alpha": 1.0}})
    table = only_table(tmp_path)
    assert [group.label for group in table.groups] == ["baseline", "rdrop", "swa", "rdrop + swa"]
    assert [group.settings for group in table.groups] == [{"lr": 1e-4}, {"lr": 2e-5}, {"lr": 1e-4}, {"lr": 1e-4}]


def test_data_that_changed_between_runs_is_told(tmp_path):
    """Checksums of other data: a smaller train set has another one, and nothing has changed."""
    for seed, (size, checksum) in enumerate([(None, "a"), (None, "a"), (100, "b")]):
        make_run(tmp_path / f"{seed}", seed=seed, train_size=size).update_status(data=checksum)
    assert not any("changed" in note for note in only_table(tmp_path).notes)
    make_run(tmp_path / "later", recipe={"swa": {}}, train_size=None).update_status(data="c")
    assert "The files of the data changed between these runs (baseline (no train_size); swa)" in " ".join(
        only_table(tmp_path).notes
    )


def test_unequal_seeds_are_told_where_runs_collapse(tmp_path):
    for seed in range(10):
        make_run(tmp_path / f"b{seed}", seed=seed)
    for seed in range(5):
        make_run(tmp_path / f"s{seed}", seed=seed, recipe={"swa": {}})
    assert not any("collapsed" in note for note in only_table(tmp_path).notes)
    make_run(tmp_path / "b10", seed=10, collapsed=True)
    assert any("Some runs collapsed, and recipes have 5 to 11 seeds" in note for note in only_table(tmp_path).notes)


def test_tasks_have_tables_of_their_own(tmp_path):
    make_run(tmp_path / "a", task="rte", score=0.7, evaluation={"metric": "accuracy", "examples": 277})
    make_run(tmp_path / "b", task="cola")
    comparison = compare([tmp_path])
    assert [(table.task, table.metric) for table in comparison.tables] == [
        ("cola", "matthews_correlation"),
        ("rte", "accuracy"),
    ]
    assert [table.notes for table in comparison.tables] == [[], []]


def test_run_reached_by_two_paths_counts_once(tmp_path):
    make_run(tmp_path / "a")
    assert len(compare([tmp_path, tmp_path / "a"]).tables[0].groups[0].runs) == 1


def test_repeated_seed_is_kept_and_noted(tmp_path):
    make_run(tmp_path / "a", seed=7)
    make_run(tmp_path / "a-2", seed=7)
    make_run(tmp_path / "b", seed=8)
    make_run(tmp_path / "b-2", seed=8, state=State.INTERRUPTED)
    table = only_table(tmp_path)
    assert table.groups[0].seeds == [7, 7, 8]
    (note,) = table.notes
    assert note == f"baseline: seed 7 counts 2 times ({tmp_path / 'a'}, {tmp_path / 'a-2'})."


def test_different_number_of_examples_is_noted(tmp_path):
    make_run(tmp_path / "a", evaluation={"examples": 100})
    make_run(tmp_path / "b", evaluation={"examples": 90}, recipe={"swa": {}})
    table = only_table(tmp_path)
    (note,) = table.notes
    assert "not all runs were judged on the same dev examples" in note.lower()
    assert "(baseline: 100; swa: 90)" in note
    assert [group.examples for group in table.groups] == [100, 90]


def test_different_examples_within_a_group_are_noted(tmp_path):
    make_run(tmp_path / "a", evaluation={"examples": 100})
    make_run(tmp_path / "b", seed=2, evaluation={"examples": 90})
    table = only_table(tmp_path)
    assert "(baseline: 90 or 100)" in table.notes[0]
    assert table.groups[0].examples is None


def test_as_many_but_other_examples_are_noted(tmp_path):
    make_run(tmp_path / "a", evaluation={"confusion": [[30, 0], [0, 70]]})  # the same labels, other predictions
    make_run(tmp_path / "b", seed=2)
    assert only_table(tmp_path).notes == []
    make_run(tmp_path / "c", seed=3, evaluation={"confusion": [[20, 11], [5, 64]]})
    assert "as many but not the same" in only_table(tmp_path).notes[0]


@pytest.mark.parametrize(("most", "least"), [("accuracy", "f1"), ("f1", "accuracy")])
def test_all_scores_of_a_table_are_of_the_metric_most_used(tmp_path, most, least):
    for seed, metric in enumerate([most, least, most], start=1):
        values = {most: seed / 10, least: 0.9}
        make_run(tmp_path / str(seed), seed=seed, evaluation={"metric": metric, "metrics": values})
    table = only_table(tmp_path)
    assert table.metric == most
    assert table.groups[0].scores == [0.1, 0.2, 0.3]
    assert f"(1 by {least})" in table.notes[0]


@pytest.mark.parametrize("score", ["absent", None])
def test_finished_run_without_score_is_noted(tmp_path, score):
    make_run(tmp_path / "a", seed=1)
    run = make_run(tmp_path / "b", seed=2, score=None)
    if score is None:
        write_evaluation(run, score=None)
    table = only_table(tmp_path)
    assert table.groups[0].seeds == [1]
    assert table.notes == [f"baseline: finished without a matthews_correlation, so not in the mean: {tmp_path / 'b'}."]


@pytest.mark.parametrize("file", ["settings.toml", "status.json"])
def test_run_that_never_started_is_left_out_and_noted(tmp_path, file):
    make_run(tmp_path / "a")
    (make_run(tmp_path / "b", seed=2).path / file).unlink()
    comparison = compare([tmp_path])
    assert comparison.tables[0].groups[0].seeds == [1]
    assert comparison.notes == [f"Left out, for it never started: {tmp_path / 'b'}."]


def test_only_runs_that_never_started_are_no_runs(tmp_path):
    make_run(tmp_path / "a").status.unlink()
    with pytest.raises(RunError, match="no runs in"):
        compare([tmp_path])


def test_path_without_runs_is_an_error(tmp_path):
    make_run(tmp_path / "runs" / "a")
    (tmp_path / "empty").mkdir()
    with pytest.raises(RunError, match=r"empty\nRun: ftcli train"):
        compare([tmp_path / "runs", tmp_path / "empty"])
    with pytest.raises(RunError, match="absent does not exist"):
        compare([tmp_path / "runs", tmp_path / "absent"])


@pytest.mark.parametrize("file", ["settings.toml", "status.json", "evaluations/dev.json"])
def test_a_damaged_run_is_left_out_by_name(tmp_path, file):
    make_run(tmp_path / "whole")
    (make_run(tmp_path / "damaged", seed=2).path / file).write_text("{")
    comparison = compare([tmp_path])
    assert comparison.tables[0].groups[0].seeds == [1]
    (note,) = comparison.notes
    assert note.startswith("Left out, for it can't be read: ")
    assert str(tmp_path / "damaged" / file) in note


def test_where_every_run_is_damaged_each_is_named(tmp_path):
    for name in ("a", "b"):
        (make_run(tmp_path / name).path / "status.json").write_text("{")
    with pytest.raises(RunError, match=r"(?s)to compare.*a/status\.json.*b/status\.json"):
        compare([tmp_path])


def test_baselines_of_folds_are_means_as_the_scores_are(tmp_path):
    for fold, majority in [(1, 0.5), (2, 0.7)]:
        run = make_run(tmp_path / f"fold-{fold}", fold=fold, folds=2)
        found = run.score("dev")
        write_json(run.evaluation("dev"), found.model_dump() | {"majority": {found.metric: majority}})
    assert only_group(tmp_path).majority == pytest.approx(0.6)


def test_report_is_strict_json(tmp_path):
    make_run(tmp_path / "a", train_seconds=1.0, recipe={"rdrop": {"alpha": float("inf")}}, lr=float("nan"))
    make_run(tmp_path / "b", recipe={"rdrop": {"alpha": 1.0}}, state=State.DIVERGED, score=None)

    def refuse(word):
        raise AssertionError(word)

    comparison = compare([tmp_path])
    report = json.loads(comparison.model_dump_json(), parse_constant=refuse)
    assert set(report) == {"tables", "notes"}
    group = next(each for each in report["tables"][0]["groups"] if each["scores"])
    assert group["metrics"]["accuracy"] == 0.8
    assert group["counts"]["finished"] == 1
    assert group["standard_deviation"] is None
    assert group["runs"][0]["path"] == str(tmp_path / "a")


def test_settings_of_any_shape_are_compared(tmp_path):
    for name, text in [("a", ""), ("b", 'strategy = "x"\nseed = "y"'), ("c", "strategy = [1, {a = 2}]\ntask = 3")]:
        make_run(tmp_path / name).settings.write_text(text)
    assert sum(len(table.groups) for table in compare([tmp_path]).tables) == 3


toml_values = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text() | st.datetimes() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
keys = st.sampled_from(["task", "seed", "strategy", "lr", "rdrop"])


@given(contents=st.lists(st.dictionaries(keys, toml_values, max_size=4), min_size=1, max_size=3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
def test_no_settings_break_the_comparison(tmp_path_factory, contents):
    folder = tmp_path_factory.mktemp("runs")
    for number, content in enumerate(contents):
        run = RunFolder.create(folder / str(number), content)
        write_evaluation(run, score=0.5)
        run.write_status(run.read_status().ending(State.FINISHED))
    comparison = compare([folder])
    json.loads(comparison.model_dump_json())
    assert sum(len(group.runs) for table in comparison.tables for group in table.groups) == len(contents)


def test_comparison_needs_no_torch(tmp_path):
    make_run(tmp_path / "a")
    code = (
        "import sys; from pathlib import Path; from ftcli.compare.compare import compare;"
        "compare([Path(sys.argv[1])]).model_dump_json();"
        "heavy = {'torch', 'transformers', 'sklearn', 'scipy', 'typer', 'rich'} & set(sys.modules);"
        "print(sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
