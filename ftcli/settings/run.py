"""How a run is carried out, watched and kept."""

from __future__ import annotations

from pydantic import BaseModel, Field, PositiveInt


class RunSettings(BaseModel):
    """Run."""

    seed: int = Field(42, ge=0, lt=2**63, description="Initialisation, data order and dropout follow from it.")
    output: str | None = Field(
        None, description="Name of the run (a folder under runs/TASK/) or a path; by default recipe and seed name it."
    )
    overwrite: bool = Field(False, description="Replace the run of that name, once the new one is whole.")
    patience: PositiveInt | None = Field(
        None, description="Stop early after this many epochs in a row without a better score."
    )
    save_last: bool = Field(
        False, description="Keep the last weights too, in model-last/, where model/ holds the best epoch."
    )
    log_every: PositiveInt = Field(10, description="Optimizer steps between two entries of the training loss.")
    compact_vocabulary: bool = Field(
        True, description="Train only the embedding rows in use; the others end as if trained all along."
    )
