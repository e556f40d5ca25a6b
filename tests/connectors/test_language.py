"""A real server on the loopback that speaks the protocol, well and badly."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kb.errors import UnavailableError
from kb.redaction import redact
from web.connectors.language import ChatModel


class Server(ThreadingHTTPServer):
    """Keeps what it was asked and answers what the test says."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status = 200
        self.headers: dict[str, str] = {}
        self.answer: object = {"choices": [{"message": {"role": "assistant", "content": "Better words."}}]}
        self.asked: list[tuple[str, dict[str, object], str | None]] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, body, self.headers.get("Authorization")))
        content = (
            self.server.answer if isinstance(self.server.answer, bytes) else json.dumps(self.server.answer).encode()
        )
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def model(server: Server, key: str = "") -> ChatModel:
    return ChatModel(f"http://127.0.0.1:{server.server_port}/v1/", "small", key)


def test_it_is_asked_in_its_own_protocol_and_told_redacted_text_only(server: Server) -> None:
    said = model(server, "k-1").rewrite("Say it better.", redact("Write to nora@example.com."))
    assert said == "Better words."
    ((path, body, authorization),) = server.asked
    assert (path, authorization, body["model"]) == ("/v1/chat/completions", "Bearer k-1", "small")
    assert body["messages"] == [
        {"role": "system", "content": "Say it better."},
        {"role": "user", "content": "Write to [email]."},
    ]


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (500, {}), (401, {"error": "no"}), (200, {}), (200, {"choices": []}), (200, []), (200, b"not json"),
        (200, {"choices": [{"message": {"content": None}}]}), (200, {"choices": [{"message": {"content": "  "}}]}),
        (200, {"choices": [{"message": {"content": "x" * 400_001}}]}),
    ],
)  # fmt: skip
def test_an_answer_that_is_none_changes_nothing(server: Server, status: int, answer: object) -> None:
    server.status, server.answer = status, answer
    with pytest.raises(UnavailableError, match="as it was"):
        model(server).rewrite("Say it better.", redact("Words."))


def test_redirects_are_not_followed_and_nobody_there_is_said_so(server: Server) -> None:
    server.status, server.headers = 302, {"Location": f"http://127.0.0.1:{server.server_port}/elsewhere"}
    with pytest.raises(UnavailableError):
        model(server).rewrite("Say it better.", redact("Words."))
    assert [path for path, _, _ in server.asked] == ["/v1/chat/completions"]
    with pytest.raises(UnavailableError):
        ChatModel("http://127.0.0.1:9/v1", "small").rewrite("Say it better.", redact("Words."))
