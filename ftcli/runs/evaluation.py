"""What a model scored on one split: evaluations/<split>.json."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

Metrics = dict[str, float | None]
"""Values by the usual names of the metrics; None where one is not defined (a correlation with a constant)."""


class Interval(BaseModel):
    """Confidence interval of the main metric over the examples."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)

    level: Annotated[float, Field(gt=0, lt=1)]
    low: float | None
    high: float | None


class Evaluation(BaseModel):
    """Content of an evaluation; further keys are kept as they are."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)

    task: str
    split: str
    examples: int = Field(ge=0)
    loss: float | None = None
    metric: str = Field(description="the task's main metric, a key of `metrics`")
    metrics: Metrics
    interval: Interval | None = None
    majority: Metrics | None = Field(None, description="the metrics of always giving the most frequent label")
    linear: Metrics | None = Field(
        None, description="the metrics of TF-IDF features and a linear model, fitted on train"
    )
    confusion: list[list[int]] | None = Field(None, description="rows: labels; columns: predictions")
    label_names: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _main_metric_is_there(self) -> Evaluation:
        if self.metric not in self.metrics:
            raise ValueError(f"the main metric {self.metric!r} is not among the metrics")
        return self

    @property
    def baselines(self) -> dict[str, Metrics]:
        """What costs nothing or little scores, by the name that it is shown under."""
        linear = {"TF-IDF baseline": self.linear} if self.linear else {}
        return {"majority baseline": self.majority or {}, **linear}

    @property
    def score(self) -> float | None:
        """The value of the main metric."""
        return self.metrics[self.metric]
