"""Looking over data before anything is trained on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ftcli.baselines.scores import scores_on_dev
from ftcli.checks.finding import Finding, findings_as_json
from ftcli.checks.look import Looked, look_at
from ftcli.settings.check import CheckSettings
from ftcli.tasks.dataset import Examples

if TYPE_CHECKING:
    from ftcli.baselines.curve import LearningCurve


@dataclass(frozen=True)
class CheckResult:
    """What is wrong with data, and what it is like."""

    looked: Looked
    baselines: Mapping[str, Mapping[str, float]]
    curve: LearningCurve | None = None

    @property
    def findings(self) -> list[Finding]:
        """All that was found, errors first."""
        return self.looked.findings

    @property
    def errors(self) -> int:
        """How many findings keep a training from starting."""
        return self.looked.errors

    @property
    def examples(self) -> dict[str, int]:
        """Examples of each split, without the rows at fault."""
        return {name: len(split) for name, split in self._splits.items()}

    @property
    def labels(self) -> dict[str, dict[str, int]]:
        """Examples of each label in each split that has labels; none for a regression."""
        data = self.looked.dataset
        if data is None or not data.label_names:
            return {}
        return {
            name: dict(zip(data.label_names, data.has_label(split).sum(0).tolist(), strict=True))
            for name, split in self._splits.items()
            if split.labels is not None
        }

    @property
    def unlabelled(self) -> dict[str, int]:
        """Examples of each split that have none of several labels; none where each has one."""
        data = self.looked.dataset
        if data is None or data.kind != "multilabel":
            return {}
        labelled = {name: split for name, split in self._splits.items() if split.labels is not None}
        return {name: int((~data.has_label(split).any(1)).sum()) for name, split in labelled.items()}

    def as_json(self) -> dict[str, Any]:
        """Return what ``ftcli check --json`` prints."""
        return {
            "task": self.looked.dataset.task if self.looked.dataset else None,
            "examples": self.examples,
            "labels": self.labels,
            "unlabelled": self.unlabelled,
            "errors": self.errors,
            "warnings": len(self.findings) - self.errors,
            "metric": self.looked.dataset.metric if self.looked.dataset else None,
            "baselines": self.baselines,
            "learning_curve": self.curve.model_dump() if self.curve else None,
            "findings": findings_as_json(self.findings),
            "left_out": self.looked.left_out,
        }

    @property
    def _splits(self) -> Mapping[str, Examples]:
        return self.looked.dataset.splits if self.looked.dataset else {}


def check(settings: CheckSettings) -> CheckResult:
    """Check the files that a training with the same settings would read.

    Raises:
        FtcliError: nothing can be read, or the settings make no sense; what is wrong with rows is in the result.
    """
    from ftcli.baselines.curve import learning_curve

    looked = look_at(settings, settings)
    if looked.dataset is None:
        return CheckResult(looked, {})
    curve = learning_curve(looked.dataset) if settings.learning_curve else None
    return CheckResult(looked, scores_on_dev(looked.dataset), curve)
