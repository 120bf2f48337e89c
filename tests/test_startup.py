from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from ftcli.startup import passing_over

pytestmark = pytest.mark.slow

COMMAND = """
import atexit, sys
def tell():
    import gc
    from importlib.util import find_spec
    hidden = [name for name in ("accelerate", "scipy") if name in sys.modules and sys.modules[name] is None]
    print(gc.isenabled(), *gc.get_threshold(), "accelerate" in sys.modules, "scipy.optimize" in sys.modules, hidden)
{what}
tell()
"""
LIBRARY = "import ftcli.models.library"
MAIN = """
sys.argv = ["ftcli", "--version"]
from ftcli.__main__ import main
try:
    main()
except SystemExit:
    pass
"""


def said(what: str) -> list[str]:
    code = COMMAND.replace("{what}", what)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1].split()


def test_a_command_looks_for_garbage_seldom_and_who_imports_the_package_as_ever():
    usual = said("")
    assert said("import ftcli.api")[:4] == usual[:4]
    found = said(MAIN)
    assert found[0] == "True"
    assert int(found[1]) > 10 * int(usual[1])
    assert found[2:4] == usual[2:4]


RESIDENT = """
import resource
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()
blocks = [bytearray(16_000_000) for _ in range(4)]
before = resident()
del blocks
kept = resident() - before > -32_000_000
tell = lambda: print(kept)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library gives memory back in its own way")
def test_a_command_keeps_memory_that_was_freed_for_the_next_step():
    assert said(MAIN + RESIDENT) == ["True"]
    assert said("import ftcli.api" + RESIDENT) == ["False"]


def test_a_command_leaves_out_what_transformers_would_load_with_it():
    assert said(MAIN + LIBRARY)[4:] == ["False", "False", "[]"]
    with_scipy = said(LIBRARY)[4:]
    assert with_scipy[1:] == ["True", "[]"]
    assert said(MAIN + LIBRARY + "\nimport scipy.optimize")[4:] == ["False", "True", "[]"]


def test_so_does_a_process_of_a_study():
    assert said("import ftcli.trainings.worker")[4:6] == ["False", said(MAIN + "import sklearn.linear_model")[5]]


def test_nothing_is_hidden_in_the_process_of_another_program(monkeypatch):
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with passing_over("colorsys"):
        import colorsys  # noqa: F401
    assert sys.modules["colorsys"] is not None


@pytest.mark.parametrize("loaded", [True, False])
def test_what_is_hidden_is_there_again(monkeypatch, loaded):
    import colorsys

    monkeypatch.setattr("ftcli.startup._own", [True])
    if not loaded:
        monkeypatch.delitem(sys.modules, "colorsys")
    with passing_over("colorsys"):
        assert sys.modules["colorsys"] is (colorsys if loaded else None)
    assert ("colorsys" in sys.modules) == loaded
