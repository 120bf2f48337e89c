"""The layers of an encoder with a classification head: which there are, how deep each parameter lies, and its name."""

from __future__ import annotations

from functools import cached_property
from typing import Any, cast

from torch import nn

from ftcli.errors import ModelError
from ftcli.recipes.functions import Tensors


class Layers:
    """Finds the layers of any transformers encoder through its module tree.

    Depth 0 is the embeddings, 1 the lowest block, ... ``depth`` the highest, ``depth + 1`` pooler and head.

    Raises:
        ModelError: the model has no stack of blocks.
    """

    def __init__(self, model: nn.Module) -> None:
        self.model: Any = model  # transformers' own attributes are beyond nn.Module's types
        self._base: nn.Module = getattr(model, str(self.model.base_model_prefix))
        self._stack_name, self._stack = _find_stack(model)
        self.last_name, self.last = _find_last(model)  # of the head: it makes the logits

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
    def below_blocks(self) -> list[nn.Module]:
        """The embeddings, and whatever else lies below the blocks."""
        return [
            child for child in self._base.children() if self._stack not in child.modules() and self._at_bottom(child)
        ]

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

    @property
    def width(self) -> int:
        """Width of the hidden states."""
        return int(self.model.config.hidden_size)

    @property
    def feature_width(self) -> int:
        """How many features the last linear layer of the head reads."""
        return self.last.in_features

    @property
    def embedding(self) -> nn.Embedding:
        """The table of the word embeddings."""
        return cast(nn.Embedding, self.model.get_input_embeddings())

    @cached_property
    def embedding_name(self) -> str:
        """Name of its weights."""
        return next(name for name, weight in self.weights.items() if weight is self.embedding.weight)

    def _at_bottom(self, module: nn.Module) -> bool:
        return any(
            self.depths.get(name) == 0 for name, weight in self.weights.items() if weight in set(module.parameters())
        )

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
    """Return the linear layer that makes the logits, and its name: some families register their head first."""
    linear = [(name, module) for name, module in model.named_modules() if isinstance(module, nn.Linear)]
    if not linear:
        raise ModelError(f"{type(model).__name__} has no linear layer that makes the logits")
    base = f"{cast(Any, model).base_model_prefix}."
    return ([named for named in linear if not named[0].startswith(base)] or linear)[-1]


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
