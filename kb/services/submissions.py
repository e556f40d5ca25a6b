"""Texts that wait for somebody to let them out.

Invariant: what is approved is exactly the text that was submitted, nobody approves their own, and a returned text comes
back with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kb.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from kb.models import Article, Comment, Submission
from kb.queries import articles as articles_q
from kb.queries import desk as desk_q
from kb.queries import editing as editing_q
from kb.queries import tickets as tickets_q
from kb.redaction import spans
from kb.services import audit, editing
from kb.services.finding import article_for
from kb.services.shelving import Shelving, publish_newest, team_id
from kb.viewers import Viewer, may_read, require, require_coach

LONGEST_NOTE: Final = 5000


@dataclass(frozen=True, slots=True)
class Waiting:
    """A submitted text beside the published one; `marked` is its body with personal data marked."""

    id: int
    slug: str
    title: str
    body: str
    published_title: str | None
    published_body: str | None
    marked: tuple[tuple[str, str], ...]
    audience: str
    team: str | None
    by: str | None
    at: datetime
    mine: bool
    flagged: int


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a submission, for its author."""

    slug: str
    title: str
    state: str
    note: str
    reviewer: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Remark:
    """One comment."""

    id: int
    author: str | None
    body: str
    at: datetime
    settled: bool


def submit(session: Session, viewer: Viewer, slug: str, version: int, shelving: Shelving, now: datetime) -> int:
    """Ask for the newest text to be published for an audience.

    Raises:
        ConflictError: somebody saved since that version was read, or this very text waits already.
    """
    require(viewer, "agent")
    article = editing.unchanged(session, viewer, slug, version)
    newest = articles_q.latest_revision(session, article.id)
    if newest is None or newest.id == article.published_id:
        raise ConflictError("There is no text that waits to be published.")
    row = Submission(
        article_id=article.id, revision_id=newest.id, audience=shelving.audience,
        team_id=team_id(session, viewer, shelving), by_id=viewer.account_id, at=now,
    )  # fmt: skip
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise ConflictError("This text was submitted already.") from error
    audit.record(session, viewer, "article submitted", f"article:{slug}", now)
    return row.id


def waiting(session: Session, viewer: Viewer) -> tuple[Waiting, ...]:
    """What waits for a decision, oldest first."""
    require(viewer, "agent")
    rows = [row for row in editing_q.waiting(session) if may_read(viewer, row[1].audience, row[1].team_id)]
    people = tickets_q.names(session, [row[0].by_id for row in rows if row[0].by_id is not None])
    teams = desk_q.team_names(session)
    found = []
    for submission, article, text in rows:
        held = articles_q.revision(session, article.published_id)
        marked = spans(text.body)
        found.append(Waiting(
            id=submission.id, slug=article.slug, title=text.title, body=text.body,
            published_title=held.title if held else None, published_body=held.body if held else None, marked=marked,
            audience=submission.audience, team=teams.get(submission.team_id or 0),
            by=people.get(submission.by_id or 0), at=submission.at, mine=submission.by_id == viewer.account_id,
            flagged=sum(1 for _, kind in marked if kind),
        ))  # fmt: skip
    return tuple(found)


def approve(session: Session, viewer: Viewer, submission_id: int, now: datetime) -> str:
    """Publish it as validated; its article's slug.

    Raises:
        NotAllowedError: it is the viewer's own.
        ConflictError: it was decided already, or its author has written on.
    """
    require_coach(viewer)
    row, article = _open(session, viewer, submission_id)
    if row.by_id == viewer.account_id:
        raise NotAllowedError("Somebody else must read it before it goes out.")
    newest = articles_q.latest_revision(session, article.id)
    if newest is None or newest.id != row.revision_id:
        raise ConflictError("There is a newer text than the one that was submitted. Read that one.")
    team = desk_q.team_names(session).get(row.team_id or 0)
    publish_newest(session, viewer, article.slug, article.version, Shelving(row.audience, team), now)
    article.confidence = "validated"
    _decide(row, viewer, "approved", "", now)
    session.flush()
    return article.slug


def give_back(session: Session, viewer: Viewer, submission_id: int, note: str, now: datetime) -> None:
    """Return it to its author with the reason."""
    require_coach(viewer)
    row, article = _open(session, viewer, submission_id)
    if not note.strip() or len(note) > LONGEST_NOTE:
        raise InvalidError("Say in a sentence what should change.", field="note")
    _decide(row, viewer, "returned", note.strip(), now)
    session.flush()
    audit.record(session, viewer, "article returned", f"article:{article.slug}", now)


def withdraw(session: Session, viewer: Viewer, submission_id: int, now: datetime) -> None:
    """Take one's own back."""
    row, _ = _open(session, viewer, submission_id)
    if row.by_id != viewer.account_id:
        raise NotAllowedError("Only its author can take it back.")
    _decide(row, viewer, "withdrawn", "", now)
    session.flush()


def mine(session: Session, viewer: Viewer, *, limit: int = 50) -> tuple[Decided, ...]:
    """What became of what this person submitted, newest first."""
    require(viewer, "agent")
    rows = editing_q.of_author(session, viewer.account_id or 0, limit)
    people = tickets_q.names(session, [s.reviewer_id for s, _, _ in rows if s.reviewer_id is not None])
    return tuple(
        Decided(a.slug, text.title, s.state, s.note, people.get(s.reviewer_id or 0), s.decided_at)
        for s, a, text in rows
    )


def comment(session: Session, viewer: Viewer, slug: str, body: str, now: datetime) -> int:
    """Say something about an article, to the desk."""
    require(viewer, "agent")
    article = article_for(session, viewer, slug)
    if not body.strip() or len(body) > LONGEST_NOTE:
        raise InvalidError(f"Write between 1 and {LONGEST_NOTE:,} characters.", field="body")
    row = Comment(article_id=article.id, author_id=viewer.account_id, body=body.strip(), at=now)
    session.add(row)
    session.flush()
    return row.id


def comments(session: Session, viewer: Viewer, slug: str) -> tuple[Remark, ...]:
    """What was said about an article, oldest first."""
    require(viewer, "agent")
    rows = editing_q.comments(session, article_for(session, viewer, slug).id)
    people = tickets_q.names(session, [row.author_id for row in rows if row.author_id is not None])
    return tuple(
        Remark(row.id, people.get(row.author_id or 0), row.body, row.at, row.settled_at is not None) for row in rows
    )


def settle(session: Session, viewer: Viewer, slug: str, comment_id: int, now: datetime) -> None:
    """Say that a remark was dealt with."""
    require(viewer, "agent")
    article = article_for(session, viewer, slug)
    row = session.get(Comment, comment_id)
    if row is None or row.article_id != article.id:
        raise NotFoundError("There is no such comment.")
    row.settled_at = row.settled_at or now
    session.flush()


def _open(session: Session, viewer: Viewer, submission_id: int) -> tuple[Submission, Article]:
    require(viewer, "agent")
    row = session.get(Submission, submission_id)
    article = session.get(Article, row.article_id) if row else None
    if row is None or article is None or not may_read(viewer, article.audience, article.team_id):
        raise NotFoundError("There is no such submission.")
    if row.state != "waiting":
        raise ConflictError("Somebody has decided this already.")
    return row, article


def _decide(row: Submission, viewer: Viewer, state: str, note: str, now: datetime) -> None:
    row.state, row.note, row.reviewer_id, row.decided_at = state, note, viewer.account_id, now
