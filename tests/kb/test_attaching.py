from __future__ import annotations

import io
from datetime import datetime

import pytest
from PIL import Image
from sqlalchemy.orm import Session

from kb.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from kb.services import attaching, editing
from kb.services.publishing import Text
from tests.kb.desk_of_people import Desk, article

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def picture(kind: str = "PNG", size: tuple[int, int] = (4, 3)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "teal").save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (picture("PNG"), "image/png"), (picture("JPEG"), "image/jpeg"), (picture("GIF"), "image/gif"),
        (picture("WEBP"), "image/webp"), (b"%PDF-1.7\n...", "application/pdf"), ("Grüße".encode(), attaching.PLAIN),
    ],
)  # fmt: skip
def test_the_content_says_what_it_is(content: bytes, media_type: str) -> None:
    assert attaching.kind_of(content) == media_type


@pytest.mark.parametrize(
    "content",
    [
        b"", SVG, b"  \n<html><script>1</script>", b"<!doctype html>", b"MZ\x90\x00\x03", b"\xff\xfe\x00", b"PK\x03\x04\x00\xff",
        b"x" * (attaching.LARGEST + 1), b"GIF89a" + b"\x00" * 3 + b"<script>",
    ],
)  # fmt: skip
def test_what_could_run_or_hide_something_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidError) as refused:
        attaching.kind_of(content)
    assert refused.value.field == "file"


def test_a_small_file_that_unfolds_to_a_huge_picture_is_refused() -> None:
    with pytest.raises(InvalidError):
        attaching.kind_of(picture("PNG", (9_000, 6_000)))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a b.png", "a-b.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\y.png", "y.png"),
        ("...", "file"),
        ("ü.png", "ü.png"),
    ],
)
def test_a_name_is_safe_in_an_address(given: str, kept: str) -> None:
    assert attaching.file_name(given) == kept


def test_a_file_is_for_those_who_may_read_its_article(session: Session, desk: Desk, now: datetime) -> None:
    article(session, now, "open")
    article(session, now, "vaulted", audience="team", team="Vault")
    attaching.attach(session, desk.front, "open", "screen.png", picture(), now)
    attaching.attach(session, desk.vault, "vaulted", "screen.png", picture(), now)
    assert attaching.fetch(session, desk.alma, "open", "screen.png").content == picture()
    assert attaching.files(session, desk.alma, "open")[0].address == "/files/open/screen.png"
    for viewer in (desk.alma, desk.front):
        with pytest.raises(NotFoundError):
            attaching.fetch(session, viewer, "vaulted", "screen.png")
    with pytest.raises(NotAllowedError):
        attaching.attach(session, desk.alma, "open", "x.png", picture(), now)


def test_files_of_a_draft_are_for_the_desk(session: Session, desk: Desk, now: datetime) -> None:
    slug = editing.write(session, desk.front, Text("Draft", "", "words", "markdown"), now)
    attaching.attach(session, desk.front, slug, "a.txt", b"text", now)
    assert attaching.fetch(session, desk.vault, slug, "a.txt").content == b"text"
    with pytest.raises(NotFoundError):
        attaching.fetch(session, desk.alma, slug, "a.txt")


def test_the_same_name_is_replaced_and_there_is_an_end(
    session: Session, desk: Desk, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    article(session, now, "open")
    first = attaching.attach(session, desk.front, "open", "a.txt", b"one", now)
    second = attaching.attach(session, desk.front, "open", "a.txt", b"two", now)
    assert first.checksum != second.checksum
    monkeypatch.setattr(attaching, "MOST", 1)
    with pytest.raises(ConflictError):
        attaching.attach(session, desk.front, "open", "b.txt", b"three", now)
    attaching.detach(session, desk.front, "open", "a.txt", now)
    assert attaching.files(session, desk.front, "open") == ()
