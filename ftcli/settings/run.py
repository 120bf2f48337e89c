"""How a run is carried out, watched and kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, PositiveInt

MOST_SEEDS = 10_000
_HIGHEST_SEED = 2**63 - 1


def _as_text(value: object) -> object:
    """Take a number or a list too, as a file may hold them."""
    if isinstance(value, int):
        return str(value)
    return ",".join(map(str, value)) + "," if isinstance(value, list | tuple) else value


def _checked(value: str | None) -> str | None:
    if value is not None:
        seeds_in(value, first=0)
    return value


def seeds_in(text: str, *, first: int) -> Sequence[int]:
    """Read how many seeds, from ``first`` on, or a list of them.

    >>> list(seeds_in("3", first=7)), list(seeds_in("1,2,5", first=7)), list(seeds_in("4,", first=7))
    ([7, 8, 9], [1, 2, 5], [4])

    Raises:
        ValueError: it is neither, or names a seed twice.
    """
    parts = [part.strip() for part in text.removesuffix(",").split(",")]
    if not all(part.isascii() and part.isdigit() and int(part) <= _HIGHEST_SEED for part in parts):
        raise ValueError("must be a number of seeds, such as 8, or a list of them, such as 1,2,5")
    numbers = [int(part) for part in parts]
    if "," not in text:
        if not 1 <= numbers[0] <= MOST_SEEDS:
            raise ValueError(f"must be 1 to {MOST_SEEDS} seeds (a single one is written with a comma: 42,)")
        return range(first, first + numbers[0])
    if len(set(numbers)) < len(numbers):
        raise ValueError("names a seed twice")
    return numbers


class RunSettings(BaseModel):
    """Run."""

    seed: int = Field(42, ge=0, lt=2**63, description="Initialisation, data order and dropout follow from it.")
    seeds: Annotated[str | None, BeforeValidator(_as_text), AfterValidator(_checked)] = Field(
        None,
        description="Train a study, one run a seed: so many, from --seed on, or a list such as 1,2,5.",
    )
    soup: Literal["uniform", "greedy"] | None = Field(
        None,
        description="Average the models of a study's seeds into one more run, soup/: all of them, or from the best on "
        "those that don't lower the score.",
    )
    executor: Literal["auto", "eager", "vmap", "processes"] = Field(
        "auto",
        description="How the seeds of a study are trained: one after the other (eager), in processes side by side, "
        "or all in one step (vmap); auto takes processes on a CPU and vmap on a GPU.",
    )
    output: str | None = Field(
        None, description="Name of the run (a folder under runs/TASK/) or a path; by default recipe and seed name it."
    )
    overwrite: bool = Field(False, description="Replace the run of that name, once the new one is whole.")
    save_model: bool = Field(True, description="Keep the model; without it only its scores and predictions stay.")
    on_divergence: Literal["stop", "continue"] = Field(
        "stop", description="What happens once the training loss is not a number; the run has failed in either case."
    )
    checkpoint_every: PositiveInt | None = Field(
        None, description="Steps between two checkpoints; by default so many that they cost under 3 % of the time."
    )
    patience: PositiveInt | None = Field(
        None, description="Stop early after this many epochs in a row without a better score."
    )
    save_last: bool = Field(
        False, description="Keep the last weights too, in model-last/, where model/ holds the best epoch."
    )
    average_if_better: bool = Field(
        False, description="Keep an average of the weights only where it scores better than the last ones."
    )
    log_every: PositiveInt = Field(10, description="Optimizer steps between two entries of the training loss.")
    profile: bool = Field(False, description="Write a trace of a few steps, trace.json, for the usual viewers.")
    compact_vocabulary: bool = Field(
        True, description="Train only the embedding rows in use; the others end as if trained all along."
    )
