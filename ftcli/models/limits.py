"""What a model says of itself in its files: no torch, no transformers, no network."""

from __future__ import annotations

import json
from pathlib import Path

from ftcli.models.catalogue import locate

_COUNTED_FROM_PADDING = ("roberta", "xlm-roberta", "camembert", "mpnet")
"""Kinds of model whose table of positions begins after the number of the padding token."""


def file_of(model: str, name: str) -> Path | None:
    """Return where a file of a model lies on this machine; None where it does not.

    Raises:
        UsageError: there can be no model of that name.
    """
    location = Path(locate(model))
    if location.is_dir():
        file = location / name
        return file if file.is_file() else None
    from huggingface_hub import try_to_load_from_cache

    cached = try_to_load_from_cache(str(location), name)
    return Path(cached) if isinstance(cached, str) else None


def within(length: int, most: int | None) -> int:
    """Return a length in tokens, or the ``most`` that a model takes where that is less."""
    return min(length, most or length)


def most_tokens(model: str) -> int | None:
    """Return the most tokens that a model takes; None where it is not on this machine or does not say.

    Raises:
        UsageError: there can be no model of that name.
    """
    path = file_of(model, "config.json")
    try:
        config = json.loads(path.read_text(encoding="utf-8")) if path else {}
        positions = int(config["max_position_embeddings"])
        kind = config.get("model_type")
        if kind in _COUNTED_FROM_PADDING:
            # MPNet's has the number 1 whatever its configuration says.
            positions -= (1 if kind == "mpnet" else config.get("pad_token_id", 1)) + 1
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        return None  # loading the model will say what is wrong
    return positions if positions > 0 else None
