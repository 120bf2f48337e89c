"""An encoder with a classification head as the engine sees it: layers with a depth, and a pure forward pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call

from ftcli.errors import ModelError
from ftcli.models.dropout import draw_by_16_bits
from ftcli.models.first_token import narrow, reads_first_token_alone, widen
from ftcli.models.masked import MaskedLanguageModel
from ftcli.models.resting import RestingBlocks
from ftcli.recipes.functions import Outputs, Tensors


class Encoder:
    """Finds the layers of any transformers encoder through its module tree.

    Depth 0 is the embeddings, 1 the lowest block, ... ``depth`` the highest, ``depth + 1`` pooler and head.

    Raises:
        ModelError: the model has no stack of blocks.
    """

    def __init__(self, model: nn.Module, masked: Callable[[], MaskedLanguageModel] | None = None) -> None:
        self.model: Any = model  # transformers' own attributes are beyond nn.Module's types
        self._base: nn.Module = getattr(model, str(self.model.base_model_prefix))
        self._stack_name, self._stack = _find_stack(model)
        self._last_name, self._last = _find_last(model)
        self._features: Tensor | None = None
        self._resting: RestingBlocks | None = None
        self._load_masked = masked
        self._last.register_forward_pre_hook(self._keep_features)
        if reads_first_token_alone(model):
            narrow(self._stack[-1])

    @property
    def depth(self) -> int:
        """Number of blocks."""
        return len(self._stack)

    @property
    def layers_share_weights(self) -> bool:
        """Whether a block is used as several layers, as in ALBERT."""
        return self.depth < int(getattr(self.model.config, "num_hidden_layers", 0))

    @property
    def blocks(self) -> list[nn.Module]:
        """The blocks, from the bottom to the top."""
        return list(self._stack)

    @property
    def poolers(self) -> list[nn.Module]:
        """The pooler, where the pretrained model has one."""
        pooler = getattr(self._base, "pooler", None)
        return [] if pooler is None else [pooler]

    @cached_property
    def depths(self) -> dict[str, int]:
        """The depth of each trainable parameter, by its name."""
        return {name: self._depth_of(name) for name in self.weights}

    @cached_property
    def pretrained(self) -> list[str]:
        """Names of all parameters but those of the new head."""
        return [name for name in self.weights if name.startswith(f"{self.model.base_model_prefix}.")]

    @cached_property
    def matrices(self) -> list[str]:
        """Names of the pretrained matrices: those of the blocks and the pooler, without embeddings and head."""
        in_pooler = tuple(name for name, module in self.model.named_modules() if module in self.poolers)
        return [
            name
            for name, weight in self.weights.items()
            if weight.dim() == 2 and (name.startswith((self._stack_name, *(f"{each}." for each in in_pooler))))
        ]

    def undecayed(self, left_alone: str = "biases-and-norms") -> frozenset[str]:
        """Return the names of what weight decay leaves alone: biases, the parameters of norms, both or nothing."""
        biases = {name for name in self.weights if name.endswith("bias")}
        kinds = {"biases": biases, "norms": self._norms, "biases-and-norms": biases | self._norms}
        return frozenset(kinds.get(left_alone, ()))

    @cached_property
    def _norms(self) -> set[str]:
        return {
            f"{path}.{name}"
            for path, module in self.model.named_modules()
            if "norm" in type(module).__name__.lower()
            for name, _ in module.named_parameters(recurse=False)
        }

    @cached_property
    def weights(self) -> Tensors:
        """The trainable parameters themselves, by name."""
        return {name: weight for name, weight in self.model.named_parameters() if weight.requires_grad}

    def forward(self, weights: Tensors, inputs: Tensors, delta: Tensor | None = None) -> Outputs:
        """Run the model with these weights; ``delta`` [B, T, width] shifts the word embeddings.

        Blocks that rest are passed over where ``inputs`` hold their ``hidden_states`` and nothing is shifted.
        """
        inputs = dict(inputs)
        hidden = inputs.pop("hidden_states", None)
        if delta is not None:
            inputs["inputs_embeds"] = self._embed(weights, inputs.pop("input_ids")) + delta
        with nullcontext() if hidden is None or delta is not None else self._passing_over(hidden):
            logits = functional_call(self.model, weights, kwargs=inputs).logits
        features, self._features = self._features, None
        return Outputs(logits, features)

    def rest_below(self, depth: int, *, keep_activations: bool) -> None:
        """Switch off dropout in the embeddings and the lowest ``depth`` blocks, which will never be trained."""
        if depth == self.depth:
            widen(self._stack[-1])  # what it makes of all tokens is to be kept
        below = [
            child for child in self._base.children() if self._stack not in child.modules() and self._at_bottom(child)
        ]
        self._resting = RestingBlocks([*below, *self.blocks[:depth]], self.blocks[:depth], keep_activations)
        self.train(self.training)

    @property
    def keeps_activations(self) -> bool:
        """Whether what the resting blocks make of an example is to be computed once."""
        return self._resting is not None and self._resting.keep_activations

    def activations(self, weights: Tensors, inputs: Tensors) -> Tensor:
        """Return what the highest of the resting blocks makes of the tokens, [B, T, width]."""
        assert self._resting is not None
        functional_call(self.model, weights, kwargs=inputs)
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

    def _passing_over(self, hidden: Tensor) -> AbstractContextManager[None]:
        assert self._resting is not None
        return self._resting.passed_over(hidden)

    def _at_bottom(self, module: nn.Module) -> bool:
        return any(
            self.depths.get(name) == 0 for name, weight in self.weights.items() if weight in set(module.parameters())
        )

    def classify(self, weights: Tensors, features: Tensor) -> Tensor:
        """Apply the last linear layer of the head: features [..., width] -> logits [..., classes]."""
        return F.linear(features, weights[f"{self._last_name}.weight"], weights.get(f"{self._last_name}.bias"))

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
            if device.type == "cpu":
                draw_by_16_bits(model)

    def use_plain_attention(self) -> None:
        """Compute attention and dropout by torch's plain operations, which all can be mapped."""
        for model in self._models():
            draw_by_16_bits(model, on=False)
            model.set_attn_implementation("eager")

    @property
    def width(self) -> int:
        """Width of the hidden states."""
        return int(self.model.config.hidden_size)

    @property
    def feature_width(self) -> int:
        """How many features the last linear layer of the head reads."""
        return self._last.in_features

    def without_head_dropout(self) -> None:
        """Switch off the model's own dropout before the last linear layer."""
        place = self.model.get_submodule(self._last_name.rpartition(".")[0])
        for module in place.children():
            if isinstance(module, nn.Dropout):
                module.p = 0.0

    def no_shift(self, weights: Tensors, inputs: Tensors) -> Tensor:
        """Return a shift of the word embeddings that shifts nothing: zeros, [B, T, width]."""
        table = weights[self._embedding_name]
        return table.new_zeros(*inputs["input_ids"].shape, table.shape[1])

    def reinitialise(self, modules: Iterable[nn.Module], seed: int) -> None:
        """Draw the weights of these modules afresh, from the model's own initialiser."""
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            torch.manual_seed(seed)
            for module in modules:
                # transformers marks what it has loaded, and its initialiser passes over what is marked.
                for part in [*module.modules(), *module.parameters()]:
                    setattr(part, "_is_hf_initialized", False)  # noqa: B010
                module.apply(self.model._init_weights)

    def _models(self) -> list[Any]:
        return [self.model, *([self.language_model.model] if "language_model" in self.__dict__ else [])]

    def _keep_features(self, _: nn.Module, arguments: tuple[Tensor]) -> None:
        (self._features,) = arguments

    def _embed(self, weights: Tensors, ids: Tensor) -> Tensor:
        return F.embedding(ids, weights[self._embedding_name], self._embedding.padding_idx)

    @property
    def _embedding(self) -> nn.Embedding:
        return cast(nn.Embedding, self.model.get_input_embeddings())

    @cached_property
    def _embedding_name(self) -> str:
        return next(name for name, weight in self.weights.items() if weight is self._embedding.weight)

    @cached_property
    def _tables(self) -> set[str]:
        modules = self.model.named_modules()
        return {f"{path}.weight" for path, module in modules if isinstance(module, nn.Embedding)}

    def _depth_of(self, name: str) -> int:
        if name.startswith(self._stack_name):
            return int(name.removeprefix(self._stack_name).partition(".")[0]) + 1
        if not name.startswith(f"{self.model.base_model_prefix}."):
            return self.depth + 1
        if name in self._tables or self._comes_before_stack(name):
            return 0
        in_pooler = name.removeprefix(f"{self.model.base_model_prefix}.").startswith("pooler.")
        return self.depth + 1 if in_pooler else self.depth

    def _comes_before_stack(self, name: str) -> bool:
        names = list(self.weights)
        first_of_stack = next(index for index, each in enumerate(names) if each.startswith(self._stack_name))
        return names.index(name) < first_of_stack


def _find_last(model: nn.Module) -> tuple[str, nn.Linear]:
    """Return the linear layer that makes the logits, and its name."""
    linear = [(name, module) for name, module in model.named_modules() if isinstance(module, nn.Linear)]
    if not linear:
        raise ModelError(f"{type(model).__name__} has no linear layer that makes the logits")
    return linear[-1]


def _find_stack(model: nn.Module) -> tuple[str, nn.ModuleList]:
    """Return the list of modules of one kind that holds most parameters, with the prefix of its parameters' names."""
    stacks = [
        (f"{name}.", module)
        for name, module in model.named_modules()
        if isinstance(module, nn.ModuleList) and len({type(block) for block in module}) == 1
    ]
    if not stacks:
        raise ModelError(f"{type(model).__name__} has no stack of transformer blocks, which ftcli needs")
    return max(stacks, key=lambda stack: sum(weight.numel() for weight in stack[1].parameters()))
