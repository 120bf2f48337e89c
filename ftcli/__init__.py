"""Fine-tune pretrained encoders on small labelled data sets.

The names below are those of ``ftcli.python``, imported once they are asked for: ``import ftcli`` alone costs nothing.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ftcli.api import EvaluateResult
    from ftcli.compare.report import Comparison
    from ftcli.errors import FtcliError
    from ftcli.python import compare_runs, evaluate, train, train_study
    from ftcli.settings.compare import CompareSettings
    from ftcli.settings.evaluate import EvaluateSettings
    from ftcli.settings.train import TrainSettings
    from ftcli.trainings.single import TrainResult
    from ftcli.trainings.study import StudyResult

__version__ = "0.1.0"
__all__ = [
    "CompareSettings",
    "Comparison",
    "EvaluateResult",
    "EvaluateSettings",
    "FtcliError",
    "StudyResult",
    "TrainResult",
    "TrainSettings",
    "compare_runs",
    "evaluate",
    "train",
    "train_study",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from ftcli import python

    return getattr(python, name)
