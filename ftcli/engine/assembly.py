"""Putting together what a training needs: model, encoded splits, batches and plan."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch

from ftcli.data.buckets import LengthBuckets
from ftcli.data.encoding import EncodedSplit, encode
from ftcli.data.reading import Reading
from ftcli.engine.device import device_for_training, lower_precision, use_threads
from ftcli.engine.plan import DataFacts, Plan, make_plan
from ftcli.engine.preparing import prepare
from ftcli.engine.sample import tokens
from ftcli.engine.state import TrainState
from ftcli.engine.streams import stream_seed
from ftcli.engine.whole_table import looking_at_whole_table
from ftcli.models.encoder import Encoder
from ftcli.models.loading import load_embeddings, load_masked, load_pretrained, load_tokenizer
from ftcli.models.places import fingerprint
from ftcli.models.vocabulary import CompactVocabulary
from ftcli.recipes.functions import Batch, Tensors
from ftcli.settings.train import TrainSettings
from ftcli.tasks.dataset import Dataset

_FEW_SHAPES = {"multiple": 8, "enough": 8}
"""How batches are made up on a GPU, which records a step of each shape, and whose units take eight tokens at once."""

_COMPUTED_ONCE = 0.95
"""Share of an epoch's tokens whose batches are computed once: those of the longest texts take most memory."""


@dataclass(frozen=True)
class Assembly:
    """A training that is ready to start.

    ``splits`` are the data set's, encoded; ``pretrained`` is the checksum of the model that it starts from.
    """

    tokenizer: Any
    encoder: Encoder
    splits: dict[str, EncodedSplit]
    buckets: LengthBuckets
    plan: Plan
    own: Tensors
    vocabulary: CompactVocabulary | None
    pretrained: str

    @property
    def vocabulary_rows(self) -> int:
        """Rows of the model's whole embedding table."""
        return int(self.encoder.model.config.vocab_size)

    @property
    def trained_rows(self) -> int:
        """Those of them that are trained: the ones in use, or all."""
        return self.vocabulary.rows if self.vocabulary else self.vocabulary_rows

    def new_state(self, eval_batch_size: int) -> TrainState:
        """Return the state of a training that has taken no step."""
        return TrainState(
            self.plan, self.encoder, self.own, eval_batch_size=eval_batch_size, largest_batch=self._largest_batch
        )

    def _largest_batch(self) -> Batch:
        rows, length = max(self.buckets.epoch(0), key=tokens)
        return self.splits["train"].batch(rows, length)


def assemble(settings: TrainSettings, dataset: Dataset) -> Assembly:
    """Load and prepare the model, encode the splits that training reads, and compile the plan.

    Raises:
        ModelError: the model can't be loaded.
        UsageError: a setting doesn't fit the model or the machine.
    """
    use_threads(settings.threads)
    device = device_for_training(settings.device, settings.executor)
    with ThreadPoolExecutor() as aside:  # neither of what is done there holds Python's lock
        pretrained = aside.submit(fingerprint, settings.model)
        tokenizer = load_tokenizer(settings.model)
        encoded = aside.submit(_encoded, tokenizer, dataset, settings.reading)
        model = load_pretrained(
            settings.model, dataset.label_names, dataset.kind, seed=stream_seed(settings.seed_of("init"), "head")
        )
    reading = settings.reading.within(longest_input(model))
    tokenizer.model_max_length = reading.max_length  # for those who cut texts without asking ftcli
    splits = encoded.result() if reading == settings.reading else _encoded(tokenizer, dataset, reading)
    recipe = settings.recipe()
    vocabulary = None
    if settings.compact_vocabulary and not looking_at_whole_table(recipe, settings):
        used = np.unique(np.concatenate([split.ids for split in splits.values()]))
        whole = partial(load_embeddings, settings.model, pretrained.result())
        vocabulary = CompactVocabulary(model, used, splits["train"].pad_id, whole)
        splits = {name: vocabulary.renumber(split) for name, split in splits.items()}
    encoder = Encoder(model, partial(load_masked, settings.model, tokenizer))
    own = prepare(recipe, encoder, lambda name: stream_seed(settings.seed_of("init"), name))
    encoder.to(device)
    encoder.train_in(lower_precision(settings.precision, device))
    own = {name: weight.to(device) for name, weight in own.items()}
    shapes = _FEW_SHAPES if device.type == "cuda" else {}
    buckets = _buckets(splits["train"], settings, limit=reading.max_length, **shapes)
    if device.type == "cpu" and settings.executor != "vmap":  # whose steps can't, so that none is measured for it
        encoder.recompute_beyond(buckets.length_holding(_COMPUTED_ONCE))
    facts = DataFacts(buckets.batches, dataset.kind, _class_counts(dataset))
    plan = make_plan(recipe, encoder, settings, facts, own=list(own))
    return Assembly(tokenizer, encoder, splits, buckets, plan, own, vocabulary, pretrained.result())


def _encoded(tokenizer: Any, dataset: Dataset, reading: Reading) -> dict[str, EncodedSplit]:
    splits = {name: split for name, split in dataset.splits.items() if name in ("train", "select", "dev")}
    return {name: encode(tokenizer, split, reading) for name, split in splits.items()}


def _buckets(train: EncodedSplit, settings: TrainSettings, **padding: int) -> LengthBuckets:
    return LengthBuckets(
        train.lengths[train.first_rows[:-1]],
        batch_size=settings.examples_per_step,
        seed=stream_seed(settings.seed_of("data"), "order"),
        windows=None if train.owners is None else train.first_rows,
        **padding,
    )


def _class_counts(dataset: Dataset) -> tuple[int, ...]:
    labels = dataset.splits["train"].labels
    if dataset.kind != "classification" or labels is None:
        return ()
    return tuple(int((labels == number).sum()) for number in range(len(dataset.label_names)))


def longest_input(model: torch.nn.Module) -> int:
    """Return the most tokens that a model takes."""
    config: Any = model.config
    positions = getattr(config, "max_position_embeddings", None) or 512
    tables = [module for name, module in model.named_modules() if name.endswith("position_embeddings")]
    # RoBERTa and its kin count positions from the padding number on: they give their table one.
    padding = getattr(tables[0], "padding_idx", None) if tables else None
    return int(positions) - (0 if padding is None else padding + 1)
