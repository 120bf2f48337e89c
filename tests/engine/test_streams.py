"""Initialisation, data order and dropout have a random stream each, all from one seed."""

from __future__ import annotations

import pytest
import torch
from helpers import write_reviews

from ftcli.engine.assembly import assemble
from ftcli.engine.streams import stream_seed
from ftcli.settings.resolve import resolve_train
from ftcli.tasks.load import load_dataset


def test_each_purpose_and_each_seed_has_a_stream_of_its_own():
    seeds = {stream_seed(seed, purpose) for seed in (0, 1, 2**62) for purpose in ("head", "order", "dropout", "reinit")}
    assert len(seeds) == 12
    assert stream_seed(7, "order") == stream_seed(7, "order")


@pytest.fixture
def assembled(tmp_path, tiny_model):
    path = write_reviews(tmp_path / "reviews.csv", 40)

    def make(**flags):
        settings = resolve_train({"train_file": str(path), "model": str(tiny_model), "batch_size": "4", **flags})
        return assemble(settings, load_dataset(settings))

    return make


def head_of(assembly):
    return assembly.encoder.weights["classifier.weight"].detach()


def order_of(assembly):
    return [batch.rows.tolist() for batch in assembly.buckets.epoch(0)]


def test_a_seed_decides_head_and_order(assembled):
    one, same, other = (assembled(seed=seed) for seed in ("1", "1", "2"))
    assert torch.equal(head_of(one), head_of(same))
    assert order_of(one) == order_of(same)
    assert not torch.equal(head_of(one), head_of(other))
    assert order_of(one) != order_of(other)


def test_a_technique_moves_neither_head_nor_order(assembled):
    plain, with_it = assembled(), assembled(strategy=["reinit", "mixout", "rdrop"])
    assert torch.equal(head_of(plain), head_of(with_it))
    assert order_of(plain) == order_of(with_it)


def test_what_was_drawn_before_does_not_matter(assembled):
    torch.manual_seed(1)
    one = head_of(assembled())
    torch.rand(100)
    assert torch.equal(one, head_of(assembled()))
