"""Where an article stands: for whom it is published, or that it is archived.

Invariant: nobody publishes further than their licence and their team reach, and what changes here reaches every index.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from kb.drafting import MISSING, PICTURED
from kb.errors import InvalidError, NotAllowedError, NotFoundError
from kb.models import Article, Link, Revision
from kb.models.articles import AUDIENCES
from kb.queries import articles as articles_q
from kb.queries import tickets as tickets_q
from kb.records import COMPLIANCE, GOVERNANCES
from kb.services import audit
from kb.services.editing import unchanged
from kb.services.publishing import publish
from kb.viewers import Viewer, may_read, require

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
"""As RFC 5646 has it, for what people write: language, script, region."""


@dataclass(frozen=True, slots=True)
class Shelving:
    """Where a published article belongs."""

    audience: str = "public"
    team: str | None = None
    products: tuple[str, ...] | None = None
    """None leaves them as they are."""
    topics: tuple[str, ...] | None = None
    governance: str | None = None
    """Who may let its texts out (KCS v6). Set by publishing only; None leaves it as it is."""
    locale: str | None = None
    """What language its texts are in (BCP 47, ``pt-BR``), empty for unknown; None leaves it as it is."""


def publish_newest(
    session: Session, viewer: Viewer, slug: str, version: int, shelving: Shelving, now: datetime
) -> None:
    """Publish the newest text for an audience. An agent's is found at once but not validated; a lead's is.

    The ticket it came from is linked to it, so that it is remembered as what solved it.

    Raises:
        ConflictError: somebody saved since that version was read.
        InvalidError: an audience without its team, or no such governance or language.
        NotAllowedError: for another team than the agent's own, for everybody by a candidate, or where its governance is
            not theirs to publish under or to change.
    """
    require(viewer, "agent")
    article = unchanged(session, viewer, slug, version)
    newest = articles_q.latest_revision(session, article.id)
    if newest is None:
        raise NotFoundError("There is no such article.")
    may_publish(viewer, article, newest, shelving)
    article.locale = article.locale if shelving.locale is None else _language(shelving.locale)
    article.audience, article.team_id = shelving.audience, team_id(session, viewer, shelving)
    article.products = list(article.products if shelving.products is None else shelving.products)
    article.topics = list(article.topics if shelving.topics is None else shelving.topics)
    article.governance = article.governance if shelving.governance is None else shelving.governance
    article.confidence = confidence_of(viewer)
    publish(session, article, newest, now)
    _remember(session, viewer, article, now)
    audit.record(
        session, viewer, "article published", f"article:{slug}", now,
        audience=shelving.audience, governance=article.governance,
    )  # fmt: skip


def archive(session: Session, viewer: Viewer, slug: str, version: int, now: datetime) -> None:
    """Take an article out of every search; its history stays."""
    require(viewer, "lead")
    article = unchanged(session, viewer, slug, version)
    article.confidence, article.updated_at = "archived", now
    session.flush()
    audit.record(session, viewer, "article archived", f"article:{slug}", now)
    audit.errand(session, audit.INDEX_CHANGED, now, article=article.id)


def may_publish(viewer: Viewer, article: Article, text: Revision, shelving: Shelving) -> None:
    """Raise where a section waits for its words or its picture, or where the licence does not reach that far."""
    if MISSING in text.body:
        raise InvalidError("A section still waits for its words. Write it, or take its heading out.", field="body")
    if PICTURED in text.body:
        raise InvalidError("A section still waits for its picture. Add it, or take that line out.", field="body")
    if viewer.licence == "candidate" and not viewer.leads and shelving.audience == "public":
        raise NotAllowedError("Submit it for review: your licence publishes for the desk only.")
    _may_govern(viewer, article, shelving)


def confidence_of(viewer: Viewer) -> str:
    """As what a text comes out that this viewer lets out."""
    return "validated" if viewer.publishes else "not validated"


def team_id(session: Session, viewer: Viewer, shelving: Shelving) -> int | None:
    """The team that an audience names.

    Raises:
        InvalidError: no such audience, or it lacks its team.
        NotAllowedError: it is not the agent's own.
    """
    if shelving.audience not in AUDIENCES:
        raise InvalidError(f"Choose the audience: {', '.join(AUDIENCES)}.", field="audience")
    if shelving.audience != "team":
        return None
    team = articles_q.team_by_name(session, shelving.team or "")
    if team is None:
        raise InvalidError("Choose the team that may read it.", field="team")
    if not may_read(viewer, "team", team.id):
        raise NotAllowedError("You can publish for your own team only.")
    return team.id


def _language(code: str) -> str:
    if code and not LANGUAGE.fullmatch(code):
        raise InvalidError("Write the language as a code, such as en or pt-BR.", field="locale")
    return code


def _may_govern(viewer: Viewer, article: Article, shelving: Shelving) -> None:
    wanted = article.governance if shelving.governance is None else shelving.governance
    if shelving.governance is not None and wanted not in GOVERNANCES:
        raise InvalidError(f"Choose the governance: {', '.join(GOVERNANCES)}.", field="governance")
    if viewer.publishes:
        return
    if article.governance == COMPLIANCE:
        raise NotAllowedError("Submit it for review: what is compliance based, a publisher, coach or lead lets out.")
    if wanted != article.governance:
        raise NotAllowedError("Only a publisher, a coach or a lead may change how an article is governed.")


def _remember(session: Session, viewer: Viewer, article: Article, now: datetime) -> None:
    number = article.from_ticket_id
    if number is None or tickets_q.link(session, number, article.id, "linked") is not None:
        return
    session.add(Link(ticket_id=number, article_id=article.id, kind="linked", by_id=viewer.account_id, at=now))
    session.flush()
