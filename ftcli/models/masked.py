"""A pretrained encoder under the head that it was pretrained with: guessing masked words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn
from torch.func import functional_call

from ftcli.recipes.functions import Tensors


class MaskedLanguageModel:
    """The logits of masked words as a function of an encoder's weights and the head's.

    ``model`` is a transformers model for masked-language modelling, whose encoder has the same parameter names.
    """

    def __init__(self, model: nn.Module, mask_id: int, specials: Sequence[int]) -> None:
        self.model: Any = model.train()
        self.mask_id = mask_id
        self.specials = specials

    @property
    def head(self) -> Tensors:
        """The parameters of the head alone, by name; a table that it shares with the encoder is the encoder's."""
        prefix = f"{self.model.base_model_prefix}."
        return {name: weight for name, weight in self.model.named_parameters() if not name.startswith(prefix)}

    @property
    def words(self) -> int:
        """How many tokens there are to guess from."""
        return int(self.model.config.vocab_size)

    def logits(self, weights: Tensors, inputs: Tensors) -> Tensor:
        """Return the logits of each token, [B, T, words]; of ``weights`` it takes the encoder's and the head's."""
        known = {name: weights[name] for name, _ in self.model.named_parameters()}
        found: Tensor = functional_call(self.model, known, kwargs=inputs).logits
        return found
