"""The kinds of task: what the label of an example is."""

from __future__ import annotations

from typing import Literal

Kind = Literal["classification", "multilabel", "regression"]
"""One class for each example, a set of labels, or a number."""
