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
    tmp_path, tiny_model, executor, expected
):
    path = write_reviews(tmp_path / "reviews.csv", 800)
    with path.open("a") as file:
        file.writelines(f"{'very ' * 20}fine,good\n" for _ in range(4))
    settings = train_settings()(train_file=path, model=str(tiny_model), batch_size=8, device="cpu", executor=executor)
    assembly = assemble(settings, load_dataset(settings))
    encoder, train = assembly.encoder, assembly.splits["train"]
    encoder.train()
    found = {
        length: recomputed(encoder.forward(encoder.weights, train.batch(rows, length).inputs).logits) > 0
        for rows, length in assembly.buckets.epoch(0)
    }
    longest = max(found)
    assert found == {length: expected and length == longest for length in found}
    assert len(found) > 1
