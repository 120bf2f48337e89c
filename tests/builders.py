"""Small encoders, batches and plans for tests of mechanics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import torch
from transformers import BertConfig, BertForMaskedLM, BertForSequenceClassification

from ftcli.engine.plan import DataFacts, Plan, make_plan
from ftcli.engine.preparing import prepare
from ftcli.engine.state import TrainState
from ftcli.models.encoder import Encoder
from ftcli.models.masked import MaskedLanguageModel
from ftcli.recipes.discovery import find_strategy
from ftcli.recipes.functions import Batch
from ftcli.recipes.recipe import compose
from ftcli.settings.optimisation import OptimisationSettings
from ftcli.tasks.kind import Kind


def tiny_encoder(*, seed: int = 0, layers: int = 3, labels: int = 2, dropout: float = 0.0, **config: Any) -> Encoder:
    """A BERT with random weights, 16 wide."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        values = {
            "vocab_size": 60,
            "hidden_size": 16,
            "num_hidden_layers": layers,
            "num_attention_heads": 2,
            "intermediate_size": 32,
            "max_position_embeddings": 32,
            "hidden_dropout_prob": dropout,
            "attention_probs_dropout_prob": dropout,
            "num_labels": labels,
            **config,
        }
        model = BertForSequenceClassification(BertConfig(**values)).train()
        return Encoder(model, partial(tiny_language_model, values, seed))


def tiny_language_model(config: dict[str, Any], seed: int) -> MaskedLanguageModel:
    """A BERT with random weights that guesses masked words; 3 is the mask, and 0 to 4 are special."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return MaskedLanguageModel(BertForMaskedLM(BertConfig(**config)), mask_id=3, specials=range(5))


def random_batch(rows: int = 6, length: int = 7, *, seed: int = 0, labels: int = 2, sets: bool = False) -> Batch:
    """Random tokens and labels, or sets of labels; some rows are shorter than the others."""
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(5, 60, (rows, length), generator=generator)
    lengths = torch.randint(3, length + 1, (rows,), generator=generator)
    mask = (torch.arange(length) < lengths[:, None]).long()
    if labels > 1:
        target = torch.randint(0, 2**labels if sets else labels, (rows,), generator=generator)
    else:
        target = torch.rand(rows, generator=generator)
    return Batch({"input_ids": ids * mask, "attention_mask": mask}, target)


def logits_and_gradients(model: Any, inputs: Mapping[str, torch.Tensor]) -> tuple[torch.Tensor, dict[str, Any]]:
    """What a model answers, and the gradients of the sum of its logits' squares, by name."""
    logits = model(**inputs).logits
    logits.square().sum().backward()
    return logits, {name: weight.grad for name, weight in model.named_parameters()}


def recomputed(logits: torch.Tensor) -> int:
    """How many blocks these were made by that will be computed a second time for their gradient."""
    return operations(logits).count("_RecomputedBackward")


def operations(logits: torch.Tensor) -> list[str]:
    """What these were made by, as torch's record of gradients names it."""
    seen: set[Any] = set()
    waiting: list[Any] = [logits.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in seen:
            seen.add(node)
            waiting += [following for following, _ in node.next_functions]
    return [node.name() for node in seen]


def batch_of(labels: torch.Tensor) -> Batch:
    """A batch of which only the labels matter."""
    return Batch({}, labels)


def tiny_plan(
    encoder: Encoder,
    strategies: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    steps: int = 4,
    kind: Kind = "classification",
    own: Sequence[str] = (),
    **settings: Any,
) -> Plan:
    """A plan for a few steps; strategies by name, each with its options."""
    chosen = {name: find_strategy(name).Settings(**options) for name, options in (strategies or {}).items()}
    optimisation = OptimisationSettings(**({"max_steps": steps, "batch_size": 6, "lr": 1e-2} | settings))
    return make_plan(
        compose(chosen, chosen),
        encoder,
        optimisation,
        DataFacts(
            steps, kind, tuple(range(1, encoder.model.config.num_labels + 1)) if kind == "classification" else ()
        ),
        own=list(own),
    )


def tiny_state(
    encoder: Encoder,
    strategies: Mapping[str, Mapping[str, Any]],
    *,
    seed: int = 3,
    batches: Sequence[Batch] = (),
    device: str = "cpu",
    **settings: Any,
) -> TrainState:
    """The state of a training about to take its first step; ``batches`` are what strategies may look over before."""
    chosen = {name: find_strategy(name).Settings(**options) for name, options in strategies.items()}
    own = prepare(compose(chosen, chosen), encoder, lambda _: seed)
    if device != "cpu":
        encoder.to(torch.device(device))
        own = {name: weight.to(device) for name, weight in own.items()}
    state = TrainState(tiny_plan(encoder, strategies, own=list(own), **settings), encoder, own)
    state.survey(lambda: batches)
    return state
