"""Archives that nobody vouches for: every hostile kind is refused before it does harm."""

from __future__ import annotations

import gzip
import stat
import struct
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ftcli.errors import DownloadError
from ftcli.tasks.download.archive import unpack
from ftcli.tasks.download.install import install
from ftcli.tasks.download.members import Limits, find_objection
from ftcli.tasks.task import Task

CENTRAL, LOCAL = b"PK\x01\x02", b"PK\x03\x04"
# Offsets of the fields of a header in the table of contents, by the format's specification.
FLAGS, CRC, PACKED, SIZE, OFFSET = 8, 16, 20, 24, 42


def patched(data: bytes, name: str, field: int, value: bytes) -> bytes:
    """Change a field of a member's entry in the table of contents."""
    start = -1
    while (start := data.index(CENTRAL, start + 1)) >= 0:
        if data[start + 46 :].startswith(name.encode()):
            return data[: start + field] + value + data[start + field + len(value) :]
    raise AssertionError(name)


def named(name: str) -> Callable[[Any], bytes]:
    """The expected archive with one member more."""
    return lambda kit: with_info(kit, zipfile.ZipInfo(name))


def with_info(kit: Any, *infos: zipfile.ZipInfo, content: bytes = b"evil") -> bytes:
    path = Path(tempfile.mkdtemp()) / "made.zip"
    try:
        path.write_bytes(kit.make_zip())
        with warnings.catch_warnings(), zipfile.ZipFile(path, "a") as archive:
            warnings.simplefilter("ignore")  # about the duplicate names that are meant
            for info in infos:
                archive.writestr(info, content)
        return path.read_bytes()
    finally:
        path.unlink()
        path.parent.rmdir()


def of_mode(mode: int, name: str = "CoLA/extra") -> Callable[[Any], bytes]:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (mode | 0o777) << 16
    return lambda kit: with_info(kit, info)


def expected_as_link(kit: Any) -> bytes:
    info = zipfile.ZipInfo("CoLA/train.tsv")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    members = {f"CoLA/{name}": content for name, content in kit.FILES.items() if name != "train.tsv"}
    path = Path(tempfile.mkdtemp()) / "made.zip"
    path.write_bytes(kit.make_zip(members))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(info, "/etc/passwd")
    data = path.read_bytes()
    path.unlink()
    path.parent.rmdir()
    return data


def encrypted(kit: Any) -> bytes:
    data = patched(kit.make_zip(), "CoLA/dev.tsv", FLAGS, struct.pack("<H", 1))
    local = data.index(LOCAL, data.index(b"CoLA/dev.tsv") - 30)
    return data[: local + 6] + struct.pack("<H", 1) + data[local + 8 :]


def masked(kit: Any) -> bytes:
    return patched(kit.make_zip(), "CoLA/dev.tsv", FLAGS, struct.pack("<H", 0x2000))


def compressed_by(method: int) -> Callable[[Any], bytes]:
    return lambda kit: kit.make_zip(compression=method)


def bomb(kit: Any) -> bytes:
    return with_info_deflated(kit, "bomb", bytes(2**21))


def with_info_deflated(kit: Any, name: str, content: bytes) -> bytes:
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    return with_info(kit, info, content=content)


def too_large_together(kit: Any) -> bytes:
    data = with_info(kit, zipfile.ZipInfo("one"), zipfile.ZipInfo("two"))
    huge = struct.pack("<I", 3 * 2**29)
    for name in ("one", "two"):
        data = patched(patched(data, name, SIZE, huge), name, PACKED, huge)
    return data


def lying(declared: int, checked: int) -> Callable[[Any], bytes]:
    """Declare `declared` bytes of train.tsv, with the right checksum of its first `checked`."""

    def build(kit: Any) -> bytes:
        crc = zlib.crc32(kit.FILES["train.tsv"][:checked])
        data = patched(kit.make_zip(), "CoLA/train.tsv", CRC, struct.pack("<I", crc))
        return patched(data, "CoLA/train.tsv", SIZE, struct.pack("<I", declared))

    return build


def too_many(kit: Any) -> bytes:
    return kit.make_zip({str(number): b"" for number in range(10_001)})


def bad_checksum(kit: Any) -> bytes:
    return kit.make_zip(compression=zipfile.ZIP_STORED).replace(b"Bill coughed", b"Bill laughed")


def bad_stream(kit: Any) -> bytes:
    data = kit.make_zip()
    start = data.index(b"CoLA/train.tsv") + len("CoLA/train.tsv")
    return data[:start] + b"\xff" * 20 + data[start + 20 :]


def truncated(kit: Any) -> bytes:
    return kit.make_zip()[:-30]


def halved(kit: Any) -> bytes:
    data = kit.make_zip()
    return data[: len(data) // 2]


def bad_offset(kit: Any) -> bytes:
    return patched(kit.make_zip(), "CoLA/train.tsv", OFFSET, struct.pack("<I", 2**31))


def two_names(kit: Any) -> bytes:
    """The table of contents calls a member otherwise than the member's own header does."""
    return kit.make_zip().replace(b"CoLA/train.tsv", b"../../evil.tsv", 1)


def with_null(kit: Any) -> bytes:
    return with_info(kit, zipfile.ZipInfo("CoLA/x!evil")).replace(b"x!evil", b"x\0evil")


def not_utf8(kit: Any) -> bytes:
    return with_info(kit, zipfile.ZipInfo("CoLA/é")).replace("é".encode(), b"\xff\xfe")


def lacking(kit: Any) -> bytes:
    return kit.make_zip({"CoLA/train.tsv": b"", "CoLA/test.tsv": b"", "CoLA/README": b""})


def other_folder(kit: Any) -> bytes:
    return kit.make_zip({f"RTE/{name}": content for name, content in kit.FILES.items()})


def folder_in_place_of_file(kit: Any) -> bytes:
    files = {name: content for name, content in kit.FILES.items() if name != "train.tsv"}
    return kit.make_zip({f"CoLA/{name}": content for name, content in files.items()} | {"CoLA/train.tsv/": b""})


def duplicated(kit: Any) -> bytes:
    return with_info(kit, zipfile.ZipInfo("CoLA/train.tsv"))


HOSTILE: dict[str, tuple[Callable[[Any], bytes], str]] = {
    "parent": (named("../evil"), r"member '\.\./evil' leads out"),
    "parent inside": (named("CoLA/../../evil"), r"member 'CoLA/\.\./\.\./evil' leads out"),
    "just parent": (named(".."), "leads out"),
    "absolute": (named("/tmp/evil"), "member '/tmp/evil' has an absolute path"),
    "drive": (named("C:/evil"), "member 'C:/evil' names a drive"),
    "backslash": (named("CoLA\\..\\evil"), "has a backslash"),
    "share": (named("\\\\host\\evil"), "has a backslash"),
    "control character": (named("CoLA/\x1b[2J"), r"member 'CoLA/\\x1b\[2J' has a control character"),
    "an icon that is none": (named("CoLA/Icon\r/x"), "has a control character"),
    "null": (with_null, "has a control character"),
    "no name": (named(""), "member '' has no name"),
    "link": (of_mode(stat.S_IFLNK), "member 'CoLA/extra' is a symbolic link"),
    "expected as link": (expected_as_link, "member 'CoLA/train.tsv' is a symbolic link"),
    "pipe": (of_mode(stat.S_IFIFO), "is not a plain file"),
    "device": (of_mode(stat.S_IFBLK), "is not a plain file"),
    "terminal": (of_mode(stat.S_IFCHR), "is not a plain file"),
    "socket": (of_mode(stat.S_IFSOCK), "is not a plain file"),
    "folder without slash": (of_mode(stat.S_IFDIR), "is not a plain file"),
    "twice": (duplicated, "member 'CoLA/train.tsv' is there twice"),
    "case": (named("CoLA/TRAIN.tsv"), "'CoLA/train.tsv' and 'CoLA/TRAIN.tsv' would be one file"),
    "dot": (named("./CoLA/train.tsv"), "would be one file"),
    "slashes": (named("CoLA//train.tsv"), "would be one file"),
    "encrypted": (encrypted, "member 'CoLA/dev.tsv' is encrypted"),
    "masked": (masked, "member 'CoLA/dev.tsv' is encrypted"),
    "bzip2": (compressed_by(zipfile.ZIP_BZIP2), "is compressed by method 12"),
    "lzma": (compressed_by(zipfile.ZIP_LZMA), "is compressed by method 14"),
    "bomb": (bomb, r"member 'bomb' would swell from [\d,]+ to 2,097,152 bytes"),
    "large together": (too_large_together, "would unpack to 3,221,225,"),
    "more than declared": (lying(10, 11), "member 'CoLA/train.tsv' declares 10 bytes, holds more"),
    "more, checksum forged": (lying(10, 10), "damaged archive .*CoLA/train.tsv"),
    "fewer than declared": (lying(99, 99), "member 'CoLA/train.tsv' declares 99 bytes, holds 75"),
    "many": (too_many, "has 10,001 members"),
    "checksum": (bad_checksum, "damaged archive .*CoLA/test.tsv"),
    "stream": (bad_stream, "damaged archive"),
    "truncated": (truncated, "damaged archive"),
    "halved": (halved, "damaged archive"),
    "offset": (bad_offset, "damaged archive"),
    "two names": (two_names, "damaged archive"),
    "name not UTF-8": (not_utf8, "damaged archive"),
    "lacking": (
        lacking,
        "lacks CoLA/dev.tsv; it holds 'CoLA/train.tsv', 'CoLA/test.tsv', 'CoLA/README'",
    ),
    "other folder": (other_folder, "lacks CoLA/train.tsv; it holds 'RTE/train.tsv'"),
    "folder for file": (folder_in_place_of_file, "lacks CoLA/train.tsv"),
    "without members": (lambda kit: kit.make_zip({}), "lacks CoLA/train.tsv; it holds nothing"),
    "web page": (lambda _: b"\n <!doctype html><title>Sign in</title>", "a web page came in place"),
    "marked web page": (lambda _: b"\xef\xbb\xbf<html>", "a web page came in place"),
    "empty": (lambda _: b"", "empty, not a zip archive"),
    "gzip": (lambda _: gzip.compress(b"x"), "not a zip archive"),
    "prefixed": (lambda kit: b"#!/bin/sh\n" + kit.make_zip(), "not a zip archive"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_archives_change_nothing(kind: str, task: Task, kit: SimpleNamespace, tmp_path: Path) -> None:
    build, words = HOSTILE[kind]
    good, bad, data = tmp_path / "good.zip", tmp_path / "bad.zip", tmp_path / "data"
    good.write_bytes(kit.make_zip())
    bad.write_bytes(build(kit))
    install(task, data, source=str(good))
    before = kit.snapshot(tmp_path)
    with pytest.raises(DownloadError, match=words) as caught:
        install(task, data, source=str(bad))
    assert caught.value.message.startswith(f"{bad}: ")
    assert "--from FILE" in (caught.value.hint or "")
    assert kit.snapshot(tmp_path) == before


@pytest.mark.parametrize("declared", [2**20, 2**20 + 1])
def test_small_members_may_be_dense(declared: int, kit: SimpleNamespace, tmp_path: Path) -> None:
    members = [zipfile.ZipInfo("dense")]
    members[0].file_size, members[0].compress_size = declared, 1000
    assert (find_objection(members, Limits()) is None) == (declared == 2**20)


def test_a_listing_is_cut_short(kit: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(kit.make_zip({str(number): b"" for number in range(9)}))
    with pytest.raises(DownloadError, match="it holds '0', '1', '2', '3', '4' and 4 more"):
        unpack(path, {"a": ("a",)}, tmp_path, origin="x")


def test_existing_files_are_not_written_through(kit: SimpleNamespace, tmp_path: Path) -> None:
    path, target, outside = tmp_path / "x.zip", tmp_path / "target", tmp_path / "outside"
    path.write_bytes(kit.make_zip({"a": b"evil"}))
    outside.write_bytes(b"precious")
    target.mkdir()
    (target / "a").symlink_to(outside)
    with pytest.raises(FileExistsError):
        unpack(path, {"a": ("a",)}, target, origin="x")
    assert outside.read_bytes() == b"precious"


NAMES = st.lists(
    st.one_of(
        st.text(st.sampled_from("./\\aC:é\0\n~"), min_size=1, max_size=12),
        st.lists(st.sampled_from(["..", ".", "", "CoLA", "train.tsv", "COLA", "etc"]), max_size=5).map("/".join),
        st.text(max_size=8),
    ).filter(lambda name: not any(0xD800 <= ord(char) <= 0xDFFF for char in name)),
    max_size=4,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=NAMES)
def test_no_name_makes_a_file_elsewhere(names: list[str], kit: SimpleNamespace) -> None:
    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        archive, target = root / "x.zip", root / "deep" / "er" / "target"
        archive.write_bytes(with_info(kit, *map(zipfile.ZipInfo, names)))
        target.mkdir(parents=True)
        before = kit.snapshot(root)
        try:
            unpack(archive, {name: (f"CoLA/{name}", name) for name in kit.FILES}, target, origin="x")
        except DownloadError:
            assert kit.snapshot(root) == before
        else:
            assert kit.snapshot(target) == kit.FILES
            written = {f"deep/er/target/{name}": content for name, content in kit.FILES.items()}
            assert kit.snapshot(root) == before | written


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4))
def test_damage_is_told_or_harmless(changes: list[tuple[int, int]], kit: SimpleNamespace) -> None:
    data = bytearray(kit.make_zip())
    for place, value in changes:
        data[place % len(data)] = value
    with tempfile.TemporaryDirectory() as made:
        archive, target = Path(made) / "x.zip", Path(made) / "target"
        archive.write_bytes(data)
        target.mkdir()
        try:
            unpack(archive, {name: (f"CoLA/{name}",) for name in kit.FILES}, target, origin="x")
        except DownloadError:
            return
        assert kit.snapshot(target) == kit.FILES
