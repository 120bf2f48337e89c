"""What costs nothing or little scores on dev: an encoder that does no better is not worth its time."""

from __future__ import annotations

from ftcli.baselines.linear import fit_linear
from ftcli.tasks.dataset import Dataset
from ftcli.tasks.metrics import majority_baseline


def scores_on_dev(dataset: Dataset) -> dict[str, dict[str, float]]:
    """Return all scores on dev of the most frequent label, and of the linear model where there is one."""
    train, dev = dataset.splits["train"].labels, dataset.splits["dev"]
    assert train is not None
    assert dev.labels is not None
    model = fit_linear(dataset)
    linear = {"linear": model.scores(dataset, dev)} if model else {}
    return {"majority": majority_baseline(train, dev.labels, dataset.kind), **linear}
