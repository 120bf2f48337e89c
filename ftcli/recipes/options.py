"""The options of a strategy, as a settings model."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator


def refuse_truth_for_a_number(cls: type[BaseModel], value: object, info: ValidationInfo) -> object:
    """Check a field before pydantic does, which would read true as 1 where a number belongs."""
    field = cls.model_fields[info.field_name or ""]
    if isinstance(value, bool) and field.annotation not in (bool, bool | None):
        raise ValueError("must not be true or false")
    return value


class StrategySettings(BaseModel):
    """The options of a strategy; field ``alpha`` of ``rdrop`` is flag --rdrop-alpha and key [rdrop] alpha."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    _no_truth = field_validator("*", mode="before")(classmethod(refuse_truth_for_a_number))
