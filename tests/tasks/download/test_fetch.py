"""Downloads from a real server on loopback that misbehaves in every way that servers do."""

from __future__ import annotations

import random
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ftcli.errors import DownloadError
from ftcli.tasks.download.failures import TransientError, UnreachableError
from ftcli.tasks.download.fetch import Policy, fetch

BODY = random.Random(0).randbytes(300_000)
OTHER = random.Random(1).randbytes(300_000)
V1 = {"ETag": '"v1"'}
QUICK = Policy(connect_timeout=2, read_timeout=2, attempts=3, backoff=0.01)
ONCE = Policy(connect_timeout=2, read_timeout=2, attempts=1)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "downloads" / "CoLA.zip"


def files(target: Path) -> set[str]:
    return {path.name for path in target.parent.iterdir()}


def leave_part(server: Any, kit: SimpleNamespace, target: Path, headers: dict[str, str] = V1) -> int:
    """Let a download be cut half-way, and return how many bytes it left."""
    server.script = [kit.answer(BODY[:150_000], headers=headers, length=len(BODY))]
    with pytest.raises(TransientError):
        fetch(server.url, target, policy=ONCE)
    server.requests.clear()
    size = target.with_name("CoLA.zip.part").stat().st_size
    assert 0 < size <= 150_000
    assert not target.exists()
    return size


def test_brings_the_file_and_nothing_else(server: Any, kit: SimpleNamespace, target: Path) -> None:
    told: list[tuple[int, int | None]] = []
    server.script = [kit.ranged(BODY)]
    assert fetch(server.url, target, progress=lambda *now: told.append(now), policy=QUICK) == target
    assert target.read_bytes() == BODY
    assert files(target) == {"CoLA.zip"}
    assert told[0] == (0, len(BODY))
    assert told[-1] == (len(BODY), len(BODY))
    assert told == sorted(told)
    assert len(told) > 3


def test_a_cut_connection_is_resumed_within_the_call(server: Any, kit: SimpleNamespace, target: Path) -> None:
    server.script = [kit.answer(BODY[:150_000], headers=V1, length=len(BODY)), kit.ranged(BODY)]
    fetch(server.url, target, policy=QUICK)
    assert target.read_bytes() == BODY
    first, second = server.ranges
    assert first is None
    assert second is not None
    assert 0 < int(second.removeprefix("bytes=").removesuffix("-")) <= 150_000
    assert server.requests[1][1]["If-Range"] == '"v1"'


@pytest.mark.parametrize(("name", "value"), [("ETag", '"v1"'), ("Last-Modified", "Thu, 01 Mar 2018 00:00:00 GMT")])
def test_a_part_is_resumed_by_the_next_call(
    server: Any, kit: SimpleNamespace, target: Path, name: str, value: str
) -> None:
    size = leave_part(server, kit, target, {name: value})
    told: list[tuple[int, int | None]] = []
    server.script = [kit.ranged(BODY, value, name=name)]
    fetch(server.url, target, progress=lambda *now: told.append(now), policy=ONCE)
    assert target.read_bytes() == BODY
    assert server.ranges == [f"bytes={size}-"]
    assert server.requests[0][1]["If-Range"] == value
    assert told[0] == (size, len(BODY))
    assert files(target) == {"CoLA.zip"}


def test_a_server_without_ranges_starts_from_zero(server: Any, kit: SimpleNamespace, target: Path) -> None:
    size = leave_part(server, kit, target)
    server.script = [kit.answer(BODY, headers=V1)]
    fetch(server.url, target, policy=ONCE)
    assert server.ranges == [f"bytes={size}-"]
    assert target.read_bytes() == BODY


@pytest.mark.parametrize("heed_if_range", [True, False])
def test_a_file_that_changed_is_not_spliced(
    server: Any, kit: SimpleNamespace, target: Path, heed_if_range: bool
) -> None:
    leave_part(server, kit, target)
    server.script = [kit.ranged(OTHER, '"v2"', heed_if_range=heed_if_range)]
    fetch(server.url, target, policy=QUICK)
    assert target.read_bytes() == OTHER
    assert server.ranges[0] is not None
    assert server.ranges[1:] == ([] if heed_if_range else [None])


@pytest.mark.parametrize("stated", ["bytes 7-299999/300000", "bytes 150000-299999/*", "nonsense", None])
def test_a_range_that_was_not_asked_for_is_not_spliced(
    server: Any, kit: SimpleNamespace, target: Path, stated: str | None
) -> None:
    leave_part(server, kit, target)
    headers = V1 | ({"Content-Range": stated} if stated else {})
    server.script = [kit.answer(BODY[7:], 206, headers), kit.ranged(BODY)]
    fetch(server.url, target, policy=QUICK)
    assert target.read_bytes() == BODY
    assert server.ranges[1:] == [None]


@pytest.mark.parametrize("headers", [{}, {"ETag": 'W/"v1"'}], ids=["none", "weak"])
def test_without_a_sure_version_the_part_is_dropped(
    server: Any, kit: SimpleNamespace, target: Path, headers: dict[str, str]
) -> None:
    leave_part(server, kit, target, headers)
    server.script = [kit.ranged(BODY)]
    fetch(server.url, target, policy=ONCE)
    assert server.ranges == [None]
    assert target.read_bytes() == BODY


@pytest.mark.parametrize("note", [b"", b'{"url": "htt', b"\xff\xfe", None])
def test_a_part_with_a_torn_note_is_dropped(
    server: Any, kit: SimpleNamespace, target: Path, note: bytes | None
) -> None:
    leave_part(server, kit, target)
    path = target.with_name("CoLA.zip.part.json")
    path.unlink()
    if note is not None:
        path.write_bytes(note)
    server.script = [kit.ranged(BODY)]
    fetch(server.url, target, policy=ONCE)
    assert server.ranges == [None]
    assert target.read_bytes() == BODY


def test_a_part_of_another_address_is_dropped(server: Any, kit: SimpleNamespace, target: Path) -> None:
    leave_part(server, kit, target)
    server.script = [kit.ranged(OTHER)]
    fetch(server.url + "?mirror", target, policy=ONCE)
    assert server.ranges == [None]
    assert target.read_bytes() == OTHER


def test_a_part_that_was_whole_already_is_finished(server: Any, kit: SimpleNamespace, target: Path) -> None:
    leave_part(server, kit, target)
    target.with_name("CoLA.zip.part").write_bytes(BODY)
    server.script = [kit.ranged(BODY)]
    fetch(server.url, target, policy=ONCE)
    assert target.read_bytes() == BODY
    assert server.ranges == [f"bytes={len(BODY)}-"]


def test_a_part_longer_than_the_file_is_dropped(server: Any, kit: SimpleNamespace, target: Path) -> None:
    leave_part(server, kit, target)
    target.with_name("CoLA.zip.part").write_bytes(BODY + b"beyond")
    server.script = [kit.ranged(BODY)]
    fetch(server.url, target, policy=QUICK)
    assert target.read_bytes() == BODY
    assert server.ranges == [f"bytes={len(BODY) + 6}-", None]


def test_a_file_shorter_than_stated_is_an_error(server: Any, kit: SimpleNamespace, target: Path) -> None:
    server.script = [kit.answer(BODY, length=len(BODY) + 1)]
    with pytest.raises(DownloadError, match=r"CoLA\.zip: the connection was cut\n.*--from FILE"):
        fetch(server.url, target, policy=QUICK)
    assert len(server.requests) == QUICK.attempts
    assert not target.exists()


def test_a_range_longer_than_the_file_is_an_error(server: Any, kit: SimpleNamespace, target: Path) -> None:
    size = leave_part(server, kit, target)
    headers = V1 | {"Content-Range": f"bytes {size}-{len(BODY) - 1}/{len(BODY)}"}
    server.script = [kit.answer(BODY[size:] + b"beyond", 206, headers)]
    with pytest.raises(DownloadError, match="300,006 bytes came, not 300,000"):
        fetch(server.url, target, policy=QUICK)
    assert files(target) == set()


def test_a_range_shorter_than_asked_for_is_continued(server: Any, kit: SimpleNamespace, target: Path) -> None:
    size = leave_part(server, kit, target)
    headers = V1 | {"Content-Range": f"bytes {size}-{size + 9}/{len(BODY)}"}
    server.script = [kit.answer(BODY[size : size + 10], 206, headers), kit.ranged(BODY)]
    fetch(server.url, target, policy=QUICK)
    assert server.ranges == [f"bytes={size}-", f"bytes={size + 10}-"]
    assert target.read_bytes() == BODY


def test_a_silent_server_is_given_up(server: Any, kit: SimpleNamespace, target: Path) -> None:
    server.script = [kit.answer(BODY[:1000], headers=V1, length=len(BODY), stall=True)]
    with pytest.raises(DownloadError, match=r"went silent\n.*Repeat the command"):
        fetch(server.url, target, policy=Policy(read_timeout=0.2, attempts=2, backoff=0.01))
    assert len(server.requests) == 2
    assert not target.exists()


def test_a_server_that_never_answers_is_given_up(server: Any, target: Path) -> None:
    server.script = [lambda handler: handler.server.closing.wait(10)]
    with pytest.raises(DownloadError, match="went silent"):
        fetch(server.url, target, policy=Policy(read_timeout=0.2, attempts=1))


REFUSED = {
    403: r"\(Forbidden\)\nCheck the address.*--from FILE",
    404: r"\(Not Found\)\nCheck the address.*--from FILE",
    204: r"\(No Content\)",
}
TROUBLED = {
    500: r"\(Internal Server Error\)\n.*try again later.*--from FILE",
    503: r"\(Service Unavailable\)",
    429: r"\(Too Many Requests\)",
    599: r"\(unknown\)",
}


@pytest.mark.parametrize("status", [*REFUSED, *TROUBLED])
def test_a_status_is_told_with_what_to_do(server: Any, kit: SimpleNamespace, target: Path, status: int) -> None:
    server.script = [kit.answer(status=status)]
    words = (REFUSED | TROUBLED)[status]
    with pytest.raises(DownloadError, match=rf"CoLA\.zip: the server answered {status} {words}"):
        fetch(server.url, target, policy=QUICK)
    assert len(server.requests) == (1 if status in REFUSED else QUICK.attempts)
    assert files(target) == set()


def test_a_passing_trouble_is_got_over(server: Any, kit: SimpleNamespace, target: Path) -> None:
    server.script = [kit.answer(status=500), kit.answer(status=503), kit.ranged(BODY)]
    fetch(server.url, target, policy=QUICK)
    assert target.read_bytes() == BODY


def test_a_failure_leaves_the_file_that_was_there(server: Any, kit: SimpleNamespace, target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(b"earlier")
    leave = [kit.answer(BODY[:1000], headers=V1, length=len(BODY))]
    server.script = leave
    with pytest.raises(DownloadError):
        fetch(server.url, target, policy=QUICK)
    assert target.read_bytes() == b"earlier"


def test_redirects_are_followed(server: Any, kit: SimpleNamespace, target: Path) -> None:
    server.script = [kit.answer(status=302, headers={"Location": "/moved.zip"}), kit.ranged(BODY)]
    fetch(server.url, target, policy=QUICK)
    assert [path for path, _ in server.requests] == ["/CoLA.zip", "/moved.zip"]
    assert target.read_bytes() == BODY


def test_a_redirect_that_is_cut_is_tried_again(server: Any, kit: SimpleNamespace, target: Path) -> None:
    # requests lets urllib3's own error through where a redirect's body is both undecodable and cut.
    moved = {"Location": "/moved.zip", "Content-Encoding": "gzip"}
    server.script = [kit.answer(BODY[:100_000], 302, moved, length=len(BODY)), kit.ranged(BODY)]
    fetch(server.url, target, policy=QUICK)
    assert [path for path, _ in server.requests] == ["/CoLA.zip", "/CoLA.zip"]
    assert target.read_bytes() == BODY


def test_a_redirect_loop_is_told(server: Any, kit: SimpleNamespace, target: Path) -> None:
    server.script = [kit.answer(status=302, headers={"Location": "/CoLA.zip"})]
    with pytest.raises(DownloadError, match=r"redirects without end\n.*--from FILE"):
        fetch(server.url, target, policy=QUICK)
    assert len(server.requests) == QUICK.max_redirects + 1


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://[bad/"])
def test_redirects_lead_to_web_addresses_only(server: Any, kit: SimpleNamespace, target: Path, location: str) -> None:
    server.script = [kit.answer(status=302, headers={"Location": location})]
    with pytest.raises(DownloadError, match=r"no web address.*\n.*Give a local file"):
        fetch(server.url, target, policy=QUICK)
    assert files(target) == set()


def test_a_refused_connection_is_told_at_once(target: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/CoLA.zip"
        with pytest.raises(UnreachableError, match=r"offline\?\n.*--from FILE"):
            fetch(url, target, policy=Policy(backoff=60))  # an attempt more would run into the time limit


def test_an_unknown_server_is_told(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(UnreachableError, match=r"offline\?"):
        fetch("http://data.example/CoLA.zip", target, policy=QUICK)


def test_a_server_lost_half_way_may_come_back(
    server: Any, kit: SimpleNamespace, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect, calls = socket.getaddrinfo, []

    def flaky(*args: Any, **named: Any) -> Any:
        calls.append(args)
        if len(calls) == 2:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return connect(*args, **named)

    monkeypatch.setattr(socket, "getaddrinfo", flaky)
    server.script = [kit.answer(BODY[:150_000], headers=V1, length=len(BODY)), kit.ranged(BODY)]
    fetch(server.url, target, policy=QUICK)
    assert len(calls) == 3
    assert target.read_bytes() == BODY


@pytest.mark.parametrize("length", [None, -1], ids=["stated", "not stated"])
def test_a_file_too_large_is_refused(server: Any, kit: SimpleNamespace, target: Path, length: int | None) -> None:
    told: list[tuple[int, int | None]] = []
    server.script = [kit.answer(BODY, headers=V1, length=length)]
    with pytest.raises(DownloadError, match="larger than the 100,000 bytes"):
        fetch(server.url, target, progress=lambda *now: told.append(now), policy=Policy(max_bytes=100_000))
    assert files(target) == set()
    if length is None:
        assert told == []  # refused by what it states, before a byte is taken
    else:
        assert told[-1][0] <= 100_000


def test_a_file_of_unknown_length_is_taken(server: Any, kit: SimpleNamespace, target: Path) -> None:
    told: list[tuple[int, int | None]] = []
    server.script = [kit.answer(BODY, length=-1)]
    fetch(server.url, target, progress=lambda *now: told.append(now), policy=QUICK)
    assert target.read_bytes() == BODY
    assert told[-1] == (len(BODY), None)


def test_an_encoded_file_is_refused(server: Any, kit: SimpleNamespace, target: Path) -> None:
    server.script = [kit.answer(BODY, headers={"Content-Encoding": "gzip"})]
    with pytest.raises(DownloadError, match=r"encoded\n.*"):
        fetch(server.url, target, policy=QUICK)
    assert server.requests[0][1]["Accept-Encoding"] == "identity"


def test_an_interrupted_download_is_resumed(server: Any, kit: SimpleNamespace, target: Path) -> None:
    def interrupt(done: int, _total: int | None) -> None:
        if done > 100_000:
            raise KeyboardInterrupt

    server.script = [kit.ranged(BODY)]
    with pytest.raises(KeyboardInterrupt):
        fetch(server.url, target, progress=interrupt, policy=QUICK)
    assert files(target) == {"CoLA.zip.part", "CoLA.zip.part.json"}
    fetch(server.url, target, policy=QUICK)
    assert server.ranges[1] is not None
    assert target.read_bytes() == BODY


def test_a_full_disk_leaves_no_part(server: Any, kit: SimpleNamespace, target: Path) -> None:
    server.script = [kit.ranged(BODY)]
    with kit.files_limited_to(100_000), pytest.raises(OSError, match="File too large"):
        fetch(server.url, target, policy=QUICK)
    assert files(target) == set()


def test_messages_hide_the_password(server: Any, kit: SimpleNamespace, target: Path) -> None:
    server.script = [kit.answer(status=404)]
    with pytest.raises(DownloadError) as caught:
        fetch(server.url.replace("//", "//me:secret@"), target, policy=QUICK)
    assert "secret" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)
