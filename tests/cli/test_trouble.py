"""What goes wrong is told in one line that says how to mend it, and leaves nothing half-written: by the real command."""

from __future__ import annotations

import resource
import signal
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.command import ARTICLES, Ended, deflect, tree, write_rows
from tests.cli.test_importing import counted

NO_HOME = Path("/proc/deflect-home")
"""Where not even an administrator can make a folder."""


def one_line(ended: Ended, *words: str, status: int = 1) -> None:
    """It failed, and said why in one line that holds those words."""
    assert ended.status == status, ended.err
    assert len(ended.said) == 1, ended.err
    assert ended.out == ""
    for word in words:
        assert word in ended.said[0]


def limited(size: int) -> Callable[[], None]:
    """No file may grow beyond `size` bytes: how a full disk looks to one process."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


@pytest.mark.parametrize(
    ("content", "words", "said"),
    [
        (None, [], ["there is no such file", "Check the path"]),
        (b"", [], ["the file is empty", "export"]),
        (b"id,subject\n1,caf\xe9\n", [], ["line 2 is not UTF-8", "iconv"]),
        (b"\xff\xfei\x00d\x00", [], ["UTF-16", "iconv"]),
        (b"id,subject\n1,one\n", ["--map", "body=text"], ["no column “text”", "The file has: id, subject"]),
        (b"id,subject\n1,one\n", ["--attribute", "sitte"], ["no column “sitte”"]),
        (b"id,subject\n1,one\n", ["--map", "sbject=subject"], ["Did you mean “subject”?"]),
        (b"PK\x03\x04 more", [], ["ZIP or Excel", "Save it as CSV"]),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read(content: bytes | None, words: list[str], said: list[str], tmp_path: Path) -> None:
    file = tmp_path / "tickets.csv"
    if content is not None:
        file.write_bytes(content)
    one_line(deflect(tmp_path / "home", "import", "tickets", str(file), *words), *said)
    assert not (tmp_path / "home").exists()


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    # The memory of a process: open for its owner, and unreadable at its beginning even for an administrator.
    ended = deflect(tmp_path / "home", "import", "tickets", "/proc/self/mem")
    one_line(ended, "/proc/self/mem: cannot be read", "Check its permissions")


def test_a_broken_end_brings_in_nothing(home: Path, tmp_path: Path) -> None:
    good = "".join(f"{n},fine\n" for n in range(1200))
    (tmp_path / "cut.csv").write_bytes(f"id,subject\n{good}".encode() + b"last,caf\xe9\n")
    one_line(deflect(home, "import", "tickets", str(tmp_path / "cut.csv")), "line 1202 is not UTF-8")
    assert counted(home)["ticket"] == 0


def test_a_huge_row_is_named_and_the_others_come_in(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "huge.jsonl"
    file.write_text(
        '{"id": "A", "subject": "one"}\n{"id": "B", "subject": "'
        + "x" * 21_000_000
        + '"}\n{"id": "C", "subject": "two"}\n'
    )
    ended = deflect(home, "import", "tickets", str(file))
    assert (ended.status, ended.out) == (3, "2 created, 0 updated, 0 unchanged, 1 with errors\n")
    assert ended.said == ["line 2: is longer than 20 MB"]


def test_a_schema_from_the_future(home: Path, tmp_path: Path) -> None:
    with sqlite3.connect(home / "deflect.db") as records:
        records.execute("update alembic_version set version_num = '2031_01_01_later'")
    records.close()
    file = write_rows(tmp_path / "a.jsonl", list(ARTICLES))
    for words in (["import", "articles", str(file)], ["users", "list"], ["serve"], ["worker"]):
        one_line(deflect(home, *words), "2031_01_01_later", "does not know", "Install the Deflect that wrote it")
    assert counted(home)["article"] == 0


@pytest.mark.parametrize("words", [["users", "list"], ["serve"], ["demo", "--no-serve"]])
def test_a_home_that_cannot_be_written(words: list[str]) -> None:
    one_line(deflect(NO_HOME, *words), f"The home {NO_HOME} cannot be written", "--home")


def test_a_home_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("mine")
    one_line(deflect(tmp_path / "home", "users", "list"), "cannot be written", "--home")
    assert (tmp_path / "home").read_text() == "mine"


def test_a_database_that_is_none(home: Path) -> None:
    (home / "deflect.db").write_bytes(b"not a database at all" * 400)
    one_line(deflect(home, "users", "list"), "not a database")


def test_a_port_that_is_taken(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = deflect(home, "serve", "--port", str(port))
    one_line(ended, f"Port {port} of 127.0.0.1 is in use", f"--port {port + 1}")


def test_a_setting_that_means_nothing(home: Path) -> None:
    one_line(deflect(home, "serve", DEFLECT_PORT="eighty"), "DEFLECT_PORT", "integer")
    one_line(deflect(home, "serve", DEFLECT_PUBLIC_URL="help.example.com"), "DEFLECT_PUBLIC_URL", "https?://")


def test_a_disk_that_fills_up_while_importing(home: Path, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"id": f"T-{n}", "subject": "s", "body": f"{n} " * 4000} for n in range(400)]
    file = write_rows(tmp_path / "tickets.jsonl", rows)
    ended = deflect(home, "import", "tickets", str(file), before=limited(1_000_000))
    one_line(ended, "disk")
    assert counted(home)["ticket"] == 0
    assert deflect(home, "import", "tickets", str(file)).status == 0
    assert counted(home)["ticket"] == 400


@pytest.mark.slow
def test_a_disk_that_fills_up_while_backing_up(small_home: Path) -> None:
    before = tree(small_home)
    one_line(deflect(small_home, "backup", before=limited(500_000)), "disk")
    assert tree(small_home) == before
    assert deflect(small_home, "backup").status == 0


@pytest.mark.slow
def test_a_disk_that_fills_up_while_restoring(small_home: Path, tmp_path: Path) -> None:
    archive = tmp_path / "desk.zip"
    assert deflect(small_home, "backup", str(archive)).status == 0
    one_line(deflect(tmp_path / "fresh", "restore", str(archive), before=limited(500_000)), "disk")
    assert not (tmp_path / "fresh").exists()
    assert [path.name for path in tmp_path.glob(".*")] == []


@pytest.mark.slow
def test_a_disk_that_fills_up_while_indexing(small_home: Path, tmp_path: Path) -> None:
    more = write_rows(
        tmp_path / "more.jsonl",
        [{"slug": f"a{n}", "title": f"About {n}", "body": f"Words of number {n}. " * 30} for n in range(60)],
    )
    assert deflect(small_home, "import", "articles", str(more)).status == 0
    served = (small_home / "index" / "generations" / "CURRENT").read_text()
    ended = deflect(small_home, "index", before=limited(60_000))
    assert ended.status == 1
    assert len(ended.said) == 1
    assert (small_home / "index" / "generations" / "CURRENT").read_text() == served
    assert deflect(small_home, "search", "card reader").status == 0
    assert deflect(small_home, "index").status == 0
    assert deflect(small_home, "check").status == 0


@pytest.mark.slow
def test_a_disk_that_fills_up_while_training(own_home: Path) -> None:
    before = deflect(own_home, "models", "list").out
    ended = deflect(own_home, "train", before=limited(20_000))
    assert (ended.status, len(ended.said)) == (1, 1)
    assert "disk" in ended.said[0]
    assert deflect(own_home, "models", "list").out == before
    assert list((own_home / "models" / "versions").glob(".*")) == []
