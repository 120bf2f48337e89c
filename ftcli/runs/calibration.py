"""What is known of a model's probabilities: calibration.json in the folder of its run."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from ftcli.calibration.reliability import BINS, Bin
from ftcli.calibration.temperature import is_at_bound

Probability = Annotated[float, Field(ge=0, le=1)]


class Errors(BaseModel):
    """How far probabilities were off on a split, before and after calibration."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    measured_on: str = Field(description="the split")
    bins: int = Field(BINS, description="of equal width")
    expected_calibration_error_before: float = Field(ge=0, le=1)
    expected_calibration_error_after: float = Field(ge=0, le=1)
    reliability_before: list[Bin]
    reliability_after: list[Bin]

    def plot(self) -> str:
        """Draw accuracy against confidence, before and after, as an SVG file."""
        from ftcli.calibration.plot import reliability_plot

        errors = (self.expected_calibration_error_before, self.expected_calibration_error_after)
        return reliability_plot(self.reliability_before, self.reliability_after, errors, self.measured_on)


class Calibration(Errors):
    """A temperature with the set that it was fitted on; and thresholds, where these were asked for."""

    temperature: float = Field(gt=0, description="what the logits are divided by")
    fitted_on: str = Field(description="the split: select, or dev where there is none")
    fitted_examples: int
    loss_before: float = Field(
        description="mean cross-entropy there, in nats; of several labels the binary one, over examples and labels"
    )
    loss_after: float
    threshold: Probability | dict[str, Probability] | None = Field(
        None,
        description="probability, before calibration, from which on the last of two labels is given; of several, each",
    )
    threshold_metric: str | None = Field(None, description="what it was tuned for, on the same set")
    threshold_score: float | None = None
    threshold_default_score: float | None = Field(None, description="the score at one half for all")

    @property
    def flatters(self) -> bool:
        """Whether it was fitted on the set that it is measured on."""
        return self.fitted_on == self.measured_on

    @property
    def is_no_better(self) -> bool:
        """Whether probabilities were off by more with the temperature than without it."""
        return self.expected_calibration_error_after > self.expected_calibration_error_before

    @property
    def is_at_bound(self) -> bool:
        """Whether the set had too little to fit a temperature on."""
        return is_at_bound(self.temperature)
