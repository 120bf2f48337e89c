"""What ftcli takes of transformers, imported in one place, and without what fine-tuning a classifier never uses.

transformers loads accelerate for models that are spread over devices, scipy for losses of object detection, and torch's
compiler to mark functions for it.
"""

from __future__ import annotations

from ftcli.compiler import compiler_comes_later
from ftcli.startup import passing_over

with passing_over("accelerate", "scipy"), compiler_comes_later():
    from transformers import (
        AttentionInterface,
        AutoConfig,
        AutoModel,
        AutoModelForMaskedLM,
        AutoModelForSequenceClassification,
        AutoTokenizer,
    )
    from transformers.integrations.sdpa_attention import sdpa_attention_forward
    from transformers.masking_utils import AttentionMaskInterface, eager_mask
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS
    from transformers.utils import logging

__all__ = [
    "ALL_ATTENTION_FUNCTIONS",
    "AttentionInterface",
    "AttentionMaskInterface",
    "AutoConfig",
    "AutoModel",
    "AutoModelForMaskedLM",
    "AutoModelForSequenceClassification",
    "AutoTokenizer",
    "eager_mask",
    "logging",
    "sdpa_attention_forward",
]
