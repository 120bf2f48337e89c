"""What a checkpoint holds beside tensors: read as what it should be, since a run folder may come from anywhere."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt, PositiveInt

_Pair = Annotated[list[NonNegativeInt], Field(min_length=2, max_length=2)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class SelectionNumbers(_Strict):
    """See ``Selection.export``."""

    score: float | None
    step: NonNegativeInt
    last: NonNegativeInt
    epochs_since: NonNegativeInt


class MeterNumbers(_Strict):
    """See ``SpeedMeter``."""

    seconds: dict[str, NonNegativeFloat]
    examples: NonNegativeInt
    tokens: NonNegativeInt
    padded: NonNegativeInt


class LinesNumbers(_Strict):
    """See ``JSONLines.export``."""

    sizes: _Pair
    seconds: NonNegativeFloat


class WatchNumbers(_Strict):
    """See ``Watch``; a norm that was no number is null in the file."""

    stop: bool
    diverged_at: NonNegativeInt | None
    exploded_at: NonNegativeInt | None
    collapsed_at: NonNegativeInt | None
    norms: list[float | None] = Field(alias="_norms")


class Numbers(_Strict):
    """Content of state.json."""

    step: NonNegativeInt
    selection: SelectionNumbers
    meter: MeterNumbers
    lines: LinesNumbers
    watch: WatchNumbers
    measured: list[list[str]]
    portions: list[PositiveInt]
