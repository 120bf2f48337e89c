"""What the page says, without a browser."""

from __future__ import annotations

import json
import re

import pytest
from helpers import make_run
from made import make_study

from ftcli.compare.compare import compare
from ftcli.errors import RunError
from ftcli.page.evidence import gather
from ftcli.page.examples import always_wrong, disagreed
from ftcli.page.page import render
from ftcli.page.svg import colour


def only_table(path):
    (table,) = compare([path]).tables
    return table


def test_the_verdict_comes_first(page):
    text = page.read_text(encoding="utf-8")
    assert text.index('class="verdict better"') < text.index("<svg")


def test_nothing_is_loaded_from_elsewhere(page):
    text = page.read_text(encoding="utf-8")
    assert not re.findall(r'(?:src|href)="(?!#|data:)[^"]*"', text)
    assert "default-src 'none'" in text


def test_what_comes_from_outside_is_escaped(page):
    text = page.read_text(encoding="utf-8")
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_names_are_escaped_in_plots_too(tmp_path):
    make_run(tmp_path / "a", task="<b>t</b>", lr='"><script>x</script>')
    make_run(tmp_path / "b", task="<b>t</b>", lr=1e-5, score=0.2)
    text = render(compare([tmp_path]), {})
    assert "<script>x" not in text
    assert "<b>t" not in text


def test_curves_are_means_over_the_runs(tmp_path):
    make_study(tmp_path, right=0.7, seeds=3)
    (found,) = gather(only_table(tmp_path))
    assert found.score.epochs.tolist() == [1, 2, 3]
    assert found.score.mean[2] == pytest.approx(found.group.mean)
    assert found.score.deviation[2] == pytest.approx(found.group.standard_deviation * (2 / 3) ** 0.5)


def test_calibration_is_that_of_scikit_learn(tmp_path):
    import numpy as np
    from sklearn.calibration import calibration_curve

    make_study(tmp_path, right=0.7, seeds=2)
    (found,) = gather(only_table(tmp_path))
    files = tmp_path.rglob("*predictions.jsonl")
    lines = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    confidence = np.array([line["probabilities"][line["prediction"]] for line in lines])
    right = np.array([line["label"] == line["prediction"] for line in lines])
    accuracy, mean_confidence = calibration_curve(right, confidence, n_bins=15)
    assert found.calibration.accuracy == pytest.approx(accuracy)
    assert found.calibration.confidence == pytest.approx(mean_confidence)
    counts = np.histogram(confidence, bins=15, range=(0, 1))[0]
    expected = np.abs(accuracy - mean_confidence) @ counts[counts > 0] / counts.sum()
    assert found.calibration.expected_error == pytest.approx(expected)


def test_of_several_labels_each_is_a_decision_with_a_confidence(tmp_path):
    made = {"metric": "micro_f1", "metrics": {"micro_f1": 0.5}, "confusion": None, "label_names": ["a", "b"]}
    run = make_run(tmp_path / "a", task="tags", evaluation=made)
    lines = [
        {"id": "1", "label": ["a"], "prediction": ["a", "b"], "probabilities": {"a": 0.92, "b": 0.65}},
        {"id": "2", "label": [], "prediction": [], "probabilities": {"a": 0.07, "b": 0.35}},
    ]
    run.predictions("dev").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    (found,) = gather(only_table(tmp_path))
    assert found.calibration.confidence == pytest.approx([0.65, 0.925])
    assert found.calibration.accuracy == pytest.approx([0.5, 1])
    assert found.calibration.expected_error == pytest.approx((0.15 + 0.075) / 2)
    assert found.wrong == {"1": 1, "2": 0}


def test_examples_that_every_run_gets_wrong_are_listed(tmp_path):
    make_study(tmp_path / "a", right=0.9)
    make_study(tmp_path / "b", right=0.8, recipe={"swa": {}})
    evidence = gather(only_table(tmp_path))
    hopeless = [each.id for each in always_wrong(evidence, {})]
    assert {f"dev-{number}" for number in range(5)} <= set(hopeless)
    for each in disagreed(evidence, {}):
        assert abs(each.wrong[0] - each.wrong[1]) >= 0.5


def test_the_likeliest_wrong_labels_come_first_with_what_the_runs_say(tmp_path):
    """Two examples that no run gets right: the runs are surer of the second."""
    for seed in (1, 2):
        lines = [
            {"id": "1", "label": "b", "prediction": "a", "probabilities": {"a": 0.6, "b": 0.4}},
            {"id": "2", "label": "b", "prediction": "a", "probabilities": {"a": 0.9 + seed / 100, "b": 0.1}},
        ]
        run = make_run(tmp_path / str(seed), seed=seed, evaluation={"label_names": ["a", "b"]})
        run.predictions("dev").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    first, second = always_wrong(gather(only_table(tmp_path)), {})
    assert [(each.id, each.said) for each in (first, second)] == [("2", "a"), ("1", "a")]
    assert first.confidence == pytest.approx(0.915)


def test_what_was_not_defined_in_an_epoch_is_left_out_of_its_curve(tmp_path):
    """A correlation of constants is null in metrics.jsonl, and so is a loss that is no number."""
    make_study(tmp_path, right=0.7, seeds=2)
    path = tmp_path / "seed-1" / "metrics.jsonl"
    entries = [json.loads(line) for line in path.read_text().splitlines()]
    entries[0] |= {"loss": None, "metrics": {"matthews_correlation": None}}
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
    (found,) = gather(only_table(tmp_path))
    other = [json.loads(line) for line in (tmp_path / "seed-2" / "metrics.jsonl").read_text().splitlines()]
    assert found.loss.mean[0] == other[0]["loss"]
    assert found.score.mean[0] == other[0]["metrics"]["matthews_correlation"]


def test_where_nothing_was_ever_defined_there_is_no_curve(tmp_path):
    make_study(tmp_path, right=0.7, seeds=1)
    path = tmp_path / "seed-1" / "metrics.jsonl"
    entries = [json.loads(line) | {"loss": None, "metrics": {}} for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
    assert "Learning curves" not in render(compare([tmp_path]), {})


def test_the_plots_are_there_as_numbers_too(tmp_path):
    make_study(tmp_path, right=0.7, seeds=2)
    (found,) = gather(only_table(tmp_path))
    text = render(compare([tmp_path]), {})
    (section,) = re.findall(r"<caption>Mean loss after each epoch</caption>.*?</table>", text, re.DOTALL)
    assert re.findall(r"<td>(.*?)</td>", section) == [f"{loss:.4f}" for loss in found.loss.mean]
    (section,) = re.findall(r"<caption>matthews_correlation of each run</caption>.*?</table>", text, re.DOTALL)
    assert [f"<td>{score:.4f}</td>" in section for score in found.group.scores] == [True, True]


def test_two_recipes_never_look_the_same():
    assert len({colour(place) for place in range(16)}) == 16


def test_a_run_without_predictions_or_curves_has_a_page(tmp_path):
    make_run(tmp_path / "a")
    text = render(compare([tmp_path]), {})
    assert "Nothing was tested" in text
    assert "Learning curves" not in text


def test_a_regression_has_a_page_without_confusion(tmp_path):
    run = make_run(
        tmp_path / "a",
        task="stsb",
        evaluation={"metric": "pearson", "metrics": {"pearson": 0.5}, "confusion": None, "label_names": []},
    )
    run.predictions("dev").write_text('{"id": "1", "label": 2.5, "prediction": 2.0}\n', encoding="utf-8")
    text = render(compare([tmp_path]), {})
    assert "Confusion" not in text
    assert "Wrong in every run" not in text


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("metrics.jsonl", '{"split": "dev"}'),
        ("evaluations/dev.predictions.jsonl", "["),
        (
            "evaluations/dev.predictions.jsonl",
            '{"id": "1", "label": 1, "prediction": ["a"], "probabilities": {"a": 0.5}}',
        ),
    ],
)
def test_a_damaged_file_is_named(tmp_path, file, text):
    make_run(tmp_path / "a")
    (tmp_path / "a" / file).write_text(text + "\n", encoding="utf-8")
    with pytest.raises(RunError, match=r"line 1: not a"):
        render(compare([tmp_path]), {})


def test_time_spent_is_that_of_the_runs_and_says_what_it_went_into(tmp_path):
    shares = {"step": 0.75, "evaluation": 0.25}
    for seed, seconds in ((1, 30.0), (2, 60.0)):
        run = make_run(tmp_path / str(seed), seed=seed, train_seconds=seconds)
        run.update_status(speed={"examples_per_second": seconds, "shares": shares})
    (found,) = gather(only_table(tmp_path))
    assert (found.times.of_run, found.times.of_all, found.times.examples_per_second) == (45.0, 90.0, 45.0)
    assert found.times.shares == shares
    text = render(compare([tmp_path]), {})
    assert "1 min 30 s" in text
    assert "75%" in text


@pytest.mark.parametrize("speed", [None, "fast", {"shares": 3}, {"shares": {"step": "much"}}])
def test_a_speed_that_is_none_is_left_out(tmp_path, speed):
    make_run(tmp_path / "a").update_status(speed=speed)
    (found,) = gather(only_table(tmp_path))
    assert (found.times.examples_per_second, found.times.shares) == (None, {})


def test_the_page_shows_what_the_test_found_and_the_best_of_several(page):
    text = page.read_text(encoding="utf-8")
    assert 'aria-label="Difference of each recipe to the baseline in matthews_correlation, with its interval"' in text
    assert 'aria-label="Expected best matthews_correlation of so many runs"' in text
    assert "The tests in numbers" in text


def test_what_more_examples_bring_is_told(tmp_path):
    for size, right in ((500, 0.6), (1000, 0.8)):
        make_study(tmp_path / str(size), right=right, train_size=size)
    text = render(compare([tmp_path]), {})
    assert "More examples for the baseline: from 500 to 1,000 a doubling brought +" in text


def test_a_race_says_how_many_finished_and_how_it_flatters(tmp_path):
    race = [{"step": 5, "steps": 10, "epoch": 1.0, "score": 0.5}]
    make_study(tmp_path / "race", right=0.7, seeds=2, race=race)
    make_run(tmp_path / "race/seed-9", seed=9, score=None, state="stopped", race=race)
    text = render(compare([tmp_path]), {})
    assert "<td>2 of 3</td>" in text
    assert "1 of 3 seeds were stopped early, so that it took 83% of the steps of all" in text
