from __future__ import annotations

import json

import numpy as np
import pytest
from helpers import make_run

from ftcli.compare.answers import read_answers
from ftcli.errors import RunError


def written(tmp_path, answers, names):
    run = make_run(tmp_path / "run", evaluation={"label_names": names})
    lines = [{"id": f"dev-{i}", "label": label, "prediction": said} for i, (label, said) in enumerate(answers)]
    run.predictions("dev").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return read_answers(run, "dev", run.score("dev"))


@pytest.mark.parametrize(("classes", "bytes_each"), [(2, 1), (128, 1), (129, 2), (300, 2)])
def test_classes_take_no_more_bytes_than_they_need(tmp_path, classes, bytes_each):
    """And one number below zero is left, for what is no hit."""
    names = [f"class {number}" for number in range(classes)]
    found = written(tmp_path, [(name, names[-1]) for name in names], names)
    assert found.labels.tolist() == list(range(classes))
    assert set(found.predictions.tolist()) == {classes - 1}
    assert found.predictions.itemsize == bytes_each
    assert found.predictions.dtype.kind == "i"


def test_values_are_kept_to_seven_digits(tmp_path):
    found = written(tmp_path, [(1.5, 1.25), (2, 3.1415927)], [])
    assert found.predictions.tolist() == pytest.approx([1.25, 3.1415927], rel=1e-7)
    assert found.predictions.dtype == np.float32


def test_a_number_too_large_for_any_is_named_by_its_line(tmp_path):
    with pytest.raises(RunError, match=r"dev\.predictions\.jsonl, line 2: not a prediction"):
        written(tmp_path, [(1.5, 1.25), (2, 10**400)], [])
