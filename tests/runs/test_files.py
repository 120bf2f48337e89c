from __future__ import annotations

import errno
import io
import json
import os
import stat

import pytest

from ftcli.errors import RunError
from ftcli.runs.files import append_line, read_json, replace_folder, write_bytes, write_json, write_text


def refuse(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_written_text_is_read_back_unchanged(tmp_path):
    write_text(tmp_path / "a.txt", "één\r\ntwo\n")
    assert (tmp_path / "a.txt").read_bytes() == "één\r\ntwo\n".encode()
    assert names(tmp_path) == ["a.txt"]


def test_file_gets_the_mode_that_open_would_give(tmp_path):
    write_bytes(tmp_path / "written", b"")
    (tmp_path / "opened").touch()
    assert stat.S_IMODE((tmp_path / "written").stat().st_mode) == stat.S_IMODE((tmp_path / "opened").stat().st_mode)


def test_the_longest_name_of_a_file_system_can_be_written(tmp_path):
    write_bytes(tmp_path / ("x" * 255), b"1")
    assert (tmp_path / ("x" * 255)).read_bytes() == b"1"


@pytest.mark.parametrize("function", ["replace", "fsync"])
def test_full_disk_leaves_the_old_content_and_nothing_else(tmp_path, monkeypatch, function):
    path = tmp_path / "status.json"
    write_text(path, "old")
    monkeypatch.setattr(os, function, refuse)
    with pytest.raises(OSError, match="No space"):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["status.json"]


@pytest.mark.parametrize("function", ["replace", "fsync"])
def test_full_disk_leaves_nothing_where_nothing_was(tmp_path, monkeypatch, function):
    monkeypatch.setattr(os, function, refuse)
    with pytest.raises(OSError, match="No space"):
        write_bytes(tmp_path / "status.json", b"new")
    assert names(tmp_path) == []


def test_interruption_leaves_nothing_behind(tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_bytes(tmp_path / "status.json", b"new")
    assert names(tmp_path) == []


def test_content_is_on_disk_before_it_gets_its_name(tmp_path, monkeypatch):
    order = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (order.append(("fsync", os.fstat(fd).st_size)), fsync(fd)))
    monkeypatch.setattr(os, "replace", lambda *both: (order.append("replace"), replace(*both)))
    write_bytes(tmp_path / "a", b"12345")
    assert order == [("fsync", 5), "replace"]


def test_json_keeps_order_and_turns_what_is_not_finite_into_null(tmp_path):
    content = {"z": float("nan"), "a": [1.5, float("inf"), {"b": (float("-inf"), 2)}], "text": "é"}
    write_json(tmp_path / "a.json", content)
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert json.loads(text) == {"z": None, "a": [1.5, None, {"b": [None, 2]}], "text": "é"}
    assert list(json.loads(text)) == ["z", "a", "text"]
    assert "é" in text
    assert text.endswith("}\n")


def test_json_that_cannot_be_written_leaves_the_old_file(tmp_path):
    write_json(tmp_path / "a.json", {"a": 1})
    with pytest.raises(TypeError):
        write_json(tmp_path / "a.json", {"a": object()})
    assert read_json(tmp_path / "a.json") == {"a": 1}
    assert names(tmp_path) == ["a.json"]


def test_appended_objects_take_a_line_each(tmp_path):
    file = io.StringIO()
    append_line(file, {"text": "two\nlines", "loss": float("nan")})
    append_line(file, {"step": 2})
    assert [json.loads(line) for line in file.getvalue().splitlines()] == [
        {"text": "two\nlines", "loss": None},
        {"step": 2},
    ]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"NaN", b'{"a": Infinity}', b"[" * 100_000])
def test_corrupt_json_is_an_error_that_names_the_file(tmp_path, content):
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(RunError, match=r"a\.json"):
        read_json(tmp_path / "a.json")


def test_missing_json_and_a_folder_in_its_place_are_errors_that_name_it(tmp_path):
    with pytest.raises(RunError, match=r"missing\.json: no such file"):
        read_json(tmp_path / "missing.json")
    with pytest.raises(RunError, match=str(tmp_path)):
        read_json(tmp_path)


@pytest.fixture
def folders(tmp_path):
    for name in ["new", "old"]:
        (tmp_path / name).mkdir()
        (tmp_path / name / "content").write_text(name)
    return tmp_path / "new", tmp_path / "old"


def test_folder_takes_the_place_of_another(folders):
    new, old = folders
    replace_folder(new, old)
    assert (old / "content").read_text() == "new"
    assert names(old.parent) == ["old"]


def test_folder_takes_a_free_name(folders):
    new, old = folders
    replace_folder(new, old.with_name("free"))
    assert (old.with_name("free") / "content").read_text() == "new"
    assert names(old.parent) == ["free", "old"]


def test_old_folder_is_put_back_where_the_new_one_cannot_take_its_name(folders, monkeypatch):
    new, old = folders
    replace = os.replace

    def fail_on_the_new_one(source, target):
        if source == new:
            refuse()
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail_on_the_new_one)
    with pytest.raises(OSError, match="No space"):
        replace_folder(new, old)
    assert (old / "content").read_text() == "old"
    assert (new / "content").read_text() == "new"
    assert names(old.parent) == ["new", "old"]


def test_both_folders_stay_where_the_old_one_cannot_be_moved(folders, monkeypatch):
    new, old = folders
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="No space"):
        replace_folder(new, old)
    assert names(old.parent) == ["new", "old"]
    assert (old / "content").read_text() == "old"
