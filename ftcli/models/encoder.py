"""An encoder with a classification head as the engine sees it: layers with a depth, and a pure forward pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cached_property
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call

from ftcli.errors import ModelError
from ftcli.models.first_token import narrow, reads_first_token_alone, widen
from ftcli.models.halves import compute_by_halves
from ftcli.models.kernels import fit_kernels, use_plain_kernels
from ftcli.models.layers import Layers
from ftcli.models.lowering import lowered
from ftcli.models.masked import MaskedLanguageModel
from ftcli.models.recompute import Recomputation
from ftcli.models.resting import RestingBlocks
from ftcli.recipes.functions import Outputs, Tensors


class Encoder(Layers):
    """Runs a model with weights that are given to it; what is trained, and with which dropout, is said to it.

    Raises:
        ModelError: the model has no stack of blocks.
    """

    def __init__(self, model: nn.Module, masked: Callable[[], MaskedLanguageModel] | None = None) -> None:
        super().__init__(model)
        self._features: Tensor | None = None
        self._resting: RestingBlocks | None = None
        self._load_masked = masked
        self.fresh: list[nn.Module] = []
        self._lower: torch.dtype | None = None
        self.last.register_forward_pre_hook(self._keep_features)
        whole = self.blocks
        if reads_first_token_alone(model):
            narrow(whole.pop())
        compute_by_halves(model, self.blocks)
        self._recomputation = Recomputation(model, whole)

    def forward(self, weights: Tensors, inputs: Tensors, delta: Tensor | None = None) -> Outputs:
        """Run the model with these weights; ``delta`` [B, T, width] shifts the word embeddings.

        Blocks that rest are passed over where ``inputs`` hold their ``hidden_states`` and nothing is shifted.
        """
        inputs = dict(inputs)
        hidden = inputs.pop("hidden_states", None)
        if delta is not None:
            inputs["inputs_embeds"] = self._embed(weights, inputs.pop("input_ids")) + delta
        passing_over = nullcontext() if hidden is None or delta is not None else self._passing_over(hidden)
        with passing_over, self._in_lower_precision(weights) as lower:
            if lower:
                weights = lowered(weights, self._multiplied, lower)
            logits = self._run(weights, inputs).logits
        features, self._features = self._features, None
        assert features is not None
        return Outputs(logits.float(), features.float()) if lower else Outputs(logits, features)

    def train_in(self, lower: torch.dtype | None) -> None:
        """Have matrix products computed in this type where dropout is on; None: in that of the weights."""
        self._lower = lower

    def recompute_beyond(self, length: int | None) -> None:
        """Have blocks computed a second time for their gradient, where texts are of more than so many tokens.

        Only plain autograd can do so. A block that is computed for the first token alone keeps little.
        """
        self._recomputation.length = length

    def rest_below(self, depth: int, *, keep_activations: bool) -> None:
        """Switch off dropout in the embeddings and the lowest ``depth`` blocks, which will never be trained."""
        if depth == self.depth:
            widen(self.blocks[-1])  # what it makes of all tokens is to be kept
        self._resting = RestingBlocks([*self.below_blocks, *self.blocks[:depth]], self.blocks[:depth], keep_activations)
        self.train(self.training)

    @property
    def keeps_activations(self) -> bool:
        """Whether what the resting blocks make of an example is to be computed once."""
        return self._resting is not None and self._resting.keep_activations

    def activations(self, weights: Tensors, inputs: Tensors) -> Tensor:
        """Return what the highest of the resting blocks makes of the tokens, [B, T, width]."""
        assert self._resting is not None
        self._run(weights, inputs)
        return self._resting.last_output

    @property
    def training(self) -> bool:
        """Whether dropout is on."""
        return bool(self.model.training)

    def train(self, on: bool = True) -> None:
        """Switch dropout on or off; it stays off in what rests."""
        self.model.train(on)
        if self._resting is not None:
            self._resting.eval()

    @contextmanager
    def _in_lower_precision(self, weights: Tensors) -> Iterator[torch.dtype | None]:
        if self._lower is None or not self.training:
            yield None
            return
        device = next(iter(weights.values())).device.type
        # Nothing is kept from one forward pass to the next: the weights have changed by then, in a replay as well.
        with torch.autocast(device, self._lower, cache_enabled=False):
            yield self._lower

    def _run(self, weights: Tensors, inputs: Tensors) -> Any:
        """Run the model with these weights; to put its own in their own places would cost a hundredth of a step."""
        if all(weights.get(name) is own for name, own in self.weights.items()):
            return self.model(**inputs)
        return functional_call(self.model, weights, kwargs=inputs)

    @cached_property
    def _multiplied(self) -> list[str]:
        """Names of the weights and biases of linear layers: what takes part in matrix products."""
        linear = [(name, module) for name, module in self.model.named_modules() if isinstance(module, nn.Linear)]
        return [f"{place}.{name}" for place, module in linear for name, _ in module.named_parameters(recurse=False)]

    def _passing_over(self, hidden: Tensor) -> AbstractContextManager[None]:
        assert self._resting is not None
        return self._resting.passed_over(hidden)

    def classify(self, weights: Tensors, features: Tensor) -> Tensor:
        """Apply the last linear layer of the head: features [..., width] -> logits [..., classes]."""
        return F.linear(features, weights[f"{self.last_name}.weight"], weights.get(f"{self.last_name}.bias"))

    @cached_property
    def language_model(self) -> MaskedLanguageModel:
        """The encoder under its pretrained head for masked words.

        Raises:
            ModelError: the model comes without such a head.
        """
        if self._load_masked is None:
            raise ModelError("this model comes without a head for masked words")
        return self._load_masked()

    def to(self, device: torch.device) -> None:
        """Move everything there."""
        for model in self._models():
            model.to(device)
            fit_kernels(model, device.type)

    def use_plain_operations(self) -> None:
        """Compute attention, dropout and linear layers by operations that all can be mapped over seeds."""
        for model in self._models():
            use_plain_kernels(model)
        self.recompute_beyond(None)

    def without_head_dropout(self) -> None:
        """Switch off the model's own dropout before the last linear layer."""
        place = self.model.get_submodule(self.last_name.rpartition(".")[0])
        for module in place.children():
            if isinstance(module, nn.Dropout):
                module.p = 0.0

    def no_shift(self, weights: Tensors, inputs: Tensors) -> Tensor:
        """Return a shift of the word embeddings that shifts nothing: zeros, [B, T, width]."""
        table = weights[self.embedding_name]
        return table.new_zeros(*inputs["input_ids"].shape, table.shape[1])

    def reinitialise(self, modules: Iterable[nn.Module], seed: int) -> None:
        """Draw the weights of these modules afresh, from the model's own initialiser."""
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            torch.manual_seed(seed)
            for module in modules:
                self.fresh.append(module)
                # transformers marks what it has loaded, and its initialiser passes over what is marked.
                for part in [*module.modules(), *module.parameters()]:
                    setattr(part, "_is_hf_initialized", False)  # noqa: B010
                module.apply(self.model._init_weights)

    def _models(self) -> list[Any]:
        return [self.model, *([self.language_model.model] if "language_model" in self.__dict__ else [])]

    def _keep_features(self, _: nn.Module, arguments: tuple[Tensor]) -> None:
        (self._features,) = arguments

    def _embed(self, weights: Tensors, ids: Tensor) -> Tensor:
        return F.embedding(ids, weights[self.embedding_name], self.embedding.padding_idx)
