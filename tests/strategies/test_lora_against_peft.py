"""LoRA and its kin against the peft library: same outputs and gradients from the same matrices."""

from __future__ import annotations

import warnings

import pytest
import torch
from builders import random_batch, tiny_encoder, tiny_state

from ftcli.engine.differentiate import by_autograd
from ftcli.engine.step import Step, TorchNoise

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import peft

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")

KIN = {"lora": {}, "rslora": {"root": True}, "dora": {"dora": True}}


@pytest.mark.parametrize("options", KIN.values(), ids=KIN)
def test_outputs_and_gradients_agree(options):
    state = tiny_state(tiny_encoder(), {"lora": {"rank": 2, "alpha": 3.0, **options}})
    torch.manual_seed(0)
    for name, weight in state.weights.items():
        if name.startswith(("lora.up", "lora.length")):  # else all of them agree, as nothing has changed yet
            weight.add_(torch.rand_like(weight) / 5)
    config = peft.LoraConfig(
        r=2,
        lora_alpha=3.0,
        use_rslora=options.get("root", False),
        use_dora=options.get("dora", False),
        target_modules=r".*layer\.\d\..*(query|key|value|dense)",
    )
    theirs = peft.get_peft_model(tiny_encoder().model, config)
    pairs = {
        "lora.down.": "lora_A.default.weight",
        "lora.up.": "lora_B.default.weight",
        "lora.length.": "lora_magnitude_vector.default.weight",
    }
    known = dict(theirs.named_parameters())
    counterpart = {
        name: known[f"base_model.model.{name.removeprefix(prefix).removesuffix('weight')}{theirs_name}"]
        for name in state.weights
        for prefix, theirs_name in pairs.items()
        if name.startswith(prefix)
    }
    assert len(counterpart) == 18 * (2 + options.get("dora", False))
    with torch.no_grad():
        for name, parameter in counterpart.items():
            parameter.copy_(state.weights[name])

    batch = random_batch()
    expected = theirs(**batch.inputs).logits
    merged = state.merged(state.weights)
    torch.testing.assert_close(state.encoder.forward(merged, batch.inputs).logits, expected)
    torch.nn.functional.cross_entropy(expected, batch.labels).backward()
    step = Step(state.plan, state.encoder, state.slots, torch.zeros(()), TorchNoise())
    found = by_autograd(step.loss(), 6, state.plan.moving_at(0))(state.weights, batch).weights
    for name, parameter in counterpart.items():
        torch.testing.assert_close(found[name], parameter.grad, msg=lambda m, n=name: f"{n}: {m}")
