from __future__ import annotations

import pytest
import torch

from ftcli.engine.selection import Selection


def consider_all(selection, scores, metric="accuracy"):
    """Present scores epoch by epoch until patience is over, with weights that tell the epoch."""
    for epoch, score in enumerate(scores, start=1):
        selection.consider(epoch, {metric: score}, {"w": torch.tensor(float(epoch))})
        if selection.patience_is_over:
            return epoch
    return len(scores)


def test_the_best_epoch_is_kept_and_of_equal_ones_the_first():
    selection = Selection("accuracy", patience=None)
    assert consider_all(selection, [0.5, 0.7, 0.7, 0.6]) == 4
    assert (selection.best_step, selection.best_score, selection.weights["w"].item()) == (2, 0.7, 2.0)


def test_the_kept_weights_are_a_copy():
    weights = {"w": torch.ones(2)}
    selection = Selection("accuracy", patience=None)
    selection.consider(1, {"accuracy": 0.5}, weights)
    weights["w"].zero_()
    assert selection.weights["w"].tolist() == [1, 1]


@pytest.mark.parametrize(("patience", "stops_after"), [(1, 3), (2, 4), (3, 8)])
def test_patience_counts_epochs_in_a_row_without_a_better_score(patience, stops_after):
    selection = Selection("accuracy", patience=patience)
    assert consider_all(selection, [0.5, 0.6, 0.6, 0.5, 0.7, 0.1, 0.1, 0.1, 0.1]) == stops_after


def test_an_error_is_better_where_it_is_smaller():
    selection = Selection("mse", patience=None)
    consider_all(selection, [0.5, 0.2, 0.3], metric="mse")
    assert selection.best_step == 2
