"""Which encoder is fine-tuned."""

from __future__ import annotations

from pydantic import BaseModel, Field

DEFAULT_MAX_LENGTH = 128


class ModelSettings(BaseModel):
    """Model."""

    model: str = Field(
        "onboard",
        description="Encoder to start from: onboard, bert (and the like), a folder, or a name on the Hugging Face hub.",
        json_schema_extra={"aliases": ["--modeltype"]},
    )
    max_length: int = Field(
        DEFAULT_MAX_LENGTH, ge=4, description="Tokens a text is cut to; shorter ones are never padded to it."
    )
