"""What is made of a model's probabilities."""

from __future__ import annotations

from pydantic import BaseModel, Field, field_validator

from ftcli.settings.base import THIS_CALL

TUNED = "tuned"


class ProbabilitySettings(BaseModel):
    """Probabilities."""

    calibrated: bool = Field(
        False, description="Divide the logits by the temperature that the run was calibrated with."
    )
    threshold: str | None = Field(
        None,
        description="Probability from which on the second of two labels is given, or each of several an example: a "
        "number, or tuned.",
        json_schema_extra=THIS_CALL,
    )

    @field_validator("threshold", mode="before")
    @classmethod
    def _is_a_probability_or_tuned(cls, value: object) -> object:
        if value is None or value == TUNED:
            return value
        try:
            number = float(str(value))
        except ValueError:
            number = -1.0
        if not 0 <= number <= 1:
            raise ValueError(f"must be a number from 0 to 1, or {TUNED}")
        return str(value)
