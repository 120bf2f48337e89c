"""Layers whose products are computed together give what each gives alone."""

from __future__ import annotations

import pytest
import torch
import transformers
from builders import logits_and_gradients, random_batch
from torch import nn
from torch.func import functional_call, grad, vmap

from ftcli.engine.stacked import with_additive_mask
from ftcli.models.encoder import Encoder
from ftcli.models.joined import join_products

SIZES = {"vocab_size": 60, "num_labels": 2}
BERT = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24}
CASES = {
    "Bert": BERT,
    "Roberta": BERT,
    "Electra": BERT,
    "Albert": BERT | {"embedding_size": 8},
    "DistilBert": {"dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 24},
    "DebertaV2": BERT,
}
PRODUCTS = {"Bert": 2, "Roberta": 2, "Electra": 2, "Albert": 1, "DistilBert": 2, "DebertaV2": 0}


def classifier(family, **options):
    config = getattr(transformers, f"{family}Config")(max_position_embeddings=40, **SIZES, **CASES[family], **options)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return getattr(transformers, f"{family}ForSequenceClassification")(config).double().eval()


def joined(model):
    join_products(model)
    return model


def narrowed(model):
    Encoder(model)
    return model


def products(model):
    return {id(vars(layer)["product"]) for layer in model.modules() if "product" in vars(layer)}


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("family", CASES)
def test_logits_and_gradients_are_those_of_single_products(family, narrow):
    plain, fast = ((narrowed if narrow else nn.Identity())(classifier(family)) for _ in range(2))
    join_products(fast)
    assert len(products(fast)) == PRODUCTS[family]
    inputs = random_batch(5, 7).inputs
    found = [logits_and_gradients(model, inputs) for model in (plain, fast)]
    torch.testing.assert_close(found[1][0], found[0][0])
    for name, gradient in found[0][1].items():
        torch.testing.assert_close(found[1][1][name], gradient, msg=name)


def test_fewer_products_are_computed(monkeypatch):
    counts = []
    real = torch.nn.functional.linear
    for model in (narrowed(classifier("Bert")), joined(narrowed(classifier("Bert")))):
        calls = []
        monkeypatch.setattr(
            "torch.nn.functional.linear", lambda *given, calls=calls: calls.append(given) or real(*given)
        )
        model(**random_batch(5, 7).inputs)
        counts.append(len(calls))
    assert counts[0] - counts[1] == 2 + 1


def test_seeds_are_mapped_through_them():
    plain, fast = (classifier("Bert", attn_implementation="eager") for _ in range(2))
    join_products(fast)
    weights = {name: torch.stack([weight.detach(), 1.1 * weight.detach()]) for name, weight in plain.named_parameters()}
    batch = with_additive_mask(random_batch(5, 7), torch.float64)

    def loss(weights, model):
        return functional_call(model, weights, kwargs=batch.inputs).logits.square().sum()

    found, expected = (vmap(grad(lambda given, model=model: loss(given, model)))(weights) for model in (fast, plain))
    for name, gradient in expected.items():
        torch.testing.assert_close(found[name], gradient, msg=name)


def test_nothing_is_kept_after_a_forward_pass_and_another_input_is_computed_anew():
    plain, fast = classifier("Bert"), joined(classifier("Bert"))
    attention, alone = (model.bert.encoder.layer[0].attention.self for model in (fast, plain))
    one, other = torch.randn(2, 3, 16).double(), torch.randn(2, 3, 16).double()
    torch.testing.assert_close(attention.query(one), alone.query(one))
    torch.testing.assert_close(attention.value(other), alone.value(other))
    torch.testing.assert_close(attention.key(one), alone.key(one))
    torch.testing.assert_close(attention.value(one), alone.value(one))
    fast(**random_batch(5, 7).inputs)
    kept = vars(attention.query.product)
    assert kept["_input"] is None
    assert not kept["_waiting"]


def test_they_can_be_parted_again():
    fast = joined(classifier("Bert"))
    join_products(fast, on=False)
    assert not products(fast)
    inputs = random_batch(5, 7).inputs
    torch.testing.assert_close(fast(**inputs).logits, classifier("Bert")(**inputs).logits)


def test_what_is_saved_is_a_model_like_any_other(tmp_path):
    fast = joined(classifier("Bert"))
    fast.save_pretrained(tmp_path)
    again = transformers.BertForSequenceClassification.from_pretrained(tmp_path, dtype=torch.float64)
    inputs = random_batch(5, 7).inputs
    torch.testing.assert_close(again.eval()(**inputs).logits, fast(**inputs).logits)
