"""What GLUE's server is sent."""

from __future__ import annotations

import numpy as np
import pytest

from ftcli.tasks.dataset import Dataset
from ftcli.tasks.submission import submission


def dataset(spellings: tuple[str, ...] = (), bounds: tuple[float, float] | None = None) -> Dataset:
    kind = "classification" if spellings else "regression"
    return Dataset("task", kind, "accuracy", tuple(f"class {each}" for each in spellings), {}, spellings, bounds)


def test_labels_are_spelled_as_in_the_files():
    text = submission(dataset(("0", "1")), np.array([1, 0, 1]))
    assert text == "index\tprediction\n0\t1\n1\t0\n2\t1\n"


@pytest.mark.parametrize(
    ("bounds", "told"),
    [((0.0, 5.0), ["0.000", "5.000", "2.346", "0.000"]), (None, ["-0.300", "5.710", "2.346", "-0.000"])],
)
def test_numbers_have_three_decimals_within_their_bounds(bounds, told):
    text = submission(dataset(bounds=bounds), np.array([-0.3, 5.71, 2.3456, -0.0001], np.float32))
    assert [line.split("\t")[1] for line in text.splitlines()[1:]] == told
