"""Saving a fine-tuned model as any transformers program loads it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from torch import nn

from ftcli.errors import RunError
from ftcli.models.quiet import quiet
from ftcli.recipes.functions import Tensors
from ftcli.runs.files import hidden_beside, replace_folder, write_text
from ftcli.startup import passing_over


def save(folder: Path, model: nn.Module, state: Tensors, tokenizer: Any, card: str) -> None:
    """Write the model with this state, the tokenizer and the model card; whole, or not at all.

    The model itself keeps the weights that it has.

    Raises:
        OSError, RunError: the folder can't be written; what was there before still is.
    """
    new = hidden_beside(folder)
    new.mkdir()
    try:
        try:
            # It would only be asked whether weights are spread over machines, and loads much of torch.
            with quiet(), passing_over("torch.distributed.tensor"):
                model.save_pretrained(new, state_dict=state)  # type: ignore[operator]
            tokenizer.save_pretrained(new)
        except OSError:
            raise
        except Exception as error:  # what is written outside of Python fails with errors of its own kinds
            raise RunError(f"{folder} can't be written: {error}", hint="Is there space left on the disk?") from error
        write_text(new / "README.md", card)
        replace_folder(new, folder)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
