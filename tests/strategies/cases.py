"""The table of all strategies: options at which each shows an effect on a tiny model, and at which it shows none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Case:
    """A strategy for the tests that walk through all of them; ``null`` is None where nothing switches it off."""

    name: str
    options: dict[str, Any]
    null: dict[str, Any] | None = None


CASES = [
    Case("linear_scheduler", {}),
    Case("layerwise_lrd", {"decay": 0.5}, null={"decay": 1.0}),
    Case("grouped_layerwise_lrd", {}),
    Case("reinit", {"layers": 1}, null={"layers": 0}),
    Case("mixout", {"probability": 0.3}, null={"probability": 0.0}),
    Case("rdrop", {"alpha": 1.0}, null={"alpha": 0.0}),
    Case("fgm", {"epsilon": 0.5}, null={"epsilon": 0.0}),
    Case("ema", {"decay": 0.9}, null={"decay": 0.0}),
    Case("swa", {"start": 0.25, "every": 1}),
]
BY_NAME = {case.name: case for case in CASES}
