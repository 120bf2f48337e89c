"""How a run is carried out, watched and kept."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field, PositiveInt

from ftcli.settings.names import elsewhere


class RunSettings(BaseModel):
    """Run."""

    ablate: bool = Field(
        False,
        description="Train the recipe, the baseline, the recipe without each of its techniques and each of them alone, "
        "and compare them; the same command again goes on where it was.",
    )
    soup: Literal["uniform", "greedy"] | None = Field(
        None,
        description="Average the models of a study's seeds into one more run, soup/: all of them, or from the best on "
        "those that don't lower the score.",
    )
    executor: Literal["auto", "eager", "graph", "vmap", "processes"] = Field(
        "auto",
        description="How steps are taken: one by one (eager), or recorded once and replayed (graph, on a GPU); those "
        "of a study's seeds in processes side by side, or all seeds in the same steps (vmap; replayed, too, on a GPU). "
        "auto takes eager and processes on a CPU, graph and vmap on a GPU.",
    )
    precision: Literal["auto", "fp32", "bf16"] = Field(
        "auto",
        description="Numbers that the matrix products of training are computed in; auto takes bf16 on a GPU that has "
        "it, and else fp32. Weights are fp32 in either case, and so are evaluations.",
    )
    check: bool = Field(
        True, description="Look over the data first, as ftcli check does, and warn of what is odd in it."
    )
    output: str | None = Field(
        None,
        description="Name of the run (a folder under runs/TASK/) or a path; by default recipe and seed name it.",
        json_schema_extra=elsewhere("output_dir"),
    )
    overwrite: bool = Field(
        False,
        description="Replace the run of that name, once the new one is whole.",
        json_schema_extra=elsewhere("overwrite_output_dir"),
    )
    save_model: bool = Field(True, description="Keep the model; without it only its scores and predictions stay.")
    on_divergence: Literal["stop", "continue"] = Field(
        "stop", description="What happens once the training loss is not a number; the run has failed in either case."
    )
    checkpoint_every: PositiveInt | None = Field(
        None,
        description="Steps between two checkpoints; by default so many that they cost under 3 % of the time.",
        json_schema_extra=elsewhere("save_steps"),
    )
    patience: PositiveInt | None = Field(
        None,
        description="Stop early after this many epochs in a row without a better score.",
        json_schema_extra=elsewhere("early_stopping_patience"),
    )
    save_last: bool = Field(
        False, description="Keep the last weights too, in model-last/, where model/ holds the best epoch."
    )
    average_if_better: bool = Field(
        False, description="Keep an average of the weights only where it scores better than the last ones."
    )
    tune_threshold: bool = Field(
        False,
        description="Tune the threshold of two labels, or that of each of several an example, for the best score on "
        "the selection set; predict and eval use it on request (--threshold tuned).",
    )
    log_every: PositiveInt = Field(
        10,
        description="Optimizer steps between two entries of the training loss.",
        json_schema_extra=elsewhere("logging_steps"),
    )
    profile: bool = Field(False, description="Write a trace of a few steps, trace.json, for the usual viewers.")
    compact_vocabulary: bool = Field(
        True, description="Train only the embedding rows in use; the others end as if trained all along."
    )
