"""A Confluence of the tests' own on the loopback, after its documented interface. Invariant: keeps pages as the real one does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "t-123"


class Space(ThreadingHTTPServer):
    """Pages by id: title, storage, version, labels, files."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages: dict[str, dict[str, Any]] = {}
        self.conflicts: set[str] = set()
        self.uploads: list[str] = []
        self.page_size = 2
        self.broken = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def add(self, title: str, storage: str, files: dict[str, bytes] | None = None, labels: tuple[str, ...] = ()) -> str:
        number = str(100 + len(self.pages))
        self.pages[number] = {"title": title, "storage": storage, "version": 1, "files": files or {}, "labels": labels}
        return number

    def seen(self, number: str) -> dict[str, Any]:
        page = self.pages[number]
        return {
            "id": number, "type": "page", "title": page["title"], "version": {"number": page["version"]},
            "body": {"storage": {"value": page["storage"], "representation": "storage"}},
            "metadata": {"labels": {"results": [{"name": name} for name in page["labels"]]}},
            "history": {"lastUpdated": {"when": "2026-02-03T04:05:06.000Z"}},
        }  # fmt: skip


class Handler(BaseHTTPRequestHandler):
    server: Space
    protocol_version = "HTTP/1.1"

    def _answer(self, status: int, content: object) -> None:
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def _body(self) -> dict[str, Any]:
        sent: dict[str, Any] = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        return sent

    def _refused(self) -> bool:
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._answer(401, {"message": "no"})
        elif self.server.broken:
            self._answer(200, self.server.broken.encode())
        else:
            return False
        return True

    def do_GET(self) -> None:
        if self._refused():
            return
        address = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        parts = address.path.strip("/").split("/")
        if address.path == "/rest/api/content":
            found = [n for n, page in self.server.pages.items() if query.get("title") in (None, page["title"])]
            start = int(query.get("start", 0))
            shown = found[start : start + self.server.page_size]
            more = {"next": "/rest/api/content?x"} if start + len(shown) < len(found) else {}
            self._answer(200, {"results": [self.server.seen(n) for n in shown], "_links": more})
        elif parts[:3] == ["rest", "api", "content"] and parts[4:] == ["child", "attachment"]:
            self._answer(200, {"results": [
                {"id": f"att-{name}", "title": name, "extensions": {"fileSize": len(content)}, "_links": {"download": f"/download/{parts[3]}/{name}"}}
                for name, content in self.server.pages[parts[3]]["files"].items()
            ]})  # fmt: skip
        elif parts[0] == "download":
            self._answer(200, self.server.pages[parts[1]]["files"][parts[2]])
        else:
            self._answer(404, {})

    def do_POST(self) -> None:
        parts = self.path.strip("/").split("/")
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self._refused():
            return
        if parts[4:6] == ["child", "attachment"]:
            self._attached(parts, raw)
            return
        sent = json.loads(raw)
        number = self.server.add(sent["title"], sent["body"]["storage"]["value"])
        self._answer(200, {"id": number})

    def _attached(self, parts: list[str], raw: bytes) -> None:
        """A file of a page, or the next version of one; of that name there may be only one."""
        files = self.server.pages[parts[3]]["files"]
        head = f"Content-Type: {self.headers['Content-Type']}\n\n".encode()
        (part,) = message_from_bytes(head + raw).get_payload()  # type: ignore[misc]
        name, content = part.get_filename(), part.get_payload(decode=True)  # type: ignore[union-attr]
        known = parts[6].removeprefix("att-") if len(parts) > 6 else None
        if self.headers.get("X-Atlassian-Token") != "no-check":
            self._answer(403, {"message": "XSRF check failed"})
        elif name in files and known is None:
            self._answer(400, {"message": "same file name as an existing attachment"})
        elif known is not None and (known not in files or parts[7:] != ["data"]):
            self._answer(404, {})
        else:
            files[known or name] = content
            self.server.uploads.append(known or name)
            self._answer(200, {"results": []})

    def do_PUT(self) -> None:
        sent, number = self._body(), self.path.rsplit("/", 1)[-1]
        if self._refused():
            return
        page = self.server.pages[number]
        if number in self.server.conflicts or sent["version"]["number"] != page["version"] + 1:
            self._answer(409, {})
            return
        page |= {"storage": sent["body"]["storage"]["value"], "version": sent["version"]["number"]}
        self._answer(200, {"id": number})

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def space() -> Iterator[Space]:
    """A running one."""
    made = Space()
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    try:
        yield made
    finally:
        made.shutdown()
        thread.join()
        made.server_close()
