"""How long a text a model takes, by its files alone."""

from __future__ import annotations

import pytest
from families import save_family
from transformers import AutoModel

from ftcli.engine.assembly import longest_input
from ftcli.models.limits import most_tokens

TEXTS = ["some words to make a tokenizer from", "and others"]


@pytest.mark.parametrize("family", ["Bert", "Roberta", "Electra", "MPNet", "Albert", "DistilBert"])
def test_it_is_what_the_model_itself_is_asked(tmp_path, family):
    save_family(family, tmp_path, TEXTS)
    assert most_tokens(str(tmp_path)) == longest_input(AutoModel.from_pretrained(tmp_path))


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"max_position_embeddings": "many"}'])
def test_a_file_that_does_not_say_is_no_limit(tmp_path, content):
    save_family("Bert", tmp_path, TEXTS)
    (tmp_path / "config.json").write_text(content)
    assert most_tokens(str(tmp_path)) is None
