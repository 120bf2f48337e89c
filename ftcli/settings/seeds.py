"""Which seeds there are, and what follows from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, model_validator

Stream = Literal["init", "data", "dropout"]
"""The random streams of a training: the weights it starts from, the order of the data, what is drawn at each step."""

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


Seed = Annotated[int, Field(ge=0, le=_HIGHEST_SEED)]


class SeedSettings(BaseModel):
    """Seeds."""

    seed: Seed = Field(42, description="Initialisation, data order and dropout follow from it.")
    seeds: Annotated[str | None, BeforeValidator(_as_text), AfterValidator(_checked)] = Field(
        None,
        description="Train a study, one run a seed: so many, from --seed on, or a list such as 1,2,5.",
    )
    vary: Literal["all", Stream] = Field(
        "all",
        description="What the seeds of a study change: all of it, or one stream alone (the others follow from --seed), "
        "which shows where the spread comes from.",
    )
    race: bool = Field(
        False,
        description="Let the seeds of a study race: as they go on, the half that scores worse on the selection set "
        "stops early, time and again. Finds one good model for less; says little about the recipe.",
    )
    init_seed: Seed | None = Field(None, description="New layers alone follow from it; by default from --seed.")
    data_seed: Seed | None = Field(
        None, description="The order of the data alone follows from it; by default from --seed."
    )
    dropout_seed: Seed | None = Field(
        None, description="Dropout, and what else is drawn at each step, follows from it; by default from --seed."
    )

    @model_validator(mode="after")
    def _what_varies_is_not_fixed(self) -> SeedSettings:
        if self.vary != "all" and getattr(self, f"{self.vary}_seed") is not None:
            raise ValueError(f"--vary {self.vary} and --{self.vary}-seed exclude each other: give one of them")
        return self

    @model_validator(mode="after")
    def _a_race_has_several(self) -> SeedSettings:
        if self.race and (self.seeds is None or len(seeds_in(self.seeds, first=self.seed)) < 2):
            raise ValueError("--race takes several seeds: --seeds 16")
        return self

    def seed_of(self, stream: Stream) -> int:
        """Return the seed that a random stream follows from."""
        own: int | None = getattr(self, f"{stream}_seed")
        return self.seed if own is None else own

    def for_seed(self, seed: int) -> dict[str, Any]:
        """Return what the settings of one run of a study are, as far as they are about seeds."""
        fixed = [stream for stream in get_args(Stream) if self.vary not in ("all", stream)]
        return {
            "seed": seed,
            "seeds": None,
            "vary": "all",
            "race": False,
            **{f"{stream}_seed": self.seed_of(stream) for stream in fixed},
        }
