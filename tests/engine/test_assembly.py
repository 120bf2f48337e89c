"""What is put together for a training."""

from __future__ import annotations

import pytest
from builders import recomputed
from helpers import write_reviews

from ftcli.engine.assembly import assemble
from ftcli.settings.train import train_settings
from ftcli.tasks.load import load_dataset


@pytest.mark.parametrize(("executor", "expected"), [("eager", True), ("vmap", False)])
def test_blocks_are_computed_twice_for_the_longest_texts_alone_and_never_where_steps_are_mapped(
    tmp_path, tiny_model, monkeypatch, executor, expected
):
    monkeypatch.setattr("ftcli.engine.assembly._COMPUTED_ONCE", 0.6)
    path = write_reviews(tmp_path / "reviews.csv", 200)
    settings = train_settings()(train_file=path, model=str(tiny_model), batch_size=8, device="cpu", executor=executor)
    assembly = assemble(settings, load_dataset(settings))
    encoder, train, buckets = assembly.encoder, assembly.splits["train"], assembly.buckets
    encoder.train()
    found = {
        length: recomputed(encoder.forward(encoder.weights, train.batch(rows, length).inputs).logits) > 0
        for rows, length in buckets.epoch(0)
    }
    beyond = buckets.length_holding(0.6)
    assert min(found) < beyond < max(found)
    assert found == {length: expected and length > beyond for length in found}
