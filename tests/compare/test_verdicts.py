"""What compare says of studies: better, worse, or not proven, and why."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from helpers import make_run

from ftcli.compare.compare import compare
from ftcli.compare.export import as_csv, as_latex
from ftcli.compare.report import Verdict
from ftcli.errors import RunError, UsageError
from ftcli.runs.status import State
from ftcli.tasks.metrics import score

NAMES = ["unacceptable", "acceptable"]


def write_answers(run, labels, predictions):
    lines = [
        {"id": str(number), "label": NAMES[label], "prediction": NAMES[prediction]}
        for number, (label, prediction) in enumerate(zip(labels, predictions, strict=True))
    ]
    run.predictions("dev").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def make_study(path, *, right, seeds=8, examples=200, recipe=None, **settings):
    """Write runs that each answer a share of the examples rightly."""
    generator = np.random.default_rng(len(str(path)) + int(1000 * right))
    labels = np.random.default_rng(0).integers(2, size=examples)
    for seed in range(1, seeds + 1):
        predictions = np.where(generator.random(examples) < right, labels, 1 - labels)
        found = score("classification", labels, predictions)
        run = make_run(
            path / f"seed-{seed}",
            seed=seed,
            recipe=recipe,
            score=found["matthews_correlation"],
            evaluation={"examples": examples},
            **settings,
        )
        write_answers(run, labels, predictions)


def against(path, label="rdrop", **options):
    (table,) = compare([path], **options).tables
    return next(group.against for group in table.groups if group.label == label)


RDROP = {"rdrop": {"alpha": 1.0}}


def test_a_large_difference_is_proven_either_way(tmp_path):
    make_study(tmp_path / "base", right=0.6)
    make_study(tmp_path / "rdrop", right=0.85, recipe=RDROP)
    found = against(tmp_path)
    assert found.verdict is Verdict.BETTER
    assert found.low > 0
    assert found.examples_resampled
    assert found.almost_stochastic_order < 0.1
    reverse = against(tmp_path, "baseline", baseline="rdrop")
    assert (reverse.verdict, reverse.difference) == (Verdict.WORSE, -found.difference)


def test_no_difference_is_not_proven_and_says_what_would_settle_it(tmp_path):
    make_study(tmp_path / "base", right=0.70)
    make_study(tmp_path / "rdrop", right=0.71, recipe=RDROP)
    found = against(tmp_path)
    assert found.verdict is Verdict.NOT_PROVEN
    assert found.smallest_provable > abs(found.difference)
    assert found.seeds_to_prove is None or found.seeds_to_prove > 8


def test_four_seeds_are_too_few_for_whatever_difference(tmp_path):
    make_study(tmp_path / "base", right=0.55)
    make_study(tmp_path / "rdrop", right=0.95, seeds=4, recipe=RDROP)
    found = against(tmp_path)
    assert (found.verdict, found.p_value) == (Verdict.NOT_PROVEN, None)
    assert found.reason.startswith("too few seeds: 4")


def test_other_examples_prove_nothing(tmp_path):
    make_study(tmp_path / "base", right=0.55)
    make_study(tmp_path / "rdrop", right=0.95, examples=150, recipe=RDROP)
    found = against(tmp_path)
    assert (found.verdict, found.reason) == (Verdict.NOT_PROVEN, "they were not judged on the same examples")


def test_without_predictions_the_examples_are_taken_as_given(tmp_path):
    for seed in range(1, 7):
        make_run(tmp_path / f"b{seed}", seed=seed, score=0.1 + seed / 100)
        make_run(tmp_path / f"r{seed}", seed=seed, score=0.5 + seed / 100, recipe=RDROP)
    found = against(tmp_path)
    assert (found.verdict, found.examples_resampled) == (Verdict.BETTER, False)


def test_an_error_is_better_when_it_is_smaller(tmp_path):
    for seed in range(1, 7):
        make_run(
            tmp_path / f"b{seed}",
            seed=seed,
            score=0.5 + seed / 100,
            evaluation={"metric": "mse", "metrics": {"mse": 0.5 + seed / 100}},
        )
        make_run(
            tmp_path / f"r{seed}",
            seed=seed,
            score=0.1 + seed / 100,
            recipe=RDROP,
            evaluation={"metric": "mse", "metrics": {"mse": 0.1 + seed / 100}},
        )
    found = against(tmp_path)
    assert found.verdict is Verdict.BETTER
    assert found.difference < 0
    assert found.almost_stochastic_order == 0.0


def test_more_recipes_need_more_proof(tmp_path):
    make_study(tmp_path / "base", right=0.6)
    make_study(tmp_path / "rdrop", right=0.65, recipe=RDROP)
    alone = against(tmp_path)
    for number in range(3):
        make_study(tmp_path / f"other{number}", right=0.6, recipe={"swa": {"start": number / 10}})
    beside_others = against(tmp_path)
    assert beside_others.p_value == alone.p_value
    assert beside_others.adjusted_p_value >= alone.adjusted_p_value
    assert beside_others.smallest_provable > alone.smallest_provable


def test_a_recipe_that_diverged_is_not_called_better_without_saying_so(tmp_path):
    make_study(tmp_path / "base", right=0.6)
    make_study(tmp_path / "rdrop", right=0.85, recipe=RDROP)
    make_run(tmp_path / "lost", seed=9, recipe=RDROP, state=State.DIVERGED, score=None)
    assert "1 diverged and are left out" in against(tmp_path).reason


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
    make_study(tmp_path / "base", right=0.6, seeds=5)
    make_study(tmp_path / "rdrop", right=0.6, seeds=5, recipe=RDROP)
    damaged = tmp_path / "rdrop" / "seed-2" / "evaluations" / "dev.predictions.jsonl"
    damaged.write_text('{"id": "0", "label": "unacceptable", "prediction": "acceptable"}\n{"id": ', encoding="utf-8")
    with pytest.raises(RunError, match=r"dev.predictions.jsonl, line 2: not a prediction"):
        compare([tmp_path])


def test_the_tables_for_papers_and_spreadsheets_hold_the_same_numbers(tmp_path):
    make_study(tmp_path / "base", right=0.6, seeds=5)
    make_study(tmp_path / "rdrop", right=0.9, seeds=5, recipe=RDROP)
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
