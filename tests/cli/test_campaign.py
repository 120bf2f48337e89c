"""Several studies with one command: lists of values, and ablations."""

from __future__ import annotations

import shutil

import pytest
from terminal import status_of

pytestmark = pytest.mark.slow

QUICK = ["--max-steps", 2, "--seeds", 2, "--executor", "eager", "--threads", 1]


def study_folders(answer):
    return [study["study"].rsplit("/", 1)[1] for study in answer["studies"]]


def test_a_list_of_rates_is_a_study_for_each_and_the_best_stands_for_them(desk):
    answer = desk.train(*QUICK, "--lr", "1e-5,1e-3", "--select-fraction", 0.25, "--json").json
    assert answer["studies_in"] == "runs/reviews/baseline-studies"
    assert study_folders(answer) == ["baseline-lr-1e-5", "baseline-lr-1e-3"]
    (group,) = answer["comparison"]["tables"][0]["groups"]
    selected = [sum(run["selected_score"] for run in study["runs"]) / 2 for study in answer["studies"]]
    studies = [[run["run"] for run in study["runs"]] for study in answer["studies"]]
    assert selected[studies.index([run["path"] for run in group["runs"]])] == max(selected)
    how = "was chosen" if len(set(selected)) > 1 else "which did as well"
    assert f"{how} on the select examples" in " ".join(answer["comparison"]["tables"][0]["notes"])
    again = desk.ask("compare", "runs/reviews/baseline-studies", "--tuned", "lr", "--json").json
    assert again == answer["comparison"]


def test_an_ablation_has_the_recipe_the_baseline_and_what_lies_between(desk):
    answer = desk.train(*QUICK, "--reinit", "--rdrop", "--ablate", "--output", "parts", "--json").json
    assert study_folders(answer) == ["baseline", "reinit+rdrop", "rdrop", "reinit"]
    groups = answer["comparison"]["tables"][0]["groups"]
    assert [group["label"] for group in groups] == ["baseline", "rdrop", "reinit", "reinit + rdrop"]
    assert answer["comparison"]["tables"][0]["baseline"] == "baseline"
    assert all(group["against"]["reason"].startswith("too few seeds") for group in groups[1:])


def test_the_same_command_again_trains_only_what_is_missing(desk):
    command = [*QUICK, "--reinit", "--ablate", "--output", "again", "--json"]
    first = desk.train(*command).json
    folder = desk.folder / "runs" / "reviews" / "again"
    ended = status_of(folder / "baseline" / "seed-42")
    missing = folder / "reinit" / "seed-43"
    scores = (missing / "evaluations" / "dev.json").read_bytes()
    desk.ask("runs", "rm", str(missing), "--yes")
    second = desk.train(*command).json
    assert status_of(folder / "baseline" / "seed-42") == ended
    assert (missing / "evaluations" / "dev.json").read_bytes() == scores
    assert [run["run"] for study in second["studies"] for run in study["runs"]] == [
        run["run"] for study in first["studies"] for run in study["runs"]
    ]


def test_another_campaign_in_the_same_folder_is_refused(desk):
    command = [*QUICK, "--reinit", "--ablate", "--output", "taken"]
    desk.train(*command, "--seeds", "1,")
    answer = desk.train(*command, "--seeds", "1,", "--batch-size", 4, code=1)
    assert "other settings: batch_size" in answer.message


def test_a_campaign_takes_further_seeds_and_trains_only_those(desk):
    command = [*QUICK, "--reinit", "--ablate", "--output", "more"]
    desk.train(*command)
    folder = desk.folder / "runs" / "reviews" / "more"
    ended = status_of(folder / "reinit" / "seed-42")
    studies = desk.train(*command, "--seeds", 3, "--json").json["studies"]
    assert [[run["seed"] for run in study["runs"]] for study in studies] == [[42, 43, 44], [42, 43, 44]]
    assert status_of(folder / "reinit" / "seed-42") == ended


def test_a_campaign_whose_data_has_changed_is_refused(desk):
    """Its studies would be compared as if they had learned from the same."""
    command = [*QUICK, "--reinit", "--ablate", "--output", "moved"]
    desk.train(*command)
    shutil.rmtree(desk.folder / "runs" / "reviews" / "moved" / "reinit")
    with (desk.folder / "reviews.csv").open("a", encoding="utf-8") as file:
        file.write("a new and lovely film,good\n")
    assert "its data has changed" in desk.train(*command, code=1).message


def test_the_end_is_a_comparison_and_how_to_see_it_again(desk):
    shown = desk.train(*QUICK, "--lr", "1e-5,1e-3", "--output", "rates").out
    assert "ftcli compare runs/reviews/rates --tuned lr" in shown
    assert "mean ± standard deviation" in shown


def test_a_dry_run_names_the_studies_and_trains_nothing(desk):
    plan = desk.train("--lr", "1e-5,1e-3", "--swa", "--ablate", "--dry-run", "--json").json
    measured = [study["budget"]["measured_steps"] for study in plan["studies"]]
    assert [steps > 0 for steps in measured] == [True, True, False, False], "rates alone take nothing anew"
    assert plan["budget"]["measured_steps"] == sum(measured)
    assert [study["name"] for study in plan["studies"]] == [
        "baseline-lr-1e-5",
        "swa-lr-1e-5",
        "baseline-lr-1e-3",
        "swa-lr-1e-3",
    ]
    assert plan["runs"] == 20
    assert "4 studies, 20 runs" in desk.train("--lr", "1e-5,1e-3", "--swa", "--ablate", "--dry-run").out
    assert not (desk.folder / "runs").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--ablate"], "no technique to leave out"),
        (["--lr", "1e-5,x"], "--lr"),
        (["--lr", "1e-5,,1e-4"], "--lr"),
        (["--lr", "1e-5,1e-4", "--resume", "latest"], "does not go with --resume"),
    ],
)
def test_what_makes_no_campaign_is_refused(desk, options, message):
    assert message in desk.train(*options, code=2).message


def test_a_list_of_training_sizes_says_what_more_examples_bring(desk):
    sizes = ["--train-size", "12,24,48", *QUICK, "--executor", "eager"]
    answer = desk.train(*sizes, "--json").json
    (table,) = answer["comparison"]["tables"]
    assert [group["settings"] for group in table["groups"]] == [{"train_size": size} for size in (12, 24, 48)]
    runs = [desk.folder / run["run"] for study in answer["studies"] for run in study["runs"]]
    assert [status_of(run)["examples"]["train"] for run in runs] == [12, 12, 24, 24, 48, 48]
    (found,) = table["growth"]
    assert found["sizes"] == [12, 24, 48]
    shown = desk.ask("compare", answer["studies_in"]).out
    assert "More examples for the baseline: from 24 to 48 a doubling brought" in shown
    assert "--tuned" not in desk.train(*sizes).out


def test_a_size_that_there_is_not_is_told_before_any_training(desk):
    assert "--train-size 4800 is more than" in desk.train("--train-size", "12,4800", *QUICK, code=2).message
    assert not list(desk.folder.glob("runs/**/metrics.jsonl"))
