from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from ftcli.errors import ModelError, UsageError
from ftcli.models.catalogue import locate
from ftcli.models.loading import load_finetuned, load_pretrained, load_tokenizer


def test_the_onboard_model_is_a_folder():
    assert (Path(locate("onboard")) / "model.safetensors").is_file()


@pytest.mark.parametrize(("wrong", "near"), [("onbord", "onboard"), ("brt", "bert"), ("modernbet", "modernbert")])
def test_a_mistyped_name_is_answered_with_the_nearest(wrong, near):
    with pytest.raises(UsageError, match=f"no model '{wrong}'; did you mean '{near}'"):
        locate(wrong)


def test_hub_names_and_short_names_pass():
    assert locate("bert") == "google-bert/bert-base-uncased"
    assert locate("somebody/some-model") == "somebody/some-model"


@pytest.mark.parametrize("name", ["./nowhere", "/nowhere/at/all", "a/b/c", "what is this"])
def test_what_can_be_no_name_is_refused(name):
    with pytest.raises(UsageError, match="there is no model"):
        locate(name)


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(ModelError, match=r"config\.json is missing"):
        locate(str(tmp_path))


def test_pickled_weights_are_refused_and_never_read(tiny_model, tmp_path):
    folder = tmp_path / "pickled"
    shutil.copytree(tiny_model, folder)
    (folder / "model.safetensors").unlink()
    planted = tmp_path / "planted"

    class Hostile:
        def __reduce__(self):
            return (Path.touch, (planted,))

    torch.save({"weights": Hostile()}, folder / "pytorch_model.bin")
    for load in (locate, load_finetuned, lambda name: load_pretrained(str(name), ["a", "b"], seed=1)):
        with pytest.raises(ModelError, match=r"only pickled ones \(pytorch_model\.bin\)"):
            load(folder if load is load_finetuned else str(folder))
    assert not planted.exists()


def test_the_seed_draws_the_head_and_the_rest_is_pretrained(tiny_model):
    one, same, other = (
        dict(load_pretrained(str(tiny_model), ["a", "b"], seed=seed).named_parameters()) for seed in (1, 1, 2)
    )
    differing = {name for name in one if not torch.equal(one[name], other[name])}
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert differing == {"classifier.weight"}


def test_weights_lie_in_memory_as_torch_lays_out_its_own(tiny_model):
    model = load_pretrained(str(tiny_model), ["a", "b"], seed=1)
    assert {weight.data_ptr() % 64 for weight in model.parameters()} == {0}


def test_labels_are_named_in_the_config(tiny_model):
    config = load_pretrained(str(tiny_model), ["bad", "good", "so-so"], seed=1).config
    assert config.id2label == {0: "bad", 1: "good", 2: "so-so"}
    assert load_pretrained(str(tiny_model), [], seed=1).config.num_labels == 1


def test_a_broken_model_is_one_clear_message(tiny_model, tmp_path):
    folder = tmp_path / "broken"
    shutil.copytree(tiny_model, folder)
    (folder / "model.safetensors").write_bytes(b"not a model")
    with pytest.raises(ModelError, match="can't be loaded"):
        load_pretrained(str(folder), ["a", "b"], seed=1)
    (folder / "tokenizer.json").write_text("{")
    with pytest.raises(ModelError, match="can't be loaded"):
        load_tokenizer(str(folder))
