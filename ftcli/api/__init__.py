"""What ftcli does, without a terminal: one file a verb. Imports torch only where it is used."""

from ftcli.api.checking import CheckResult, check
from ftcli.api.comparison import compare, write_page
from ftcli.api.downloading import download
from ftcli.api.evaluation import EvaluateResult, evaluate
from ftcli.api.exporting import ExportResult, export
from ftcli.api.planning import plan, plan_campaign
from ftcli.api.prediction import Prediction, predict
from ftcli.api.pushing import PushResult, push
from ftcli.api.resuming import Resumable, find_resumable, resume, resume_study
from ftcli.api.training import train, train_campaign, train_study
from ftcli.runs.recorded import recorded_settings, settings_of
from ftcli.tasks.settle import settle

__all__ = [
    "CheckResult",
    "EvaluateResult",
    "ExportResult",
    "Prediction",
    "PushResult",
    "Resumable",
    "check",
    "compare",
    "download",
    "evaluate",
    "export",
    "find_resumable",
    "plan",
    "plan_campaign",
    "predict",
    "push",
    "recorded_settings",
    "resume",
    "resume_study",
    "settings_of",
    "settle",
    "train",
    "train_campaign",
    "train_study",
    "write_page",
]
