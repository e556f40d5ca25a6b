"""From a text to a published article. Invariant: passages, pending links and the errand for the index go with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from kb.models import Article, Link, Passage, Revision
from kb.passages import cut
from kb.queries import articles as articles_q
from kb.queries import tickets as tickets_q
from kb.services import audit


@dataclass(frozen=True, slots=True)
class Text:
    """The words of an article."""

    title: str
    summary: str
    body: str
    body_format: str


def add_revision(
    session: Session, article: Article, text: Text, now: datetime, *, author_id: int | None = None, note: str = ""
) -> Revision:
    """Write the next revision; nothing is published by that."""
    latest = articles_q.latest_revision(session, article.id)
    revision = Revision(
        article_id=article.id, number=latest.number + 1 if latest else 1, title=text.title, summary=text.summary,
        body=text.body, body_format=text.body_format, author_id=author_id, note=note, created_at=now,
    )  # fmt: skip
    session.add(revision)
    session.flush()
    return revision


def touch(article: Article, now: datetime) -> None:
    """Count a new text as a change of the article; what readers see is as old as it was until that text is published."""
    if article.published_id is None:
        article.updated_at = now
    # Also where nothing else changed, and two saves may fall into one tick of the clock.
    flag_modified(article, "updated_at")


def publish(session: Session, article: Article, revision: Revision, now: datetime) -> None:
    """Make a revision the published one, in the database and, by the worker, in the index."""
    article.published_id = revision.id
    article.updated_at = now
    article.first_published_at = article.first_published_at or now
    flag_modified(article, "updated_at")
    cut_passages(session, article, revision)
    session.flush()
    _fulfil_pending_links(session, article, now)
    audit.errand(session, audit.INDEX_CHANGED, now, article=article.id)


def cut_passages(session: Session, article: Article, revision: Revision) -> None:
    """Cut the text anew; a passage whose words stayed keeps its number, so it is not embedded again."""
    drafts = cut(revision.title, revision.summary, revision.body, revision.body_format)
    # A text may stand twice in an article, so a hash may have several passages.
    kept: dict[str, list[Passage]] = {}
    for held in articles_q.passages(session, article.id):
        kept.setdefault(held.text_hash, []).append(held)
    reused = [_taken(kept, draft.text_hash) for draft in drafts]
    articles_q.drop_passages(session, [passage.id for passages in kept.values() for passage in passages])
    session.flush()
    # Two steps, because an ordinal may be held by another passage until all have moved.
    for number, passage in enumerate(passage for passage in reused if passage):
        passage.ordinal = -1 - number
    session.flush()
    for draft, old in zip(drafts, reused, strict=True):
        passage = old or Passage(article_id=article.id, text=draft.text, text_hash=draft.text_hash)
        passage.ordinal, passage.heading, passage.anchor = draft.ordinal, draft.heading, draft.anchor
        session.add(passage)


def _taken(kept: dict[str, list[Passage]], text_hash: str) -> Passage | None:
    return kept[text_hash].pop(0) if kept.get(text_hash) else None


def _fulfil_pending_links(session: Session, article: Article, now: datetime) -> None:
    for pending in tickets_q.pending_links(session, article.slug):
        if tickets_q.link(session, pending.ticket_id, article.id, "linked") is None:
            session.add(Link(ticket_id=pending.ticket_id, article_id=article.id, kind="linked", at=now))
        session.delete(pending)


def amended(revision: Revision, new: Sequence[tuple[str, str]]) -> Text:
    """The text with further (section, sentence) pairs: at the end of the section of that name, else in one of its own."""
    body = revision.body.rstrip()
    for section, sentence in new:
        body = _with(body, revision.body_format, section, sentence)
    return Text(revision.title, revision.summary, body, revision.body_format)


def _with(body: str, body_format: str, section: str, sentence: str) -> str:
    html = body_format == "html"
    heading = re.compile(
        rf"<h[1-6][^>]*>\s*{re.escape(section)}\s*</h[1-6]>" if html else rf"^#{{1,6}}\s+{re.escape(section)}\s*$",
        re.IGNORECASE | re.MULTILINE,
    )
    following = re.compile(r"<h[1-6]\b" if html else r"^#{1,6}\s", re.IGNORECASE | re.MULTILINE)
    line = f"<p>{escape(sentence)}</p>" if html else sentence
    found = heading.search(body)
    if found is None:
        head = f"<h2>{escape(section)}</h2>" if html else section if body_format == "text" else f"## {section}"
        return f"{body}\n\n{head}\n\n{line}"
    after = following.search(body, found.end())
    end = after.start() if after else len(body)
    return f"{body[:end].rstrip()}\n\n{line}\n\n{body[end:]}".rstrip()
