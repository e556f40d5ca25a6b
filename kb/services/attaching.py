"""Pictures and files of articles.

Invariant: what a file is, its content says and not its name; only kinds a browser shows without running anything are
kept, and a file is for exactly those who may read its article.
"""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from PIL import Image, UnidentifiedImageError
from sqlalchemy.orm import Session

from kb.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from kb.models import Article, Attachment
from kb.queries import articles as articles_q
from kb.queries import attachments as attachments_q
from kb.records import COMPLIANCE
from kb.services import audit
from kb.services.finding import article_for
from kb.viewers import Viewer, require

LARGEST: Final = 5_000_000
MOST: Final = 100
MOST_PIXELS: Final = 50_000_000
"""A small file can unfold to a picture that no browser can hold."""
PICTURES: Final = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}
PDF: Final = b"%PDF-"
PLAIN: Final = "text/plain; charset=utf-8"
NAME = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True)
class FileView:
    """A file of an article, without its content."""

    name: str
    media_type: str
    size: int
    checksum: str
    picture: bool
    address: str
    """Where it is fetched, and what an article's text names it by."""


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file to send."""

    file: FileView
    content: bytes


def attach(session: Session, viewer: Viewer, slug: str, name: str, content: bytes, now: datetime) -> FileView:
    """Keep a file with an article; one of the same name is replaced.

    Raises:
        NotFoundError: there is no such article for this viewer.
        InvalidError: too large, empty, or none of the kinds that are kept.
        ConflictError: the article has as many as it may.
        NotAllowedError: it would replace a file of a compliance-based article, and the viewer may not publish that.
    """
    require(viewer, "agent")
    article = article_for(session, viewer, slug)
    if attachments_q.named(session, article.id, file_name(name)) is not None:
        _require_right(viewer, article)
    file = keep(session, article, name, content, now, by_id=viewer.account_id)
    audit.record(session, viewer, "file attached", f"article:{slug}", now, name=file.name)
    return file


def keep(
    session: Session, article: Article, name: str, content: bytes, now: datetime, *, by_id: int | None = None
) -> FileView:
    """As `attach`, for a flow that knows the article and who acts."""
    media_type = kind_of(content)
    called = file_name(name)
    held = attachments_q.named(session, article.id, called)
    if held is None and attachments_q.count(session, article.id) >= MOST:
        raise ConflictError(f"An article has at most {MOST} files. Remove one first.")
    row = held or Attachment(article_id=article.id, name=called)
    row.media_type, row.size, row.content, row.at, row.by_id = media_type, len(content), content, now, by_id
    row.checksum = hashlib.sha256(content).hexdigest()
    session.add(row)
    session.flush()
    return _view(article.slug, row)


def files(session: Session, viewer: Viewer, slug: str) -> tuple[FileView, ...]:
    """Files of an article by name."""
    article = article_for(session, viewer, slug)
    return tuple(_view(slug, row) for row in attachments_q.of_article(session, article.id))


def fetch(session: Session, viewer: Viewer, slug: str, name: str) -> FileContent:
    """One file with its content.

    Raises:
        NotFoundError: there is none, or not for this viewer, or its article is not published and the viewer not of the desk.
    """
    article = article_for(session, viewer, slug)
    row = attachments_q.named(session, article.id, name)
    hidden = article.published_id is None or article.confidence == articles_q.ARCHIVED
    if row is None or (hidden and not viewer.staff):
        raise NotFoundError("There is no such file.")
    return FileContent(_view(slug, row), row.content)


def detach(session: Session, viewer: Viewer, slug: str, name: str, now: datetime) -> None:
    """Take a file away for good.

    Raises:
        NotFoundError: there is no such file, or no such article for this viewer.
        NotAllowedError: the article is compliance based, and the viewer may not publish it.
    """
    require(viewer, "agent")
    article = article_for(session, viewer, slug)
    row = attachments_q.named(session, article.id, name)
    if row is None:
        raise NotFoundError("There is no such file.")
    _require_right(viewer, article)
    session.delete(row)
    session.flush()
    audit.record(session, viewer, "file removed", f"article:{slug}", now, name=name)


def _require_right(viewer: Viewer, article: Article) -> None:
    """What readers of a compliance-based article see changes with its files as it does with its text."""
    if article.governance == COMPLIANCE and not viewer.publishes:
        raise NotAllowedError(
            "Only a publisher, a coach or a lead changes files of what is compliance based. Add another."
        )


def kind_of(content: bytes) -> str:
    """Its media type, by its content.

    Raises:
        InvalidError: empty, too large, or nothing that is kept.
    """
    if not content or len(content) > LARGEST:
        raise InvalidError(f"A file has between 1 byte and {LARGEST // 1_000_000} MB.", field="file")
    picture = _picture(content)
    if picture:
        return picture
    if content.startswith(PDF):
        return "application/pdf"
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = "\x00"
    if "\x00" in text or re.match(r"\s*<", text):
        raise InvalidError("Only PNG, JPEG, GIF, WebP, PDF and plain text are kept.", field="file")
    return PLAIN


def file_name(name: str) -> str:
    """A name that is safe in an address: no folder, no blank, and never empty."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return NAME.sub("-", last).strip(".-")[-200:] or "file"


def _picture(content: bytes) -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=tuple(PICTURES)) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise InvalidError("That picture has too many pixels. Make it smaller first.", field="file")
                image.verify()
                return PICTURES[str(image.format)]
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError, Warning):
        return None


def _view(slug: str, row: Attachment) -> FileView:
    picture = row.media_type in PICTURES.values()
    return FileView(row.name, row.media_type, row.size, row.checksum, picture, f"/files/{slug}/{row.name}")
