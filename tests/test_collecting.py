from __future__ import annotations

import subprocess
import sys

AT_THE_END = """
import atexit, gc, sys
atexit.register(lambda: print(gc.isenabled(), *gc.get_threshold()))
sys.argv = ["ftcli", "--version"]
from ftcli.__main__ import main
main()
"""


def test_the_command_looks_for_garbage_seldom_and_who_imports_it_as_ever():
    def said(code):
        return subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.splitlines()[-1]

    usual = said("import gc; print(gc.isenabled(), *gc.get_threshold())")
    assert said("import ftcli.api, gc; print(gc.isenabled(), *gc.get_threshold())") == usual
    found = said(AT_THE_END).split()
    assert found[0] == "True"
    assert int(found[1]) > 10 * int(usual.split()[1])
    assert found[2:] == usual.split()[2:]
