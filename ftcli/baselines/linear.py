"""The cheap model that an encoder has to beat: TF-IDF features and a linear model.

Words and pairs of words are weighted by TF-IDF (Salton and Buckley 1988, "Term-weighting approaches in automatic text
retrieval"); on them lies a logistic regression (one for each label, where an example may have several), or a ridge
regression for numbers. Of a pair the features of each text stand beside their product and their absolute difference.
All of it is fitted on train alone and is the same each time.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ftcli.tasks.dataset import Dataset, Examples
from ftcli.tasks.kind import Kind
from ftcli.tasks.labelsets import to_numbers
from ftcli.tasks.metrics import score
from ftcli.tasks.splits import subset

STRENGTH = 10.0
"""The inverse of the penalty on the weights, as scikit-learn's C: fixed, so that nothing is tuned on any data."""
_MOST_ROWS = 20_000  # of train; more would take long and add little
_MOST_FEATURES = 200_000
_PATTERN = r"\w+|[^\w\s]"  # punctuation counts, other than by scikit-learn's default

Answers = NDArray[np.int64] | NDArray[np.float64]


@dataclass(frozen=True)
class LinearModel:
    """A fitted baseline."""

    kind: Kind
    vectorizer: Any
    estimator: Any

    def predict(self, examples: Examples) -> Answers:
        """Return class numbers, numbers of label sets (int64) or values (float64), shape [examples]."""
        found = np.asarray(self.estimator.predict(_features(self.vectorizer, examples)))
        if self.kind == "multilabel":
            return to_numbers(found.astype(np.bool_))
        return found.astype(np.float64) if self.kind == "regression" else found.astype(np.int64)

    def scores(self, dataset: Dataset, examples: Examples) -> dict[str, float]:
        """Return all scores on labelled examples."""
        assert examples.labels is not None
        return score(self.kind, examples.labels, self.predict(examples), classes=len(dataset.label_names) or None)


def fit_linear(dataset: Dataset, train: Examples | None = None, *, strength: float = STRENGTH) -> LinearModel | None:
    """Fit the baseline on the training examples of a data set, or on other examples.

    Where there are more than 20,000, a stratified subset of so many is enough.

    Returns:
        The model; None where there is nothing to fit: one class alone, or no word in any text.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from threadpoolctl import threadpool_limits

    train = bounded(train or dataset.splits["train"], dataset.kind)
    assert train.labels is not None
    if dataset.kind != "regression" and len(np.unique(train.labels)) < 2:
        return None
    vectorizer = TfidfVectorizer(
        ngram_range=(1, 2), sublinear_tf=True, token_pattern=_PATTERN, max_features=_MOST_FEATURES
    )
    try:
        vectorizer.fit([*train.texts, *(train.pairs or ())])
    except ValueError:  # no words
        return None
    estimator = _estimator(dataset.kind, strength)
    targets = dataset.has_label(train).astype(np.int64) if dataset.kind == "multilabel" else train.labels
    # One thread: several get in each other's way on vectors so short, and might sum in another order.
    with warnings.catch_warnings(), threadpool_limits(1, user_api="blas"):
        warnings.simplefilter("ignore")  # that it stopped before the last digit, or that a label is always there
        estimator.fit(_features(vectorizer, train), targets)
    return LinearModel(dataset.kind, vectorizer, estimator)


def _estimator(kind: Kind, strength: float) -> Any:
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.multiclass import OneVsRestClassifier

    if kind == "regression":
        return Ridge(alpha=10 / strength, solver="sparse_cg")
    logistic = LogisticRegression(C=strength, max_iter=500)
    return OneVsRestClassifier(logistic) if kind == "multilabel" else logistic


def _features(vectorizer: Any, examples: Examples) -> Any:
    """Return the features of each example, a sparse matrix of shape [examples, features]."""
    from scipy.sparse import hstack

    first = vectorizer.transform(examples.texts)
    if examples.pairs is None:
        return first
    second = vectorizer.transform(examples.pairs)
    return hstack([first, second, first.multiply(second), abs(first - second)], format="csr")


def bounded(train: Examples, kind: Kind) -> Examples:
    """Return the examples, or a stratified subset of 20,000 where there are more."""
    return train if len(train) <= _MOST_ROWS else subset(train, _MOST_ROWS, kind, seed=0)
