"""A task of a few rows, archives of it, and a server that misbehaves as it is told."""

from __future__ import annotations

import io
import re
import resource
import socket
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from ftcli.tasks.catalogue import find_task
from ftcli.tasks.task import Task

TRAIN = 'gj04\t1\t\tHe said "no.\nbc01\t0\t*\tThe the cat.\ngj04\t1\t\tFriends won\'t "buy" it.\n'
DEV = "gj04\t1\t\tSailors rode.\nbc01\t0\t*\tRode sailors the.\n"
TEST = "index\tsentence\n0\tBill coughed.\n1\tCoughed.\n"
FILES = {"train.tsv": TRAIN.encode(), "dev.tsv": DEV.encode(), "test.tsv": TEST.encode()}
ROWS = {"train": 3, "dev": 2, "test": 2}

Step = Callable[["Handler"], None]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def task() -> Task:
    """CoLA with the row counts of FILES."""
    cola = find_task("cola")
    splits = {name: split.model_copy(update={"rows": ROWS[name]}) for name, split in cola.splits.items()}
    return cola.model_copy(update={"splits": splits, "url": None})


def make_zip(members: Mapping[str, bytes] | None = None, *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive of these members; without any, the archive that `task` expects."""
    if members is None:
        members = {f"CoLA/{name}": content for name, content in FILES.items()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def snapshot(root: Path) -> dict[str, bytes | None]:
    """Every path below `root`, files with their bytes."""
    return {
        str(path.relative_to(root)): path.read_bytes() if path.is_file() and not path.is_symlink() else None
        for path in root.rglob("*")
    }


@contextmanager
def files_limited_to(size: int) -> Iterator[None]:
    """Let writes beyond so many bytes of a file fail, as they do on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class Handler(BaseHTTPRequestHandler):
    """Records each request, and answers it by the next step of the script; the last one stays."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self.server.requests.append((self.path, dict(self.headers)))
        script = self.server.script
        step = script.pop(0) if len(script) > 1 else script[0]
        step(self)

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: list[Step] = []
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/CoLA.zip"

    @property
    def ranges(self) -> list[str | None]:
        return [headers.get("Range") for _, headers in self.requests]

    def handle_error(self, *_: object) -> None:
        pass  # the client hung up, as some tests mean it to


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


def answer(
    body: bytes = b"",
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    *,
    length: int | None = None,
    stall: bool = False,
) -> Step:
    """Send this; a `length` beyond that of the body makes for a cut connection, or with `stall` a silent one."""

    def step(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        if length != -1:
            handler.send_header("Content-Length", str(len(body) if length is None else length))
        handler.end_headers()
        handler.wfile.write(body)
        handler.wfile.flush()
        if stall:
            handler.server.closing.wait(10)
        if length is not None:
            handler.connection.shutdown(socket.SHUT_RDWR)
            handler.close_connection = True

    return step


def ranged(body: bytes, etag: str = '"v1"', *, heed_if_range: bool = True, name: str = "ETag") -> Step:
    """Serve `body` as a proper server does, ranges and all."""

    def step(handler: Handler) -> None:
        wanted = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        same = not heed_if_range or handler.headers.get("If-Range") in (None, etag)
        start = int(wanted[1]) if wanted else 0
        if not wanted or not same:
            answer(body, headers={name: etag})(handler)
        elif start >= len(body):
            answer(status=416, headers={"Content-Range": f"bytes */{len(body)}"})(handler)
        else:
            stated = f"bytes {start}-{len(body) - 1}/{len(body)}"
            answer(body[start:], 206, {name: etag, "Content-Range": stated})(handler)

    return step


@pytest.fixture
def kit() -> SimpleNamespace:
    """The helpers above, as test folders are no packages to import from."""
    return SimpleNamespace(
        FILES=FILES,
        answer=answer,
        files_limited_to=files_limited_to,
        make_zip=make_zip,
        ranged=ranged,
        snapshot=snapshot,
    )
