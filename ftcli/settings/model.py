"""Which encoder is fine-tuned, and how it reads texts that are long."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, PositiveInt, model_validator

from ftcli.data.reading import Reading, Truncation
from ftcli.settings.names import elsewhere

DEFAULT_MAX_LENGTH = 128

_MAX_LENGTH = "Tokens a text is cut to"
MaxLengthOfRun = Annotated[
    PositiveInt | None, Field(description=f"{_MAX_LENGTH} [default: the run's own, or {DEFAULT_MAX_LENGTH}].")
]


class ReadingSettings(BaseModel):
    """Long texts."""

    max_length: int = Field(
        DEFAULT_MAX_LENGTH,
        ge=4,
        description=f"{_MAX_LENGTH}; shorter ones are never padded to it.",
        json_schema_extra=elsewhere("max_seq_length", "max_seq_len"),
    )
    truncation: Truncation = Field(
        "right", description="What a longer text loses: its right end, its left end, or its middle (head-tail)."
    )
    long_text: Literal["cut", "windows"] = Field(
        "cut",
        description="Longer texts are cut, or read in windows: a training draws one of each text in every epoch, and "
        "an answer is the mean of the logits of all.",
    )
    window_stride: PositiveInt | None = Field(
        None,
        description="Tokens from the start of a window to that of the next, at most as many as a window holds of the "
        "text [default: half of --max-length].",
    )

    @property
    def reading(self) -> Reading:
        """How texts that are too long are read."""
        stride = self.window_stride or self.max_length // 2
        return Reading(self.max_length, self.truncation, stride if self.long_text == "windows" else None)

    @model_validator(mode="after")
    def _windows_have_a_stride(self) -> ReadingSettings:
        if self.window_stride is not None and self.long_text != "windows":
            raise ValueError("--window-stride goes with --long-text windows")
        if self.window_stride is not None and self.window_stride >= self.max_length:
            raise ValueError(
                f"--window-stride: windows of --max-length {self.max_length} hold fewer than {self.max_length} tokens "
                f"of a text, and {self.window_stride} from one to the next would leave some unread"
            )
        return self


class ModelSettings(ReadingSettings):
    """Model."""

    model: str = Field(
        "onboard",
        description="Encoder to start from: onboard, bert (and the like), a folder, or a name on the Hugging Face hub.",
        json_schema_extra={"aliases": ["--modeltype"], **elsewhere("model_name_or_path", "model_name")},
    )
