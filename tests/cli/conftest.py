"""A desk to work at, and one where a model has been trained for all to look at."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from terminal import LEARNING, Answer, Desk, run_process


@pytest.fixture
def desk(tmp_path, tiny_model) -> Desk:
    return Desk.set_up(tmp_path, tiny_model)


@dataclass(frozen=True)
class Trained:
    """A run made by a process of its own, and what that said."""

    desk: Desk
    answer: Answer

    @property
    def run(self) -> Path:
        return self.desk.folder / "runs" / "reviews" / "baseline-seed2"


@pytest.fixture(scope="session")
def trained(tmp_path_factory, tiny_model) -> Trained:
    """A trained run: to be read only."""
    desk = Desk.set_up(tmp_path_factory.mktemp("trained"), tiny_model)
    return Trained(desk, run_process(desk.folder, *desk.training, *LEARNING, "--json"))


@pytest.fixture
def desk_with_run(tmp_path, trained) -> Desk:
    """A copy of the desk with the trained run, to work on."""
    folder = tmp_path / "copy"
    shutil.copytree(trained.desk.folder, folder)
    return Desk(folder, trained.desk.model)


@pytest.fixture(scope="session")
def masked_model(tmp_path_factory, tiny_model) -> Path:
    """The tiny model with a head for masked words."""
    from transformers import BertConfig, BertForMaskedLM

    folder = tmp_path_factory.mktemp("masked") / "tiny"
    shutil.copytree(tiny_model, folder)
    BertForMaskedLM(BertConfig.from_pretrained(tiny_model)).save_pretrained(folder)
    return folder
