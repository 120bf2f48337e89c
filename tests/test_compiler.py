"""torch's compiler stays away until it is asked for, and then it is the real one."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

OWN = """
import sys
from ftcli.startup import start_soon
start_soon()
import ftcli.models.library
import torch
assert torch.distributed.is_available()
def loaded():
    return "torch._dynamo.eval_frame" in sys.modules
assert not loaded() and "sympy" not in sys.modules
"""
TRAIN = """
from ftcli import TrainSettings, train
train(TrainSettings(train_file={file!r}, model={model!r}, max_steps=2, output={output!r}))
assert not loaded() and "sympy" not in sys.modules
"""
MARKS = """
@torch._dynamo.disable
def one():
    return 1
@torch._dynamo.disable(recursive=False)
def two():
    return 2
assert (one(), two()) == (1, 2)
assert not loaded()
"""
USES = {
    "an attribute": "assert torch._dynamo.config.cache_size_limit >= 1; torch._dynamo.reset()",
    "a module": "import torch._dynamo.utils as utils; assert utils is torch._dynamo.utils; assert utils.counters == {}",
    "a name in a module": "from torch._dynamo.eval_frame import OptimizedModule; assert OptimizedModule.__module__",
    "the package's own name": "from torch._dynamo import optimize; assert callable(optimize)",
    "compiling": (
        "twice = torch.compile(lambda number: number * 2, backend='eager'); assert twice(torch.ones(())).item() == 2"
    ),
    "gradients of functions": (
        "assert torch.func.grad(lambda x: x * x)(torch.ones(())).item() == 2; import torch._dynamo.utils"
    ),
}
THEN = """
assert loaded()
real = sys.modules["torch._dynamo"]
assert real is torch._dynamo and real.__file__ and real.__spec__.name == "torch._dynamo"
assert not any(type(finder).__module__ == "ftcli.compiler" for finder in sys.meta_path)
assert sys.modules["torch._dynamo.utils"].__spec__.loader.__class__.__name__ == "SourceFileLoader"
"""


def run(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_functions_are_marked_without_it():
    run(OWN + MARKS)


@pytest.mark.parametrize("use", USES)
def test_it_is_loaded_at_its_first_use(use):
    run(OWN + USES[use] + THEN)


def test_another_program_has_it_as_ever():
    run("import sys, ftcli.models.library; assert 'torch._dynamo.eval_frame' in sys.modules")


def test_it_is_no_part_of_a_training(tmp_path, tiny_model):
    reviews = tmp_path / "reviews.csv"
    reviews.write_text("text,label\n" + "".join(f"text number {row},{'ab'[row % 2]}\n" for row in range(40)))
    run(OWN + TRAIN.format(file=str(reviews), model=str(tiny_model), output=str(tmp_path / "run")))
