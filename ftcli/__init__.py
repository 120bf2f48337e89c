"""Fine-tune pretrained encoders on small labelled data sets.

The names below are those of ``ftcli.python``, imported once they are asked for: ``import ftcli`` alone costs nothing.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ftcli.api import CheckResult, EvaluateResult, ExportResult
    from ftcli.compare.report import Comparison
    from ftcli.errors import FtcliError
    from ftcli.python import check, compare_runs, evaluate, export, predict, train, train_study
    from ftcli.settings.check import CheckSettings
    from ftcli.settings.compare import CompareSettings
    from ftcli.settings.evaluate import EvaluateSettings
    from ftcli.settings.export import ExportSettings
    from ftcli.settings.predict import PredictSettings
    from ftcli.settings.train import TrainSettings
    from ftcli.trainings.outcome import StudyResult
    from ftcli.trainings.single import TrainResult

__version__ = "0.1.0"
__all__ = [
    "CheckResult",
    "CheckSettings",
    "CompareSettings",
    "Comparison",
    "EvaluateResult",
    "EvaluateSettings",
    "ExportResult",
    "ExportSettings",
    "FtcliError",
    "PredictSettings",
    "StudyResult",
    "TrainResult",
    "TrainSettings",
    "check",
    "compare_runs",
    "evaluate",
    "export",
    "predict",
    "train",
    "train_study",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from ftcli import python

    return getattr(python, name)
