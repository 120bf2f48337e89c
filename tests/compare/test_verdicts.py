"""What compare says of studies: better, worse, or not proven, and why."""

from __future__ import annotations

import csv
import io

import pytest
from helpers import answer_alike, make_judged_study, make_run

from ftcli.compare.compare import compare
from ftcli.compare.export import as_csv, as_latex
from ftcli.compare.report import Verdict
from ftcli.errors import RunError, UsageError
from ftcli.runs.status import State


def against(path, label="rdrop", **options):
    (table,) = compare([path], **options).tables
    return next(group.against for group in table.groups if group.label == label)


RDROP = {"rdrop": {"alpha": 1.0}}


def test_a_large_difference_is_proven_either_way(tmp_path):
    make_judged_study(tmp_path / "base", right=0.6)
    make_judged_study(tmp_path / "rdrop", right=0.85, recipe=RDROP)
    found = against(tmp_path)
    assert found.verdict is Verdict.BETTER
    assert found.low > 0
    assert found.almost_stochastic_order < 0.1
    reverse = against(tmp_path, "baseline", baseline="rdrop")
    assert (reverse.verdict, reverse.difference) == (Verdict.WORSE, -found.difference)


def test_no_difference_is_not_proven_and_says_what_would_settle_it(tmp_path):
    make_judged_study(tmp_path / "base", right=0.70)
    make_judged_study(tmp_path / "rdrop", right=0.71, recipe=RDROP)
    found = against(tmp_path)
    assert found.verdict is Verdict.NOT_PROVEN
    assert found.smallest_provable > abs(found.difference)
    assert found.seeds_to_prove is None or found.seeds_to_prove > 8


def test_four_seeds_are_too_few_for_whatever_difference(tmp_path):
    make_judged_study(tmp_path / "base", right=0.55)
    make_judged_study(tmp_path / "rdrop", right=0.95, seeds=4, recipe=RDROP)
    found = against(tmp_path)
    assert (found.verdict, found.p_value) == (Verdict.NOT_PROVEN, None)
    assert found.reason.startswith("too few seeds: 4")


def test_other_examples_prove_nothing(tmp_path):
    make_judged_study(tmp_path / "base", right=0.55)
    make_judged_study(tmp_path / "rdrop", right=0.95, examples=150, recipe=RDROP)
    found = against(tmp_path)
    assert (found.verdict, found.reason) == (Verdict.NOT_PROVEN, "they were not judged on the same examples")


def test_runs_without_predictions_prove_nothing(tmp_path):
    """The test allows for other examples, which it can't without them."""
    make_judged_study(tmp_path / "base", right=0.55)
    make_judged_study(tmp_path / "rdrop", right=0.95, recipe=RDROP)
    (tmp_path / "base" / "seed-3" / "evaluations" / "dev.predictions.jsonl").unlink()
    found = against(tmp_path)
    assert (found.verdict, found.p_value) == (Verdict.NOT_PROVEN, None)
    assert found.reason.startswith("baseline has runs without predictions")


def test_a_baseline_without_predictions_stands_beside_other_sizes_of_dev(tmp_path):
    make_judged_study(tmp_path / "base", right=0.55)
    make_judged_study(tmp_path / "rdrop", right=0.95, recipe=RDROP)
    make_judged_study(tmp_path / "swa", right=0.95, examples=150, recipe={"swa": {}})
    for path in (tmp_path / "base").glob("*/evaluations/dev.predictions.jsonl"):
        path.unlink()
    assert against(tmp_path).verdict is against(tmp_path, "swa").verdict is Verdict.NOT_PROVEN


def test_one_seed_trained_often_is_one_seed(tmp_path):
    for copy in "abc":
        make_judged_study(tmp_path / copy / "base", right=0.55, seeds=2)
        make_judged_study(tmp_path / copy / "rdrop", right=0.95, seeds=2, recipe=RDROP)
    found = against(tmp_path)
    assert (found.verdict, found.p_value) == (Verdict.NOT_PROVEN, None)
    assert "more than one run of seed 1, 2" in found.reason


@pytest.mark.parametrize(("ours", "theirs"), [(5, 20), (7, 6), (20, 8)])
def test_the_same_score_everywhere_is_no_difference(tmp_path, ours, theirs):
    """Means of three tenths differ by a rounding, and a rounding over no deviation is a large t."""
    for seed in range(1, ours + 1):
        answer_alike(make_run(tmp_path / f"r{seed}", seed=seed, score=0.3, recipe=RDROP))
    for seed in range(1, theirs + 1):
        answer_alike(make_run(tmp_path / f"b{seed}", seed=seed, score=0.3))
    found = against(tmp_path)
    assert (found.verdict, found.p_value, found.difference) == (Verdict.NOT_PROVEN, 1.0, 0.0)


def test_an_error_is_better_when_it_is_smaller(tmp_path):
    for seed in range(1, 7):
        for name, error, recipe in [("b", 0.5, None), ("r", 0.1, RDROP)]:
            evaluation = {"metric": "mse", "label_names": []}
            path = tmp_path / f"{name}{seed}"
            run = make_run(path, seed=seed, score=error + seed / 100, recipe=recipe, evaluation=evaluation)
            answer_alike(run, values=True)
    found = against(tmp_path)
    assert found.verdict is Verdict.BETTER
    assert found.difference < 0
    assert found.almost_stochastic_order == 0.0


def test_more_recipes_need_more_proof(tmp_path):
    make_judged_study(tmp_path / "base", right=0.6)
    make_judged_study(tmp_path / "rdrop", right=0.65, recipe=RDROP)
    alone = against(tmp_path)
    for number in range(3):
        make_judged_study(tmp_path / f"other{number}", right=0.6, recipe={"swa": {"start": number / 10}})
    beside_others = against(tmp_path)
    assert beside_others.p_value == alone.p_value == alone.adjusted_p_value
    assert beside_others.adjusted_p_value == pytest.approx(4 * alone.p_value), "the smallest of four"
    assert beside_others.smallest_provable > alone.smallest_provable


def test_a_recipe_that_diverged_is_not_called_better_without_saying_so(tmp_path):
    make_judged_study(tmp_path / "base", right=0.6)
    make_judged_study(tmp_path / "rdrop", right=0.85, recipe=RDROP)
    make_run(tmp_path / "lost", seed=9, recipe=RDROP, state=State.DIVERGED, score=None)
    assert "1 diverged and left out, which flatters it" in against(tmp_path).reason


def test_nor_worse_than_a_baseline_that_diverged(tmp_path):
    make_judged_study(tmp_path / "base", right=0.85)
    make_judged_study(tmp_path / "rdrop", right=0.6, recipe=RDROP)
    make_run(tmp_path / "lost", seed=9, state=State.DIVERGED, score=None)
    found = against(tmp_path)
    assert found.verdict is Verdict.WORSE
    assert "1 of the baseline's diverged and left out, which flatters the baseline" in found.reason


def test_no_better_than_majority_is_a_failure(tmp_path):
    make_run(tmp_path / "a", seed=1, score=-0.1)
    make_run(tmp_path / "b", seed=2, score=0.2)
    (table,) = compare([tmp_path]).tables
    assert table.groups[0].failures == 1


def test_an_unknown_baseline_names_the_nearest(tmp_path):
    make_run(tmp_path / "a", recipe=RDROP)
    with pytest.raises(UsageError, match="did you mean 'rdrop'"):
        compare([tmp_path], baseline="rdrp")


def test_a_baseline_that_one_of_the_tasks_lacks_is_said(tmp_path):
    for name, task, recipe in [("a", "cola", RDROP), ("b", "cola", {}), ("c", "rte", {"swa": {}}), ("d", "rte", {})]:
        make_run(tmp_path / name, task=task, recipe=recipe)
    cola, rte = compare([tmp_path], baseline="rdrop").tables
    assert (cola.baseline, rte.baseline) == ("rdrop", None)
    assert "There is no recipe 'rdrop' here, so nothing was tested." in rte.notes
    with pytest.raises(UsageError, match=r"(?s)there is no recipe 'freeze'.*rdrop.*swa"):
        compare([tmp_path], baseline="freeze")


def test_without_a_plain_baseline_nothing_is_tested(tmp_path):
    make_run(tmp_path / "a", recipe=RDROP)
    make_run(tmp_path / "b", recipe={"swa": {}})
    (table,) = compare([tmp_path]).tables
    assert table.baseline is None
    assert "--baseline" in table.notes[-1]


def test_patterns_take_some_of_the_runs(tmp_path):
    for name in ("base/seed-1", "rdrop/seed-1", "swa/seed-1"):
        make_run(tmp_path / "cola" / name)
    (table,) = compare([tmp_path], ["*/base", "*/r*/*"]).tables
    assert {run.path.parent.name for group in table.groups for run in group.runs} == {"base", "rdrop"}
    with pytest.raises(RunError, match=r"no run in .* fits nothing"):
        compare([tmp_path], ["nothing*"])


def test_damaged_predictions_are_named(tmp_path):
    make_judged_study(tmp_path / "base", right=0.6, seeds=5)
    make_judged_study(tmp_path / "rdrop", right=0.6, seeds=5, recipe=RDROP)
    damaged = tmp_path / "rdrop" / "seed-2" / "evaluations" / "dev.predictions.jsonl"
    damaged.write_text('{"id": "0", "label": "unacceptable", "prediction": "acceptable"}\n{"id": ', encoding="utf-8")
    with pytest.raises(RunError, match=r"dev.predictions.jsonl, line 2: not a prediction"):
        compare([tmp_path])


def test_the_tables_for_papers_and_spreadsheets_hold_the_same_numbers(tmp_path):
    make_judged_study(tmp_path / "base", right=0.6, seeds=5)
    make_judged_study(tmp_path / "rdrop", right=0.9, seeds=5, recipe=RDROP)
    comparison = compare([tmp_path])
    rows = list(csv.DictReader(io.StringIO(as_csv(comparison))))
    group = comparison.tables[0].groups[1]
    assert [row["recipe"] for row in rows] == ["baseline", "rdrop"]
    assert float(rows[1]["mean"]) == group.mean
    assert (rows[1]["verdict"], rows[0]["verdict"]) == ("better", "")
    assert f"${group.against.difference:+.3f}$" in as_latex(comparison)


def test_names_from_outside_do_no_harm_in_tables(tmp_path):
    make_run(tmp_path / "a", task="=1+1 & \\input{x} 50%\n")
    comparison = compare([tmp_path])
    assert "'=1+1" in as_csv(comparison)
    latex = as_latex(comparison)
    assert latex.splitlines()[0].startswith("% =1+1 & \\input{x} 50%, dev")
    assert "\\input" not in "".join(latex.splitlines()[1:])
