"""`deflect serve` as the operator meets it: a process that answers, and ends when it is told to."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.command import DEFLECT, deflect, environment
from web.presence import served


@contextmanager
def running(home: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and its address, once it has said it."""
    process = subprocess.Popen(
        [DEFLECT, "--home", str(home), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found, line + (process.stderr.read() if process.stderr and process.poll() is not None else "")
        yield process, found[0]
    finally:
        process.kill()
        process.communicate()


def got(address: str) -> tuple[int, bytes]:
    with urllib.request.urlopen(address, timeout=30) as reply:  # noqa: S310 - an address of ours
        return reply.status, reply.read()


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_answers_and_ends_with_nothing_left_undone(how: signal.Signals, small_home: Path) -> None:
    with running(small_home, "serve", "--port", "0") as (process, address):
        assert got(f"{address}/healthz") == (200, b'{"alive":true}')
        assert served(small_home)
        assert process.stderr is not None
        process.send_signal(how)
        assert process.wait(timeout=60) == 0
        assert "Traceback" not in process.stderr.read()
    assert not served(small_home)


@pytest.mark.slow
def test_the_worker_inside_indexes_what_comes_in(small_home: Path, tmp_path: Path) -> None:
    more = tmp_path / "more.jsonl"
    more.write_text(
        json.dumps({"slug": "gift-cards", "title": "Gift cards", "body": "Sell and redeem a gift voucher."}) + "\n"
    )
    with running(small_home, "serve", "--port", "0") as (process, _):
        assert deflect(small_home, "import", "articles", str(more)).status == 0
        for _ in range(200):
            if "gift-cards" in deflect(small_home, "search", "voucher", "--json").out:
                break
        else:
            pytest.fail("it was never found")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0


@pytest.mark.slow
def test_a_request_that_was_begun_is_answered(small_home: Path) -> None:
    with running(small_home, "serve", "--port", "0", "--no-worker") as (process, address):
        got(f"{address}/healthz")
        host, port = address.removeprefix("http://").split(":")
        body = json.dumps({"subject": "card reader", "body": "frozen"}).encode()
        with socket.create_connection((host, int(port))) as connection:
            head = f"POST /api/v1/suggest HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            connection.sendall(head.encode() + body[:5])
            time.sleep(0.3)
            process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            connection.sendall(body[5:])
            connection.settimeout(20)
            reply = connection.recv(65536)
        assert reply.startswith(b"HTTP/1.1 200"), reply
        assert process.wait(timeout=60) == 0


@pytest.mark.slow
def test_a_worker_of_its_own_ends_politely(small_home: Path) -> None:
    process = subprocess.Popen(
        [DEFLECT, "--home", str(small_home), "worker"], stderr=subprocess.PIPE, text=True, env=environment()
    )
    try:
        assert process.stderr is not None
        assert "at work" in process.stderr.readline()
        assert served(small_home)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
        assert "Traceback" not in process.stderr.read()
    finally:
        process.kill()
        process.communicate()


HASTY = """
import os, signal, sys, threading
from web import worker
from web.cli import main

def busy(self):
    def spin():
        while True:
            sum(range(100))
    for _ in range(3):
        threading.Thread(target=spin, daemon=True).start()

worker.Worker.start = busy
main()
"""
"""The same worker with threads that leave the main one little time, so that signals come at awkward moments."""


@pytest.mark.slow
def test_a_signal_that_comes_as_the_wait_begins_is_not_lost(small_home: Path) -> None:
    for _ in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", HASTY, "--home", str(small_home), "worker"],
            stderr=subprocess.PIPE, text=True, env=environment(),
        )  # fmt: skip
        try:
            assert process.stderr is not None
            assert "at work" in process.stderr.readline()
            process.send_signal(signal.SIGTERM)
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=60) == 0
        finally:
            process.kill()
            process.communicate()


@pytest.mark.slow
def test_nothing_that_was_asked_is_in_the_log(small_home: Path) -> None:
    with running(small_home, "serve", "--port", "0") as (process, address):
        got(f"{address}/?q=my+secret+illness")
        got(f"{address}/search?q=my+secret+illness")
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
        assert process.stderr is not None
        assert "illness" not in process.stderr.read()


@pytest.mark.slow
def test_many_requests_and_a_signal_lose_none(small_home: Path) -> None:
    broken: list[str] = []
    with running(small_home, "serve", "--port", "0") as (process, address):
        got(f"{address}/healthz")
        stop = threading.Event()

        def ask() -> None:
            while not stop.is_set():
                try:
                    status, _ = got(f"{address}/search?q=refund")
                    if status != 200:
                        broken.append(str(status))
                except OSError as error:
                    # Refused once it has stopped listening; cut off never.
                    if "refused" not in str(error):
                        broken.append(str(error))
                    return

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
        stop.set()
        for thread in threads:
            thread.join()
    assert broken == []
