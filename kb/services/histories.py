"""An article over time: its texts, who looks after it, when it comes out, when it is looked at again.

Invariant: no text is ever lost; going back to one writes it again as the newest.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from kb.errors import ConflictError, InvalidError, NotFoundError
from kb.models import Article, Revision, Schedule
from kb.queries import articles as articles_q
from kb.queries import desk as desk_q
from kb.queries import editing as editing_q
from kb.queries import tickets as tickets_q
from kb.records import COMPLIANCE
from kb.services import audit, editing
from kb.services.finding import article_for
from kb.services.publishing import Text, publish
from kb.services.shelving import Shelving, confidence_of, may_publish, team_id
from kb.viewers import Viewer, may_read, require

FURTHEST: Final = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class Version:
    """One text of an article."""

    number: int
    title: str
    body: str
    author: str | None
    note: str
    at: datetime
    published: bool
    newest: bool


@dataclass(frozen=True, slots=True)
class Care:
    """Who looks after an article and what is due."""

    owner: str | None
    owner_name: str | None
    review_by: datetime | None
    overdue: bool
    publish_at: datetime | None
    publish_for: str | None
    """The audience that it is for from then on."""


@dataclass(frozen=True, slots=True)
class Due:
    """An article that should be looked at again."""

    slug: str
    title: str
    owner: str | None
    review_by: datetime


def history(session: Session, viewer: Viewer, slug: str) -> tuple[Version, ...]:
    """Every text, newest first."""
    require(viewer, "agent")
    article = article_for(session, viewer, slug)
    rows = editing_q.revisions(session, article.id)
    people = tickets_q.names(session, [row.author_id for row in rows if row.author_id is not None])
    return tuple(
        Version(
            row.number, row.title, row.body, people.get(row.author_id or 0), row.note, row.created_at,
            row.id == article.published_id, place == 0,
        )
        for place, row in enumerate(rows)
    )  # fmt: skip


def restore(session: Session, viewer: Viewer, slug: str, number: int, version: int, now: datetime) -> int:
    """Write an old text again as the newest one; the new version. Publishing it is another step."""
    require(viewer, "agent")
    article = editing.unchanged(session, viewer, slug, version)
    old = next((row for row in editing_q.revisions(session, article.id) if row.number == number), None)
    if old is None:
        raise NotFoundError("There is no such version.")
    text = Text(old.title, old.summary, old.body, old.body_format)
    return editing.save(session, viewer, slug, text, version, now, note=f"version {number} restored")


def care(session: Session, viewer: Viewer, slug: str, now: datetime) -> Care:
    """Owner, review date, and when a scheduled text comes out."""
    require(viewer, "agent")
    article = article_for(session, viewer, slug)
    owner = desk_q.account(session, article.owner_id)
    due = article.review_by is not None and article.review_by <= now
    wanted = editing_q.schedule(session, article.id)
    return Care(
        owner.email if owner else None, owner.name if owner else None, article.review_by, due, article.publish_at,
        wanted.audience if wanted else None,
    )  # fmt: skip


def look_after(
    session: Session, viewer: Viewer, slug: str, owner: str | None, review_by: datetime | None, now: datetime
) -> None:
    """Say who looks after it and by when it is to be read again; None for nobody and never."""
    require(viewer, "agent")
    article = article_for(session, viewer, slug)
    account = desk_q.account_by_email(session, owner.strip().casefold()) if owner else None
    if owner and (account is None or account.role == "customer" or account.disabled_at is not None):
        raise InvalidError("Nobody on the desk has that address.", field="owner")
    if review_by is not None and not now < review_by <= now + FURTHEST:
        raise InvalidError("Choose a day within the next two years.", field="review_by")
    article.owner_id, article.review_by = account.id if account else None, review_by
    session.flush()
    audit.record(session, viewer, "article looked after", f"article:{slug}", now, owner=owner or "nobody")


def schedule(
    session: Session, viewer: Viewer, slug: str, version: int, shelving: Shelving, at: datetime, now: datetime
) -> None:
    """Let the newest text come out at a moment to come, for that audience; until then what is out stays as it is.

    Raises:
        ConflictError: somebody saved since that version was read.
        InvalidError: the moment has passed or is too far away.
    """
    require(viewer, "agent")
    article = editing.unchanged(session, viewer, slug, version)
    newest = articles_q.latest_revision(session, article.id)
    if newest is None or newest.id == article.published_id:
        raise ConflictError("There is no text that waits to be published.")
    if not now < at <= now + FURTHEST:
        raise InvalidError("Choose a moment within the next two years.", field="at")
    may_publish(viewer, article, newest, shelving)
    editing_q.call_off(session, article)
    session.add(Schedule(
        article_id=article.id, audience=shelving.audience, team_id=team_id(session, viewer, shelving),
        confidence=confidence_of(viewer),
    ))  # fmt: skip
    article.publish_at, article.scheduled_id = at, newest.id
    session.flush()
    audit.record(session, viewer, "article scheduled", f"article:{slug}", now, at=at.isoformat())


def unschedule(session: Session, viewer: Viewer, slug: str, now: datetime) -> None:
    """Do not let it come out after all."""
    require(viewer, "agent")
    article = article_for(session, viewer, slug)
    editing_q.call_off(session, article)
    session.flush()
    audit.record(session, viewer, "article unscheduled", f"article:{slug}", now)


def is_due(session: Session, now: datetime) -> bool:
    """Whether any scheduled text should be out by now."""
    return editing_q.is_due(session, now)


def publish_due(session: Session, viewer: Viewer, now: datetime) -> int:
    """Publish every scheduled text whose moment has come, for the worker; how many."""
    rows = editing_q.due(session, now)
    out = 0
    for article, text in rows:
        wanted, held = editing_q.schedule(session, article.id), articles_q.revision(session, article.published_id)
        editing_q.call_off(session, article)
        # Whoever published a newer text meanwhile does not want the older one back.
        if (held is None or held.number <= text.number) and _still_may(article, wanted):
            _come_out(session, viewer, article, text, wanted, now)
            out += 1
    session.flush()
    return out


def reviews_due(session: Session, viewer: Viewer, now: datetime) -> tuple[Due, ...]:
    """Articles whose review date has passed, the longest overdue first."""
    require(viewer, "agent")
    rows = editing_q.overdue(session, now)
    people = tickets_q.names(session, [a.owner_id for a, _ in rows if a.owner_id is not None])
    return tuple(
        Due(a.slug, text.title, people.get(a.owner_id or 0), a.review_by)
        for a, text in rows
        if a.review_by is not None and may_read(viewer, a.audience, a.team_id)
    )


def _still_may(article: Article, wanted: Schedule | None) -> bool:
    # It may have become compliance based since somebody without the right to publish that chose the moment.
    return article.governance != COMPLIANCE or (wanted is not None and wanted.confidence == "validated")


def _come_out(
    session: Session, viewer: Viewer, article: Article, text: Revision, wanted: Schedule | None, now: datetime
) -> None:
    # What was scheduled before there was a place for its audience had it written to the article itself.
    if wanted is not None:
        article.audience, article.team_id = wanted.audience, wanted.team_id
    article.confidence = wanted.confidence if wanted else "not validated"
    publish(session, article, text, now)
    audit.record(session, viewer, "article published", f"article:{article.slug}", now, audience=article.audience)
