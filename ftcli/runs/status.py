"""How a run ended, or that it is still going: status.json."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def now() -> datetime:
    """Give the time, with its zone, so finely that what starts now is told from what ended a moment ago."""
    return datetime.now(UTC)


def _with_zone(moment: datetime) -> datetime:
    """Read a time without a zone as UTC, so that any two times can be compared."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(_with_zone)]


class State(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    FINISHED = "finished"
    DIVERGED = "diverged"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    STOPPED = "stopped"  # by the race of its study: others scored better


CHOSEN_EPOCHS = ("best epoch", "last epoch")
"""What a status calls the weights that were ``kept`` where epochs were compared, and one of them was chosen."""


class Lap(BaseModel):
    """A run at a rung of its race: the steps it had taken of all, and its score and loss on the selection set."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    step: int = Field(ge=0)
    steps: int = Field(gt=0)
    epoch: float
    score: float | None
    loss: float | None = None


class Status(BaseModel):
    """Content of status.json; further keys are kept as they are."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)

    state: State
    reason: str | None = None
    collapsed: bool | None = Field(None, description="the model gives every example the same label")
    exploded_at: int | None = Field(None, description="the step at which a gradient norm was far beyond the usual")
    race: list[Lap] | None = Field(None, description="the rungs that it has come to; null where it is not in a race")
    started: Moment
    ended: Moment | None = None
    train_seconds: float | None = Field(None, ge=0)
    versions: dict[str, str] = Field(default_factory=dict)

    def going_on(self) -> Status:
        """Give the status of the same run, running again."""
        fresh = {"state": State.RUNNING, "reason": None, "ended": None}
        return Status.model_validate(self.model_dump() | fresh)

    def ending(self, state: State, *, reason: str | None = None, **more: Any) -> Status:
        """Give the status of the same run, ended now in `state`; `more` sets or adds other keys."""
        return Status.model_validate({**self.model_dump(), "ended": now(), **more, "state": state, "reason": reason})
