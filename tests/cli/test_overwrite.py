"""An old run and a new one of its name: nothing is lost before the new one is whole."""

from __future__ import annotations

from terminal import contents, status_of

DIVERGING = ["--max-steps", 12, "--lr", "1e30", "--max-grad-norm", 0]


def test_existing_run_is_kept_unless_told(desk):
    run = desk.train_run("--output", "mine")
    before = contents(desk.folder)
    answer = desk.train("--output", "mine", "--seed", 9, code=1)
    assert "runs/reviews/mine already holds a run" in answer.err
    assert "--overwrite replaces it" in answer.err
    assert contents(desk.folder) == before
    assert status_of(run)["state"] == "finished"


def test_overwrite_replaces_it(desk):
    run = desk.train_run("--output", "mine", "--swa", "--swa-every", 1)
    assert (run / "model-last").is_dir()
    answer = desk.train("--output", "mine", "--overwrite", "--seed", 9, "--json").json
    assert answer["run"] == "runs/reviews/mine"
    assert (desk.folder / answer["model"]).is_dir()
    assert "seed = 9" in (run / "settings.toml").read_text()
    assert not (run / "model-last").exists()
    assert [path.name for path in run.parent.iterdir()] == ["mine"]


def test_overwrite_that_diverges_leaves_the_old_run_as_it_was(desk):
    run = desk.train_run("--output", "mine")
    before = contents(run)
    answer = desk.train("--output", "mine", "--overwrite", *DIVERGING, code=1)
    assert "the training loss is nan" in answer.err
    assert contents(run) == before


def test_overwrite_that_is_refused_leaves_nothing_beside_the_old_run(desk):
    run = desk.train_run("--output", "mine")
    before = contents(desk.folder)
    desk.train("--output", "mine", "--overwrite", "--model", "./nowhere", code=2)
    desk.train("--output", "mine", "--overwrite", "--reinit", "--reinit-layers", 9, code=2)
    assert contents(desk.folder) == before
    assert [path.name for path in run.parent.iterdir()] == ["mine"]


def test_folder_of_other_things_is_never_replaced(desk):
    (desk.folder / "thesis").mkdir()
    (desk.folder / "thesis" / "chapter.tex").write_text("years of work")
    answer = desk.train("--output", "./thesis", "--overwrite", code=1)
    assert "thesis is not empty and holds no run" in answer.err
    assert (desk.folder / "thesis" / "chapter.tex").read_text() == "years of work"
    assert "reviews.csv is not a folder" in desk.train("--output", "./reviews.csv", "--overwrite", code=1).err


def test_diverged_run_is_kept_and_compared(desk):
    answer = desk.train(*DIVERGING, code=1)
    assert "Try a smaller --lr" in answer.err
    status = status_of(desk.folder / "runs" / "reviews" / "baseline-seed42")
    assert (status["state"], status["ended"] is None) == ("diverged", False)
    assert "the training loss is nan" in status["reason"]
    desk.train()
    counts = [group["counts"] for group in desk.ask("compare", "--json").json["tables"][0]["groups"]]
    assert sum(each["diverged"] for each in counts) == 1
    assert sum(each["finished"] for each in counts) == 1
    assert "1 diverged" in desk.ask("compare").out
