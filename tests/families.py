"""A tiny encoder with random weights of each family, with the head that it is pretrained with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import transformers

from ftcli.models.encoder import Encoder
from ftcli.models.masked import MaskedLanguageModel

_SIZES = {
    "vocab_size": 60,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "max_position_embeddings": 40,
}
FAMILIES: dict[str, dict[str, Any]] = {
    "Bert": _SIZES,
    "Roberta": _SIZES,
    "DistilBert": {"vocab_size": 60, "dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 24},
    "XLMRoberta": _SIZES,
    "Camembert": _SIZES,
    "Electra": _SIZES | {"embedding_size": 8},
    "DebertaV2": _SIZES | {"relative_attention": True, "pos_att_type": ["p2c", "c2p"], "norm_rel_ebd": "layer_norm"},
    "DebertaV2, as v3": _SIZES
    | {
        **{"relative_attention": True, "pos_att_type": ["p2c", "c2p"], "norm_rel_ebd": "layer_norm"},
        **{"position_buckets": 8, "max_relative_positions": -1, "share_att_key": True, "type_vocab_size": 0},
        "position_biased_input": False,
    },
    "ModernBert": _SIZES
    | {"pad_token_id": 0, "cls_token_id": 1, "sep_token_id": 2, "bos_token_id": 1, "eos_token_id": 2},
    "Albert": _SIZES | {"embedding_size": 8},
    "MPNet": _SIZES,
}


def family_config(family: str, **options: Any) -> Any:
    """The configuration of a tiny model."""
    return getattr(transformers, f"{kind_of(family)}Config")(**FAMILIES[family] | options)


def kind_of(family: str) -> str:
    """What transformers calls a family."""
    return family.partition(",")[0]


def family_encoder(family: str, *, labels: int = 2, seed: int = 0) -> Encoder:
    """A classifier; 3 stands for a masked word, 0 to 4 are special."""

    def masked() -> MaskedLanguageModel:
        return MaskedLanguageModel(_made(f"{kind_of(family)}ForMaskedLM", family_config(family), seed), 3, range(5))

    config = family_config(family, num_labels=labels)
    return Encoder(_made(f"{kind_of(family)}ForSequenceClassification", config, seed), masked)


def save_family(family: str, folder: Path, texts: Sequence[str]) -> Path:
    """Write a pretrained model with a tokenizer of the family's own kind, made from these texts."""
    kind = {"ModernBert": "Bert"}.get(family, kind_of(family))
    tokenizer = getattr(transformers, f"{kind}Tokenizer")().train_new_from_iterator(texts, vocab_size=200)
    ids = {f"{name}_token_id": getattr(tokenizer, f"{name}_token_id") for name in ("pad", "cls", "sep", "bos", "eos")}
    known = {name: number for name, number in ids.items() if number is not None}
    _made(f"{kind_of(family)}Model", family_config(family, vocab_size=len(tokenizer), **known), 0).save_pretrained(
        folder
    )
    tokenizer.save_pretrained(folder)
    return folder


def _made(kind: str, config: Any, seed: int) -> Any:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return getattr(transformers, kind)(config).train()
