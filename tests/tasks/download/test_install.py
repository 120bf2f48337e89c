"""Installing a task: whole or not at all, whatever happens on the way."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from filelock import FileLock

from ftcli.errors import DownloadError
from ftcli.tasks.catalogue import find_task
from ftcli.tasks.download import install as install_module
from ftcli.tasks.download.fetch import Policy
from ftcli.tasks.download.install import install, make_demo
from ftcli.tasks.download.installed import installed_size, is_installed
from ftcli.tasks.download.source import local_path
from ftcli.tasks.download.staging import LOCK, exclusive
from ftcli.tasks.task import Task

GLUE = Path(__file__).resolve().parents[4] / "shared" / "data" / "glue"
QUICK = Policy(connect_timeout=2, read_timeout=2, attempts=2, backoff=0.01)


@pytest.fixture
def archive(tmp_path: Path, kit: SimpleNamespace) -> Path:
    path = tmp_path / "good.zip"
    path.write_bytes(kit.make_zip())
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def installed(data: Path) -> set[str]:
    return {path.name for path in data.iterdir()} - {LOCK}


def other_rows(kit: SimpleNamespace) -> bytes:
    """An archive as good as the first, but not the same."""
    content: bytes = kit.make_zip({f"CoLA/{name}": text.replace(b"cat", b"dog") for name, text in kit.FILES.items()})
    return content


@pytest.mark.parametrize("form", ["path", "file://", "file://localhost"])
def test_a_local_archive(task: Task, kit: SimpleNamespace, archive: Path, data: Path, form: str) -> None:
    source = str(archive) if form == "path" else f"{form}{archive}"
    before = archive.read_bytes()
    assert install(task, data, source=source) == data / "CoLA"
    assert kit.snapshot(data / "CoLA") == kit.FILES
    assert installed(data) == {"CoLA"}
    assert archive.read_bytes() == before


def test_the_folder_is_as_open_as_any(task: Task, archive: Path, data: Path, tmp_path: Path) -> None:
    folder = install(task, data, source=str(archive))
    usual = tmp_path / "usual"
    usual.mkdir()
    assert folder.stat().st_mode == usual.stat().st_mode


def test_files_at_the_top_level_and_others_beside(task: Task, kit: SimpleNamespace, archive: Path, data: Path) -> None:
    archive.write_bytes(kit.make_zip(kit.FILES | {"CoLA/original/raw.tsv": b"x", "README": b"x"}))
    assert kit.snapshot(install(task, data, source=str(archive))) == kit.FILES


def test_a_download(task: Task, kit: SimpleNamespace, server: Any, data: Path) -> None:
    told: list[tuple[int, int | None]] = []
    body = kit.make_zip()
    server.script = [kit.ranged(body)]
    with_url = task.model_copy(update={"url": server.url})
    install(with_url, data, progress=lambda *now: told.append(now), policy=QUICK)
    assert kit.snapshot(data / "CoLA") == kit.FILES
    assert installed(data) == {"CoLA"}
    assert told[-1] == (len(body), len(body))


def test_a_download_from_another_address(task: Task, kit: SimpleNamespace, server: Any, data: Path) -> None:
    server.script = [kit.ranged(kit.make_zip())]
    with_url = task.model_copy(update={"url": "http://127.0.0.1:1/"})
    install(with_url, data, source=server.url, policy=QUICK)
    assert is_installed(task, data)


def test_a_cut_download_is_resumed(task: Task, kit: SimpleNamespace, server: Any, data: Path) -> None:
    body = kit.make_zip({f"CoLA/{name}": text for name, text in kit.FILES.items()} | {"x": os.urandom(200_000)})
    server.script = [kit.answer(body[:100_000], headers={"ETag": '"v1"'}, length=len(body))]
    once = Policy(attempts=1)
    with pytest.raises(DownloadError, match="cut"):
        install(task, data, source=server.url, policy=once)
    assert installed(data) == {".downloads"}
    server.script = [kit.ranged(body)]
    install(task, data, source=server.url, policy=once)
    assert server.ranges[1] is not None
    assert kit.snapshot(data / "CoLA") == kit.FILES
    assert installed(data) == {"CoLA"}


def test_a_web_page_in_place_of_the_archive(task: Task, kit: SimpleNamespace, server: Any, data: Path) -> None:
    server.script = [kit.answer(b"<html>Please sign in</html>", headers={"Content-Type": "text/html"})]
    with pytest.raises(DownloadError, match=r"CoLA\.zip: a web page came") as caught:
        install(task, data, source=server.url, policy=QUICK)
    assert server.url in caught.value.message
    assert installed(data) == set()


def test_another_checksum_than_the_task_names_changes_nothing(
    task: Task, kit: SimpleNamespace, server: Any, archive: Path, data: Path
) -> None:
    right = hashlib.sha256(kit.make_zip()).hexdigest()
    server.script = [kit.ranged(kit.make_zip())] * 2
    install(task.model_copy(update={"sha256": right}), data, source=server.url, policy=QUICK)
    before = kit.snapshot(data)
    other = task.model_copy(update={"sha256": "0" * 64})
    for source in (server.url, str(archive)):
        with pytest.raises(DownloadError, match=rf"its checksum is {right}, and not the 0{{64}}") as caught:
            install(other, data, source=source, policy=QUICK)
        assert "--from FILE" in str(caught.value)
    assert kit.snapshot(data) == before


def test_wrong_rows_change_nothing(task: Task, kit: SimpleNamespace, server: Any, archive: Path, data: Path) -> None:
    install(task, data, source=str(archive))
    before = kit.snapshot(data)
    members = {f"CoLA/{name}": text for name, text in kit.FILES.items()}
    members["CoLA/dev.tsv"] += b"gj04\t1\t\tOne more.\n"
    server.script = [kit.ranged(kit.make_zip(members))]
    with pytest.raises(DownloadError, match=r"CoLA/dev\.tsv: 3 rows, not 2"):
        install(task, data, source=server.url, policy=QUICK)
    assert kit.snapshot(data) == before


def test_a_good_folder_is_replaced(task: Task, kit: SimpleNamespace, archive: Path, data: Path) -> None:
    install(task, data, source=str(archive))
    archive.write_bytes(other_rows(kit))
    install(task, data, source=str(archive))
    assert b"dog" in (data / "CoLA" / "train.tsv").read_bytes()
    assert installed(data) == {"CoLA"}


def test_half_a_folder_is_replaced(task: Task, kit: SimpleNamespace, archive: Path, data: Path) -> None:
    (data / "CoLA").mkdir(parents=True)
    (data / "CoLA" / "dev.tsv").write_bytes(b"half")
    (data / "CoLA" / ".DS_Store").write_bytes(b"")
    assert kit.snapshot(install(task, data, source=str(archive))) == kit.FILES


def test_files_of_the_users_own_are_not_lost(task: Task, kit: SimpleNamespace, archive: Path, data: Path) -> None:
    (data / "CoLA").mkdir(parents=True)
    (data / "CoLA" / "notes.txt").write_bytes(b"precious")
    with pytest.raises(DownloadError, match=r"CoLA: holds 'notes\.txt'"):
        install(task, data, source=str(archive))
    assert kit.snapshot(data / "CoLA") == {"notes.txt": b"precious"}


@pytest.mark.parametrize("kind", ["file", "link"])
def test_what_is_no_folder_is_in_the_way(task: Task, archive: Path, data: Path, kind: str) -> None:
    data.mkdir()
    if kind == "file":
        (data / "CoLA").write_bytes(b"")
    else:
        (data / "CoLA").symlink_to(data)
    with pytest.raises(DownloadError, match="in the way"):
        install(task, data, source=str(archive))


def fail_the_swap(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    replace = os.replace

    def failing(source: Any, target: Any) -> None:
        if ".new-" in Path(source).name:
            raise error
        replace(source, target)

    monkeypatch.setattr(os, "replace", failing)


def fail_the_check(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def failing(*_: object) -> None:
        raise error

    monkeypatch.setattr(install_module, "check_files", failing)


@pytest.mark.parametrize("fail", [fail_the_swap, fail_the_check])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_puts_back_what_was_there(
    task: Task, kit: SimpleNamespace, archive: Path, fail: Any, error: BaseException
) -> None:
    data = archive.parent / "data"
    install(task, data, source=str(archive))
    before = kit.snapshot(data)
    archive.write_bytes(other_rows(kit))
    with pytest.MonkeyPatch.context() as monkeypatch:
        fail(monkeypatch, error)
        with pytest.raises(type(error)):
            install(task, data, source=str(archive))
    assert kit.snapshot(data) == before


def test_a_full_disk_changes_nothing(task: Task, kit: SimpleNamespace, archive: Path, data: Path) -> None:
    install(task, data, source=str(archive))
    before = kit.snapshot(data)
    with kit.files_limited_to(60), pytest.raises(OSError, match="File too large"):
        install(task, data, source=str(archive))
    assert kit.snapshot(data) == before


def test_a_folder_that_can_not_be_written_changes_nothing(
    task: Task, kit: SimpleNamespace, archive: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(task, data, source=str(archive))
    before = kit.snapshot(data)
    mkdir = Path.mkdir

    def refused(self: Path, *args: Any, **named: Any) -> None:
        if ".new-" in self.name:
            raise PermissionError(13, "Permission denied", str(self))
        mkdir(self, *args, **named)

    monkeypatch.setattr(Path, "mkdir", refused)
    with pytest.raises(PermissionError):
        install(task, data, source=str(archive))
    assert kit.snapshot(data) == before


def test_what_dead_processes_left_is_cleared_away(task: Task, kit: SimpleNamespace, archive: Path, data: Path) -> None:
    install(task, data, source=str(archive))
    for name in (".CoLA.new-99999", ".CoLA.old-abc", ".CoLA.old-empty", ".RTE.new-1"):
        (data / name).mkdir()
    (data / ".CoLA.new-99999" / "train.tsv").write_bytes(b"half")
    (data / ".CoLA.old-abc" / "train.tsv").write_bytes(b"old")
    install(task, data, source=str(archive))
    assert kit.snapshot(data / "CoLA") == kit.FILES
    assert installed(data) == {"CoLA", ".RTE.new-1"}


def die_between_the_renames(new: Path, target: Path) -> None:
    """Swap two folders in a process that ends after the first rename."""
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom ftcli.runs.files import replace_folder\n"
        "rename, done = os.replace, []\n"
        "def dying(*paths):\n    os._exit(9) if done else done.append(rename(*paths))\n"
        "os.replace = dying\nreplace_folder(Path(sys.argv[1]), Path(sys.argv[2]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, new, target], check=False)
    assert done.returncode == 9


def test_a_swap_that_died_half_way_is_undone(task: Task, kit: SimpleNamespace, archive: Path, data: Path) -> None:
    install(task, data, source=str(archive))
    (data / ".CoLA.new-99999").mkdir()
    die_between_the_renames(data / ".CoLA.new-99999", data / "CoLA")
    assert not (data / "CoLA").exists()
    archive.write_bytes(b"not an archive")
    with pytest.raises(DownloadError):
        install(task, data, source=str(archive))
    assert kit.snapshot(data / "CoLA") == kit.FILES
    assert installed(data) == {"CoLA"}


def test_a_second_process_waits(task: Task, archive: Path, data: Path) -> None:
    data.mkdir()
    second = threading.Thread(target=install, args=(task, data), kwargs={"source": str(archive)})
    with FileLock(data / LOCK):
        second.start()
        second.join(0.3)
        assert second.is_alive()
        assert not is_installed(task, data)
    second.join(10)
    assert is_installed(task, data)


def test_a_lock_that_is_never_given_back_is_told(data: Path) -> None:
    data.mkdir()
    with (
        FileLock(data / LOCK),
        pytest.raises(DownloadError, match="another ftcli"),
        exclusive(data, seconds=0.05),
    ):
        pytest.fail("the lock was given twice")


INSTALL_OFTEN = """
import sys
from pathlib import Path
from ftcli.tasks.download.install import install
from ftcli.tasks.task import Task
task = Task.model_validate_json(sys.argv[1])
for _ in range(20):
    install(task, Path(sys.argv[2]), source=sys.argv[3])
"""


def test_two_processes_never_mix(task: Task, kit: SimpleNamespace, archive: Path, data: Path) -> None:
    other = archive.with_name("other.zip")
    other.write_bytes(other_rows(kit))
    sources = [str(archive), str(other)]
    processes = [
        subprocess.Popen([sys.executable, "-c", INSTALL_OFTEN, task.model_dump_json(), str(data), source])
        for source in sources
    ]
    assert [process.wait(60) for process in processes] == [0, 0]
    other_files = {name: text.replace(b"cat", b"dog") for name, text in kit.FILES.items()}
    assert kit.snapshot(data / "CoLA") in (kit.FILES, other_files)
    assert installed(data) == {"CoLA"}


@pytest.mark.parametrize("name", ["cola", "rte", "wnli", "stsb"])
def test_the_real_archives(name: str, data: Path) -> None:
    task = find_task(name)
    archive = GLUE / f"{task.folder}.zip"
    if not archive.exists():
        pytest.skip(f"no {archive}")
    folder = install(task, data, source=str(archive))
    assert {path.name for path in folder.iterdir()} == {"train.tsv", "dev.tsv", "test.tsv"}
    assert is_installed(task, data)


def test_the_real_archive_of_another_task_is_refused(data: Path) -> None:
    archive = GLUE / "WNLI.zip"
    if not archive.exists():
        pytest.skip(f"no {archive}")
    with pytest.raises(DownloadError, match=r"lacks RTE/train\.tsv; it holds 'WNLI/train.tsv'"):
        install(find_task("rte"), data, source=str(archive))


def test_a_task_without_archive_asks_for_one(task: Task, data: Path) -> None:
    with pytest.raises(DownloadError, match=r"has no archive to download\nGive one with --from FILE"):
        install(task, data)
    assert not data.exists()


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("nowhere.zip", r"nowhere\.zip: no such file"),
        ("file:///nowhere.zip", r"nowhere\.zip: no such file"),
        ("/", r"/: there is no CoLA/train\.tsv or train\.tsv"),
        ("ftp://host/x.zip", "can't download from such an address"),
        ("s3://bucket/x.zip", "can't download from such an address"),
        ("file://host/x.zip", "can't download from such an address"),
        ("http://[x/", "not an address"),
        ("http:///x.zip", "no web address"),
    ],
)
def test_sources_that_can_not_be(task: Task, data: Path, source: str, words: str) -> None:
    with pytest.raises(DownloadError, match=words):
        install(task, data, source=source, policy=QUICK)


def test_a_file_address_may_be_quoted(tmp_path: Path) -> None:
    path = tmp_path / "my archive.zip"
    path.write_bytes(b"")
    assert local_path(path.as_uri()) == path


def test_installed_and_its_size(task: Task, kit: SimpleNamespace, archive: Path, data: Path) -> None:
    assert not is_installed(task, data)
    assert installed_size(task, data) is None
    install(task, data, source=str(archive))
    assert is_installed(task, data)
    assert installed_size(task, data) == sum(map(len, kit.FILES.values()))
    (data / "CoLA" / "dev.tsv").unlink()
    assert not is_installed(task, data)
    assert installed_size(task, data) is None


def test_the_demo(kit: SimpleNamespace, data: Path) -> None:
    demo = find_task("demo")
    folder = make_demo(demo, data, rows={"train": 30, "dev": 10, "test": 12}, seed=3)
    first = kit.snapshot(folder)
    assert {name: content.count(b"\n") for name, content in first.items()} == {
        "train.tsv": 30,
        "dev.tsv": 10,
        "test.tsv": 12,
    }
    make_demo(demo, data, rows={"train": 30, "dev": 10, "test": 12}, seed=3)
    assert kit.snapshot(folder) == first
    assert installed(data) == {"demo"}


def test_a_demo_that_lacks_rows_changes_nothing(
    kit: SimpleNamespace, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = find_task("demo")
    rows = {"train": 8, "dev": 4, "test": 4}
    make_demo(demo, data, rows=rows, seed=0)
    before = kit.snapshot(data)

    def write(folder: Path, rows: object, *, seed: int) -> None:
        for split in demo.splits.values():
            (folder / split.file).write_text("P\t1\t\tYes.\n")

    monkeypatch.setattr("ftcli.tasks.demo.generate.write", write)
    with pytest.raises(DownloadError, match=r"demo/train\.tsv: 1 rows, not 8"):
        make_demo(demo, data, rows=rows, seed=0)
    assert kit.snapshot(data) == before


def by_their_own_addresses(task: Task, server: Any) -> Task:
    splits = {
        name: split.model_copy(update={"url": server.url.replace("CoLA.zip", f"{name}.txt?x=1")})
        for name, split in task.splits.items()
    }
    return task.model_copy(update={"splits": splits})


def test_files_that_have_an_address_each(task: Task, kit: SimpleNamespace, server: Any, data: Path) -> None:
    def serve(handler: Any) -> None:
        kit.answer(kit.FILES[Path(handler.path).name.replace(".txt?x=1", ".tsv")])(handler)

    server.script = [serve]
    install(by_their_own_addresses(task, server), data, policy=QUICK)
    assert kit.snapshot(data / "CoLA") == kit.FILES
    assert installed(data) == {"CoLA"}


def test_files_beside_another_address(task: Task, kit: SimpleNamespace, server: Any, data: Path) -> None:
    def serve(handler: Any) -> None:
        kit.answer(kit.FILES[Path(handler.path).name.replace(".txt", ".tsv")])(handler)

    server.script = [serve]
    mirror = server.url.replace("CoLA.zip", "mirror/dev.txt")
    install(by_their_own_addresses(task, server), data, source=mirror, policy=QUICK)
    assert kit.snapshot(data / "CoLA") == kit.FILES
    assert {path for path, _ in server.requests} == {f"/mirror/{name}.txt" for name in ("train", "dev", "test")}


def test_one_of_several_files_that_can_not_be_had(task: Task, kit: SimpleNamespace, server: Any, data: Path) -> None:
    def serve(handler: Any) -> None:
        kit.answer(status=404 if "dev" in handler.path else 200, body=kit.FILES["train.tsv"])(handler)

    server.script = [serve]
    with pytest.raises(DownloadError, match="404"):
        install(by_their_own_addresses(task, server), data, policy=QUICK)
    assert installed(data) == set()


@pytest.mark.parametrize("below", ["", "CoLA"])
def test_a_folder_with_the_files(task: Task, kit: SimpleNamespace, tmp_path: Path, data: Path, below: str) -> None:
    place = tmp_path / "here" / below
    place.mkdir(parents=True)
    for split, name in (("train", "train.txt"), ("dev", "dev.tsv"), ("test", "test.txt")):
        (place / name).write_bytes(kit.FILES[f"{split}.tsv"])
    named = {name: each.model_copy(update={"url": f"http://x/{name}.txt"}) for name, each in task.splits.items()}
    install(task.model_copy(update={"splits": named}), data, source=str(tmp_path / "here"))
    assert kit.snapshot(data / "CoLA") == kit.FILES


def test_a_byte_order_mark_is_no_part_of_the_first_column(
    task: Task, kit: SimpleNamespace, archive: Path, data: Path
) -> None:
    marked = {f"CoLA/{name}": b"\xef\xbb\xbf" + text for name, text in kit.FILES.items()}
    strict = task.model_copy(
        update={"splits": {name: split.model_copy(update={"broken": 1}) for name, split in task.splits.items()}}
    )
    archive.write_bytes(kit.make_zip(marked))
    install(task, data, source=str(archive))
    assert kit.snapshot(install(strict, data, source=str(archive))) == kit.FILES
