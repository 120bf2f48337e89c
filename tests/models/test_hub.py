"""Hub models: from the local cache without a network, and a clear message where neither has them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import huggingface_hub.constants
import pytest

from ftcli.errors import ModelError
from ftcli.models.hub import snapshot
from ftcli.models.loading import load_pretrained

REVISION = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def cached(tiny_model, tmp_path, monkeypatch):
    """A hub cache that holds one model, in the hub client's own layout."""
    cache = tmp_path / "hub"
    entry = cache / "models--somebody--tiny"
    shutil.copytree(tiny_model, entry / "snapshots" / REVISION)
    (entry / "refs").mkdir()
    (entry / "refs" / "main").write_text(REVISION)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    return entry / "snapshots" / REVISION


def test_a_cached_model_needs_no_network(cached):
    assert snapshot("somebody/tiny") == cached
    assert load_pretrained("somebody/tiny", ["a", "b"], seed=1).config.num_labels == 2


def test_a_cached_model_with_pickled_weights_alone_is_refused(cached):
    (cached / "model.safetensors").rename(cached / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"can't be had|only pickled ones"):
        load_pretrained("somebody/tiny", ["a", "b"], seed=1)


def test_neither_cached_nor_reachable(cached):
    with pytest.raises(ModelError, match=r"'somebody/other' can't be had: the Hugging Face hub can't be reached"):
        snapshot("somebody/other")


def test_a_hub_that_refuses_is_quoted(tmp_path):
    """A server on loopback that answers every question with 404."""
    code = (
        "import threading; from http.server import BaseHTTPRequestHandler, HTTPServer\n"
        "server = HTTPServer(('127.0.0.1', 0), BaseHTTPRequestHandler)\n"
        "threading.Thread(target=server.serve_forever, daemon=True).start()\n"
        "import os; os.environ['HF_ENDPOINT'] = f'http://127.0.0.1:{server.server_port}'\n"
        "os.environ['HF_HUB_OFFLINE'] = '0'\n"
        "from ftcli.models.hub import snapshot\n"
        "try: snapshot('somebody/other')\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"HF_HOME": str(tmp_path), "PATH": "/usr/bin", "PYTHONPATH": str(Path(__file__).parents[2])},
        timeout=60,
    )
    assert done.stdout.startswith("ModelError --model: 'somebody/other' can't be had: ")
