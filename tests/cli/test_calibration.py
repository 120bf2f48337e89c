"""Probabilities that are what they say: calibration.json, ``--calibrated`` and ``--threshold``."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_softmax, logit, softmax
from sklearn.metrics import f1_score, log_loss
from terminal import LEARNING, contents, lines_of, reviews, tags, write_rows

pytestmark = pytest.mark.slow

RUN = "runs/reviews/baseline-seed2"
TEXTS = "".join(f"{text}\n" for text, _ in reviews(24, seed=1))


def calibration_of(run):
    return json.loads((run / "calibration.json").read_text())


def shares(answers):
    return np.array([list(answer["probabilities"].values()) for answer in answers])


def answered(run, split):
    """Probabilities and labels as the predictions of a split have them."""
    lines = lines_of(run / f"evaluations/{split}.predictions.jsonl")
    names = list(lines[0]["probabilities"])
    return shares(lines), np.array([names.index(line["label"]) for line in lines])


def best_temperature(probabilities, labels):
    """The same by other means: the logarithms of probabilities are logits too."""
    rows = np.arange(len(labels))

    def loss(temperature):
        return -log_softmax(np.log(probabilities) / temperature, axis=-1)[rows, labels].mean()

    return minimize_scalar(loss, bounds=(0.1, 10), method="bounded").x


def error_of(probabilities, labels):
    """The calibration error by its definition, bin by bin."""
    confidence, right = probabilities.max(-1), probabilities.argmax(-1) == labels
    total = 0.0
    for low in np.arange(15) / 15:
        inside = (confidence > low) & (confidence <= low + 1 / 15)
        total += abs(confidence[inside].sum() - right[inside].sum())
    return total / len(labels)


@pytest.fixture
def noisy(desk):
    """A desk whose labels are wrong here and there, so that there are errors to calibrate on."""
    for name, seed, rows in (("reviews.csv", 0, 60), ("dev.csv", 1, 24)):
        others = {"good": "bad", "bad": "good"}
        told = [
            (text, others[label] if row % 5 == 0 else label)
            for row, (text, label) in enumerate(reviews(rows, seed=seed))
        ]
        write_rows(desk.folder / name, told)
    return desk


def predicted(desk, *options, reference="latest"):
    answers = desk.ask("predict", reference, *options, stdin=TEXTS).out.splitlines()
    return [json.loads(line) for line in answers]


@pytest.mark.parametrize(
    ("steps", "options", "split"),
    [(70, [], "dev"), (110, ["--swa", "--swa-every", 1], "dev"), (70, ["--select-fraction", 0.4], "select")],
)
def test_the_weights_that_are_kept_are_calibrated_on_the_selection_set(noisy, steps, options, split):
    answer = noisy.train(*LEARNING, "--max-steps", steps, *options, "--json").json
    run = noisy.folder / answer["run"]
    if split == "select":
        noisy.ask("eval", "--split", "select")
    found = calibration_of(run)
    assert (found["fitted_on"], found["measured_on"]) == (split, "dev")
    assert found["temperature"] == pytest.approx(best_temperature(*answered(run, split)), rel=1e-3)
    assert 0.11 < found["temperature"] < 9.9
    assert found["loss_after"] <= found["loss_before"]
    probabilities, labels = answered(run, "dev")
    scaled = softmax(np.log(probabilities) / found["temperature"], axis=-1)
    assert found["expected_calibration_error_before"] == pytest.approx(error_of(probabilities, labels), abs=1e-4)
    assert found["expected_calibration_error_after"] == pytest.approx(error_of(scaled, labels), abs=1e-4)
    assert sum(each["examples"] for each in found["reliability_after"]) == 24
    assert {name: value for name, value in answer["calibration"].items() if value is not None} == found


def test_calibrated_answers_are_the_same_with_other_probabilities(desk_with_run):
    plain, calibrated = predicted(desk_with_run), predicted(desk_with_run, "--calibrated")
    temperature = calibration_of(desk_with_run.folder / RUN)["temperature"]
    assert temperature != pytest.approx(1, abs=0.05)
    np.testing.assert_allclose(shares(calibrated), softmax(np.log(shares(plain)) / temperature, axis=-1), atol=1e-4)
    assert [each["prediction"] for each in calibrated] == [each["prediction"] for each in plain]


def test_what_was_used_is_told(desk_with_run):
    desk, temperature = desk_with_run, calibration_of(desk_with_run.folder / RUN)["temperature"]
    desk.ask("eval", "--tune-threshold")
    threshold = calibration_of(desk.folder / RUN)["threshold"]
    moved = expit(logit(threshold) / temperature)
    for options, temperatures, used in (
        ([], None, None),
        (["--calibrated"], [temperature], None),
        (["--threshold", 0.3], None, 0.3),
        (["--calibrated", "--threshold", "tuned"], [temperature], moved),
    ):
        expected = {"temperatures": temperatures, "threshold": used and pytest.approx(used)}
        for command in (["eval"], ["predict", "--output", "answers.jsonl"]):
            answer = desk.ask(*command, *options, "--json", stdin=TEXTS)
            assert {name: answer.json[name] for name in expected} == expected
            assert "used:" not in answer.err
        for shown in (desk.ask("eval", *options).out, desk.ask("predict", *options, stdin=TEXTS).err):
            assert (f"Temperature used: {temperature:.4g}" in shown) == (temperatures is not None)
            assert ("Threshold used: " in shown) == (used is not None)
            assert used is None or f"Threshold used: {used:.4g}" in shown
            assert ("a threshold was tuned for this run" in shown) == (used is None and "Calibration: " not in shown)
            assert ("(on the calibrated probabilities)" in shown) == (temperatures is not None and used is not None)


def test_it_is_told_by_training_and_evaluation(desk_with_run, desk):
    for shown in (desk.train().out, desk_with_run.ask("eval").out):
        assert "Calibration: expected error 0." in shown
        assert "fitted on dev, this same set, which flatters" in shown
    answer = desk_with_run.ask("eval", "--split", "train", "--json").json["calibration"]
    assert answer["measured_on"] == "train"
    assert sum(each["examples"] for each in answer["reliability_before"]) == 48


def test_a_tuned_threshold_changes_answers_where_it_is_asked_for_and_nothing_else(desk):
    options = [*LEARNING, "--metric", "f1"]
    options[1] = 8
    plain = desk.train_run(*options, "--output", "plain")
    tuned = desk.train_run(*options, "--output", "tuned", "--tune-threshold")
    own = {"settings.toml", "status.json", "timings.jsonl", "calibration.json", "manifest.json", "model/README.md"}
    before, after = contents(plain), contents(tuned)
    for name in set(before) - own:
        assert "tfevents" in name or before[name] == after[name], name
    found = calibration_of(tuned)
    assert found["threshold_metric"] == "f1"
    assert found["threshold_score"] >= found["threshold_default_score"]
    assert "threshold" not in calibration_of(plain)
    for more in ([], ["--calibrated"]):
        answer = desk.ask("eval", "tuned", "--threshold", "tuned", *more, "--json").json
        assert answer["metrics"]["f1"] == pytest.approx(found["threshold_score"])
        probabilities, _ = answered(tuned, "dev")
        expected = ["good" if share >= found["threshold"] else "bad" for share in probabilities[:, 1]]
        got = predicted(desk, "--threshold", "tuned", *more, reference="tuned")
        assert [each["prediction"] for each in got] == expected
    assert (tuned / "evaluations/dev.json").read_bytes() == before["evaluations/dev.json"]
    assert (tuned / "evaluations/dev.calibrated.threshold.json").is_file()
    groups = desk.ask("compare", "runs", "--json").json["tables"][0]["groups"]
    assert [group["counts"]["finished"] for group in groups] == [2]


def test_any_threshold_divides_the_probabilities(desk_with_run):
    for threshold in (0, 0.3, 0.999):
        for answer in predicted(desk_with_run, "--threshold", threshold):
            assert (answer["prediction"] == "good") == (answer["probabilities"]["good"] >= threshold)


def test_a_run_of_before_is_calibrated_on_request(desk_with_run):
    file = desk_with_run.folder / RUN / "calibration.json"
    before = json.loads(file.read_text())
    file.unlink()
    assert f"{RUN} is not calibrated Calibrate it: ftcli eval {RUN} --calibrate" in (
        desk_with_run.ask("predict", "--calibrated", stdin="a\n", code=1).message
    )
    assert desk_with_run.ask("eval", "--json").json["calibration"] is None
    desk_with_run.ask("eval", "--calibrate")
    after = json.loads(file.read_text())
    assert set(after) == set(before)
    assert after["temperature"] == pytest.approx(before["temperature"], rel=1e-3)
    assert "has no tuned threshold Tune one: ftcli eval" in (
        desk_with_run.ask("predict", "--threshold", "tuned", stdin="a\n", code=1).message
    )
    assert "Threshold: " in desk_with_run.ask("eval", "--tune-threshold").out
    threshold = json.loads(file.read_text())["threshold"]
    desk_with_run.ask("eval", "--calibrate")
    assert json.loads(file.read_text())["threshold"] == threshold
    desk_with_run.ask("predict", "--threshold", "tuned", stdin="a\n")


def test_the_model_card_tells_of_the_calibration_unless_somebody_wrote_in_it(desk_with_run):
    run = desk_with_run.folder / RUN
    card = run / "model" / "README.md"
    assert "| threshold |" not in card.read_text()
    desk_with_run.ask("eval", "--tune-threshold")
    assert "| threshold |" in card.read_text()
    desk_with_run.ask("runs", "verify", RUN)
    own = card.read_text().replace("| threshold |", "| my threshold |")
    card.write_text(own)
    desk_with_run.ask("eval", "--calibrate")
    assert card.read_text() == own


def test_each_model_of_a_study_has_its_own_temperature(noisy):
    desk = noisy
    desk.train("--seeds", "4,5", "--executor", "eager", "--soup", "greedy", "--output", "study", *LEARNING[:4])
    together = predicted(desk, "--calibrated", reference="study")
    of_seeds = [shares(predicted(desk, "--calibrated", reference=f"study/seed-{seed}")) for seed in (4, 5)]
    np.testing.assert_allclose(shares(together), np.mean(of_seeds, axis=0), atol=2e-6)
    soup = desk.folder / "runs/reviews/study/soup"
    assert calibration_of(soup)["temperature"] == pytest.approx(best_temperature(*answered(soup, "dev")), rel=1e-3)
    shown = desk.ask("predict", "study", "--calibrated", "--output", "x.jsonl", "--json", stdin=TEXTS).json
    runs = [desk.folder / f"runs/reviews/study/seed-{seed}" for seed in (4, 5)]
    assert shown["temperatures"] == [calibration_of(run)["temperature"] for run in runs]
    assert "several answer together" in (
        desk.ask("predict", "study", "--threshold", "tuned", stdin="a\n", code=2).message
    )


@pytest.fixture
def tagged(desk):
    """A desk with a training on examples that have several labels, wrong here and there."""
    for name, seed, rows in (("tags.csv", 0, 80), ("dev.csv", 1, 40)):
        write_rows(desk.folder / name, tags(rows, seed=seed, wrong=0.15))
    files = ["--train-file", "tags.csv", "--dev-file", "dev.csv", "--label-separator", ";"]
    options = ["--model", desk.model, "--batch-size", 8, "--lr", "5e-3", "--max-steps", 60]
    return desk, ["train", *files, *options, "--output", "tagged"]


def said(run, split="dev"):
    """Of several labels: probabilities and which labels there are, [examples, labels], and the labels."""
    lines = lines_of(run / f"evaluations/{split}.predictions.jsonl")
    names = list(lines[0]["probabilities"])
    return shares(lines), np.array([[name in line["label"] for name in names] for line in lines]), names


def test_several_labels_have_one_temperature(tagged):
    desk, training = tagged
    answer = desk.ask(*training, "--json").json
    run = desk.folder / answer["run"]
    probabilities, has, _ = said(run)

    def loss(temperature):
        return log_loss(has.ravel(), expit(logit(probabilities) / temperature).ravel())

    found = calibration_of(run)
    assert found["temperature"] == pytest.approx(minimize_scalar(loss, bounds=(0.1, 10), method="bounded").x, rel=1e-3)
    assert found["loss_after"] == pytest.approx(loss(found["temperature"]), abs=1e-4)
    assert sum(each["examples"] for each in found["reliability_before"]) == has.size == 120
    of_two = np.stack([1 - probabilities, probabilities], -1).reshape(-1, 2)
    assert found["expected_calibration_error_before"] == pytest.approx(error_of(of_two, has.ravel()), abs=1e-3)
    plain, calibrated = predicted(desk, reference="tagged"), predicted(desk, "--calibrated", reference="tagged")
    scaled = expit(logit(shares(plain).astype(float)) / found["temperature"])
    np.testing.assert_allclose(shares(calibrated), scaled, atol=1e-4)
    assert [each["prediction"] for each in calibrated] == [each["prediction"] for each in plain]
    assert "Calibration: expected error 0." in desk.ask("eval", "tagged").out
    assert "| temperature |" in (run / "model/README.md").read_text()


def test_several_labels_have_a_threshold_each(tagged):
    desk, training = tagged
    run = desk.folder / desk.ask(*training, "--metric", "macro_f1", "--tune-threshold", "--json").json["run"]
    found = calibration_of(run)
    probabilities, has, names = said(run)
    thresholds = np.array([found["threshold"][name] for name in names])
    assert found["threshold_metric"] == "macro_f1"
    score, at_half = (f1_score(has, probabilities >= least, average="macro") for least in (thresholds, 0.5))
    assert found["threshold_score"] == pytest.approx(score)
    assert score > found["threshold_default_score"] == pytest.approx(at_half)
    assert "Threshold of each label: animal 0." in desk.ask("eval", "tagged").out
    assert "Thresholds used: animal 0." in desk.ask("eval", "tagged", "--threshold", "tuned").out
    assert "| threshold: animal |" in (run / "model/README.md").read_text()
    expected = [
        [name for name, share in answer["probabilities"].items() if share >= found["threshold"][name]]
        for answer in predicted(desk, reference="tagged")
    ]
    for more in ([], ["--calibrated"]):
        answer = desk.ask("eval", "tagged", "--threshold", "tuned", *more, "--json").json
        assert answer["metrics"]["macro_f1"] == pytest.approx(score)
        assert set(answer["threshold"]) == set(names)
        assert more or answer["threshold"] == found["threshold"]
        tuned = predicted(desk, "--threshold", "tuned", *more, reference="tagged")
        assert [each["prediction"] for each in tuned] == expected


def test_several_labels_share_a_threshold_that_is_a_number(tagged):
    desk, training = tagged
    run = desk.folder / desk.ask(*training, "--json").json["run"]
    for answer in predicted(desk, "--threshold", 0.3, reference="tagged"):
        assert answer["prediction"] == [name for name, share in answer["probabilities"].items() if share >= 0.3]
    scores = desk.ask("eval", "tagged", "--threshold", 0.3, "--json").json["metrics"]
    probabilities, has, _ = said(run)
    assert scores["micro_f1"] == pytest.approx(f1_score(has, probabilities >= 0.3, average="micro"))
    message = desk.ask("predict", "tagged", "--threshold", "tuned", stdin="a\n", code=1).message
    assert "has no tuned threshold Tune one: ftcli eval" in message
    desk.ask("eval", "tagged", "--tune-threshold")
    predicted(desk, "--threshold", "tuned", reference="tagged")
    file = run / "calibration.json"
    file.write_text(file.read_text().replace('"verb"', '"noun"'))
    message = desk.ask("predict", "tagged", "--threshold", "tuned", stdin="a\n", code=1).message
    assert "the tuned thresholds are for other labels (animal, colour, noun)" in message


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("numbers", "a regression gives a number, and no probability that could reach a threshold"),
        (
            "three labels",
            "with one of 3 labels an example the likeliest is given, and a threshold has no standard",
        ),
    ],
)
def test_where_there_are_not_two_labels(desk, what, reason):
    labels = ["1.5", "2.5", "3.5"] if what == "numbers" else ["a", "b", "c"]
    for name in ("reviews.csv", "dev.csv"):
        write_rows(desk.folder / name, [(text, labels[row % 3]) for row, (text, _) in enumerate(reviews(24))])
    options = ["--regression"] if what == "numbers" else []
    assert f"--tune-threshold: {reason}" in desk.train(*options, "--tune-threshold", code=2).message
    assert not (desk.folder / "runs").exists()
    run = desk.train_run(*options)
    assert (run / "calibration.json").exists() == (what == "three labels")
    assert f"--threshold: {reason}" in desk.ask("predict", "--threshold", 0.3, stdin="a\n", code=2).message
    assert f"--threshold: {reason}" in desk.ask("eval", "--threshold", "tuned", code=2).message
    assert f"--tune-threshold: {reason}" in desk.ask("eval", "--tune-threshold", code=2).message
    if what == "numbers":
        told = desk.ask("predict", "--calibrated", stdin="a\n", code=2).message
        assert "gives numbers, which have no probabilities Leave it out." in told
        assert "--calibrate: there are no probabilities" in desk.ask("eval", "--calibrate", code=2).message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["predict", "--threshold", "1.5"], "--threshold: must be a number from 0 to 1, or tuned (got '1.5')"),
        (["predict", "--threshold", "nan"], "--threshold: must be a number from 0 to 1, or tuned (got 'nan')"),
        (["predict", "--model", f"{RUN}/model", "--calibrated"], "--calibrated: only a run knows its temperature"),
        (["predict", "--model", f"{RUN}/model", "--threshold", "tuned"], "not to a model alone"),
        (["eval", "--model", f"{RUN}/model", "--task", "cola", "--calibrate"], "--calibrate and --tune-threshold"),
    ],
)
def test_wrong_usage(desk_with_run, arguments, message):
    assert message in desk_with_run.ask(*arguments, stdin="a\n", code=2).message


def test_a_damaged_calibration_is_named(desk_with_run):
    (desk_with_run.folder / RUN / "calibration.json").write_text('{"temperature": 0}')
    assert f"{RUN}/calibration.json: " in desk_with_run.ask("predict", "--calibrated", stdin="a\n", code=1).message
    assert desk_with_run.ask("predict", "latest", stdin="a\n").err == ""
