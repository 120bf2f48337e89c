"""A page of two recipes on a task, and a browser where there is one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from made import make_study

from ftcli.compare.compare import compare
from ftcli.page.page import render


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The file of a page with a name and texts that try to break out of it."""
    folder = tmp_path_factory.mktemp("page")
    make_study(folder / "runs" / "base", right=0.6, train_seconds=90.0)
    make_study(folder / "runs" / "rdrop", right=0.85, recipe={"rdrop": {"alpha": 1.0}}, lr=2e-5, train_seconds=3700.0)
    texts = {f"dev-{number}": f"Sentence {number} </script><script>alert(1)</script>" for number in range(120)}
    path = folder / "report.html"
    path.write_text(render(compare([folder / "runs"]), {"cola": texts}), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """Chromium without a window; what needs it is skipped where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("there is no Chromium (Debian: apt install chromium)")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield running
        running.close()
