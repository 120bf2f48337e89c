"""Saving a fine-tuned model as any transformers program loads it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from torch import nn

from ftcli.models.quiet import quiet
from ftcli.recipes.functions import Tensors
from ftcli.runs.files import replace_folder, write_text


def save(folder: Path, model: nn.Module, state: Tensors, tokenizer: Any, card: str) -> None:
    """Write the model with this state, the tokenizer and the model card; whole, or not at all.

    The model itself keeps the weights that it has.
    """
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as temporary:
        new = Path(temporary) / folder.name
        with quiet():
            model.save_pretrained(new, state_dict=state)  # type: ignore[operator]
        tokenizer.save_pretrained(new)
        write_text(new / "README.md", card)
        replace_folder(new, folder)
