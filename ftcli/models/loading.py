"""Loading pretrained models and tokenizers, offline where possible and never from pickles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ftcli.errors import FtcliError, ModelError
from ftcli.models.library import (
    AutoConfig,
    AutoModel,
    AutoModelForMaskedLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
)
from ftcli.models.masked import MaskedLanguageModel
from ftcli.models.meta import WithoutSymbols
from ftcli.models.places import fingerprint, model_folder
from ftcli.models.quiet import quiet
from ftcli.runs.folder import RunFolder
from ftcli.tasks.kind import Kind
from ftcli.wording import command

PROBLEM_TYPES: dict[Kind, str] = {
    "classification": "single_label_classification",
    "multilabel": "multi_label_classification",
    "regression": "regression",
}
"""What transformers calls each kind of task."""


def load_tokenizer(name: str) -> Any:
    """Return the fast tokenizer of a model.

    Raises:
        ModelError: it can't be found or read.
    """
    with _explained(name):
        return AutoTokenizer.from_pretrained(model_folder(name), trust_remote_code=False)


def family_of(name: str) -> str:
    """Return the family of a model, as ``transformers`` names it.

    Raises:
        ModelError: it can't be found or read.
    """
    with _explained(name):
        return str(AutoConfig.from_pretrained(model_folder(name), trust_remote_code=False).model_type)


def load_pretrained(name: str, label_names: Sequence[str], kind: Kind = "classification", *, seed: int) -> nn.Module:
    """Return a pretrained encoder in float32 with a new head, drawn from ``seed``.

    The head has an output for each label, or a single one for a regression (no labels).

    Raises:
        ModelError: it can't be found or read, or has only pickled weights.
    """
    with _explained(name), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        config = AutoConfig.from_pretrained(model_folder(name), trust_remote_code=False, **_labels(label_names))
        config.problem_type = PROBLEM_TYPES[kind if label_names else "regression"]
        folder, head = model_folder(name), AutoModelForSequenceClassification
        model: nn.Module = _load(folder, head, config=config, ignore_mismatched_sizes=True)
        return model


def load_embeddings(name: str, checksum: str) -> Tensor:
    """Return the word embeddings of a pretrained model, [vocabulary, width], in float32.

    Raises:
        ModelError: it can't be read, or is another than that which has this checksum.
    """
    if fingerprint(name) != checksum:
        raise ModelError(
            f"--model: '{name}' is not what it was when the training started, and its unused embeddings are saved with "
            "what was trained",
            hint="Put its files back as they were, and go on with --resume.",
        )
    with _explained(name), torch.random.fork_rng(devices=[]):
        table: Tensor = _read(model_folder(name), AutoModel).get_input_embeddings().weight.detach()
        return table.clone()


def load_masked(name: str, tokenizer: Any) -> MaskedLanguageModel:
    """Return a pretrained encoder under its own head for masked words.

    Raises:
        ModelError: it can't be read, or has no such head.
    """
    with _explained(name):
        model, report = _load(model_folder(name), AutoModelForMaskedLM, output_loading_info=True)
    if report["missing_keys"] or tokenizer.mask_token_id is None:
        raise ModelError(
            f"--model: '{name}' has no head for masked words: it was saved without the one it was pretrained with",
            hint="Leave --tapt out, or start from a model as it was pretrained, such as bert.",
        )
    return MaskedLanguageModel(model, tokenizer.mask_token_id, tokenizer.all_special_ids)


def load_finetuned(folder: Path) -> nn.Module:
    """Return a model with the head that it was saved with.

    Raises:
        ModelError: it can't be read, has only pickled weights, or has no head.
    """
    with _explained(str(folder)):
        model: nn.Module
        kind = AutoModelForSequenceClassification
        model, report = _load(model_folder(str(folder)), kind, output_loading_info=True)
    if report["missing_keys"]:
        raise ModelError(
            f"--model: {folder} is no fine-tuned classifier: it lacks {', '.join(sorted(report['missing_keys']))}",
            hint="Give a model with a trained head, such as the model/ folder of a run.",
        )
    return model


def _load(folder: Path, kind: Any, **options: Any) -> Any:
    found = _read(folder, kind, **options)
    model: nn.Module = found[0] if isinstance(found, tuple) else found
    for weight in [*model.parameters(), *model.buffers()]:
        # What comes is a view of the file, at whatever place it has there; how products are rounded depends on that.
        weight.data = weight.data.clone()
    return found


def _read(folder: Path, kind: Any, **options: Any) -> Any:
    with WithoutSymbols():
        return kind.from_pretrained(
            folder, dtype=torch.float32, use_safetensors=True, trust_remote_code=False, **options
        )


def _labels(names: Sequence[str]) -> dict[str, Any]:
    if not names:
        return {"num_labels": 1}
    return {"id2label": dict(enumerate(names)), "label2id": {name: number for number, name in enumerate(names)}}


@contextmanager
def _explained(name: str) -> Iterator[None]:
    try:
        with quiet():
            yield
    except FtcliError:
        raise
    except Exception as error:  # there is no end to what libraries raise over a damaged file
        raise _unreadable(name, str(error).strip().partition("\n")[0]) from error


def _unreadable(name: str, reason: str) -> ModelError:
    run = RunFolder(Path(name).parent)
    if run.is_run:
        hint = f"See what of the run is damaged: {command('runs', 'verify', run.path)}"
        return ModelError(f"{name} can't be loaded: {reason}", hint=hint)
    return ModelError(
        f"--model: '{name}' can't be loaded: {reason}",
        hint="Give the folder of a whole saved model: config.json, model.safetensors and the tokenizer's files.",
    )
