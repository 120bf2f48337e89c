"""The folder of a study while its runs are trained."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ftcli.runs.files import write_bytes
from ftcli.runs.guard import holds_anything, lock
from ftcli.runs.recorded import settings_of_study
from ftcli.runs.study import STUDY_FILE, is_study, places_of_runs, read_study
from ftcli.runs.unfinished import begun_since
from ftcli.runs.workspace import remove_empty


@contextmanager
def opened_study(path: Path) -> Iterator[None]:
    """Keep the folder of a study locked, and have it be as it was where no run of the study has begun in the end.

    One that is interrupted before that stays, to be gone on with.

    Raises:
        RunError: another process is at work on the study, or the folder can't be written.
    """
    new_folders = [folder for folder in path.parents if not folder.exists()]
    try:
        with lock(path):
            before = (path / STUDY_FILE).read_bytes() if is_study(path) else None
            try:
                yield
            except KeyboardInterrupt:
                raise
            except BaseException:
                _withdraw(path, before)
                raise
            _withdraw(path, before)
    finally:
        remove_empty(new_folders)


def _withdraw(path: Path, before: bytes | None) -> None:
    if is_study(path) and _has_begun(path):
        return
    if before is not None:
        write_bytes(path / STUDY_FILE, before)
        return
    (path / STUDY_FILE).unlink(missing_ok=True)
    if not holds_anything(path):
        shutil.rmtree(path)


def _has_begun(path: Path) -> bool:
    told = read_study(path)
    places = places_of_runs(path, settings_of_study(told.settings, path)).values()
    return any(begun_since(place, told.started) for place in places)
