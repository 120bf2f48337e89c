"""A file of predictions as GLUE's server takes it."""

from __future__ import annotations

import numpy as np

from ftcli.tasks.dataset import Dataset
from ftcli.tasks.formulas import Labels
from ftcli.tasks.labelsets import names_in


def submission(dataset: Dataset, answers: Labels) -> str:
    """Return lines of ``index`` and ``prediction``, parted by a tab, below a header.

    Labels are spelled as the task's files spell them; several are parted by commas;
    numbers have three decimals and are clipped to the task's bounds.

    Args:
        dataset: the task.
        answers: class numbers or values, shape [examples], in the order of the file.
    """
    if dataset.kind == "regression":
        low, high = dataset.bounds or (-np.inf, np.inf)
        told = [f"{value:.3f}" for value in np.clip(answers, low, high)]
    elif dataset.kind == "multilabel":
        told = [",".join(names_in(int(answer), dataset.spellings)) for answer in answers]
    else:
        told = [dataset.spellings[int(answer)] for answer in answers]
    return "index\tprediction\n" + "".join(f"{row}\t{answer}\n" for row, answer in enumerate(told))
