"""A hub on loopback that takes models as the Hugging Face hub does, and remembers them."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "hf_of_a_test"


@dataclass
class FakeHub:
    """What the hub holds; ``refusal`` is a status and a reason that it answers everything with."""

    repos: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    cards: list[str] = field(default_factory=list)
    refusal: tuple[int, str] | None = None
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, path: str, body: bytes) -> dict[str, Any]:
        if path == "/api/repos/create":
            asked = json.loads(body)
            name = f"{asked.get('organization') or 'somebody'}/{asked['name']}"
            self.repos.setdefault(name, {"id": name, "private": asked.get("visibility") == "private"})
            return {"url": f"{self.url}/{name}", "name": name}
        if path == "/api/validate-yaml":
            self.cards.append(json.loads(body)["content"])
            return {"errors": [], "warnings": []}
        if "/preupload/" in path:
            return {"files": [self._mode(each["path"]) for each in json.loads(body)["files"]]}
        if path.endswith("/info/lfs/objects/batch"):
            return {"transfer": "basic", "objects": [self._place(each) for each in json.loads(body)["objects"]]}
        if "/commit/" in path:
            return self._commit([json.loads(line) for line in body.splitlines()])
        name = path.removeprefix("/api/models/")
        return self.repos[name] | {"modelId": name, "sha": "0" * 40, "siblings": [], "tags": []}

    def _mode(self, path: str) -> dict[str, Any]:
        large = path.endswith(".safetensors")
        return {"path": path, "uploadMode": "lfs" if large else "regular", "shouldIgnore": False}

    def _place(self, blob: dict[str, Any]) -> dict[str, Any]:
        return blob | {"actions": {"upload": {"href": f"{self.url}/blobs/{blob['oid']}"}}}

    def _commit(self, lines: list[dict[str, Any]]) -> dict[str, Any]:
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                self.files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                self.files[value["path"]] = self.blobs[value["oid"]]
        return {"commitUrl": f"{self.url}/somebody/x/commit/{'0' * 40}", "commitOid": "0" * 40, "hookOutput": ""}


@contextmanager
def running(hub: FakeHub) -> Iterator[FakeHub]:
    """Serve it while the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        do_POST = do_GET  # noqa: N815

        def do_PUT(self) -> None:
            hub.blobs[self.path.rpartition("/")[2]] = self._body()
            self._send(200, {})

        def _answer(self) -> None:
            body, path = self._body(), self.path.partition("?")[0]
            if hub.refusal:
                status, reason = hub.refusal
                self._send(status, {"error": reason})
            elif self.headers["Authorization"] != f"Bearer {TOKEN}":
                self._send(401, {"error": "Invalid username or password."})
            else:
                self._send(200, hub.answer(path, body))

        def _body(self) -> bytes:
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))

        def _send(self, status: int, content: dict[str, Any]) -> None:
            text = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
