"""What many tests share: a tiny model, a tiny data set, and the command line run for real."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from ftcli.models.catalogue import locate

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # each process that a test starts would compile ftcli anew
os.environ["COLUMNS"] = "200"  # a console takes its width when it is made, which may be when tests are collected
gc.set_threshold(100_000, *gc.get_threshold()[1:])  # as in a process of ftcli's own
for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:  # as in a shell's background, or under nohup: all would inherit it
        signal.signal(number, usual)


LONGEST = ("test_onboard.py", "test_torture.py", "test_disk.py")


def pytest_collection_modifyitems(items):
    """What takes minutes begins first, so that no worker is left alone with it at the end."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


def pytest_collection_finish():
    """Thousands of tests stay until the end: nobody need look for garbage among them."""
    gc.freeze()


def pytest_runtest_setup(item):
    """What only a GPU can show is left out without one."""
    if item.get_closest_marker("gpu"):
        import torch

        if not torch.cuda.is_available():
            pytest.skip("needs a CUDA device")


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """Tests run side by side, one on each core."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    """No test sees settings of the person who runs it, nor colours."""
    for name in [name for name in os.environ if name.startswith("FTCLI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory) -> Path:
    """A BERT of 3 blocks, 32 wide, with random weights and the on-board tokenizer."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertModel

    folder = tmp_path_factory.mktemp("model") / "tiny"
    tokenizer = AutoTokenizer.from_pretrained(locate("onboard"))
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=3,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        BertModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def ftcli(tmp_path):
    """Run the command line as a user does, in a process of its own in ``tmp_path``."""

    def run(*arguments: object, code: int = 0, cwd: Path = tmp_path, **environment: str) -> SimpleNamespace:
        done = subprocess.run(
            [sys.executable, "-m", "ftcli", *map(str, arguments)],
            cwd=cwd,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )
        assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return SimpleNamespace(out=done.stdout, err=done.stderr)

    return run
