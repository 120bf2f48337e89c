"""Models from the Hugging Face hub: what is in its local cache needs no network."""

from __future__ import annotations

from pathlib import Path

from ftcli.errors import ModelError

_WANTED = ["*.json", "*.txt", "*.model", "*.safetensors"]  # no pickles, no code
_UNWANTED = ["*/*"]


def snapshot(name: str) -> Path:
    """Return a folder with a hub model's configuration, tokenizer and weights, from the cache or else the hub.

    Raises:
        ModelError: the hub can't be reached, or has no such model.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(name, local_files_only=True))
        if _is_whole(folder):
            return folder
    except (LocalEntryNotFoundError, HFValidationError):
        pass  # not in the cache
    try:
        return Path(snapshot_download(name, allow_patterns=_WANTED, ignore_patterns=_UNWANTED))
    except LocalEntryNotFoundError:
        reason = "the Hugging Face hub can't be reached, and the model is not in its local cache"
    except HfHubHTTPError as error:
        reason = f"the Hugging Face hub says: {str(error).strip().splitlines()[-1]}"
    except (HFValidationError, OSError) as error:
        reason = str(error).partition("\n")[0]
    raise ModelError(
        f"--model: '{name}' can't be had: {reason}",
        hint="Without a network, give `onboard` or a folder with config.json, model.safetensors and the tokenizer.",
    )


def _is_whole(folder: Path) -> bool:
    return (folder / "config.json").is_file() and any(folder.glob("*.safetensors"))
