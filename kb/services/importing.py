"""Records from files into the database. Invariant: bringing in the same record again changes nothing."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from typing import Literal

from sqlalchemy.orm import Session

from kb.markup import detect_format
from kb.models import Article, Link, PendingLink, Team, Ticket
from kb.queries import articles as articles_q
from kb.queries import desk as desk_q
from kb.queries import tickets as tickets_q
from kb.records import KEPT_FIELDS, ArticleRecord, TicketRecord
from kb.services import attaching, audit, hashes
from kb.services.publishing import Text, add_revision, publish

Imported = Literal["created", "updated", "unchanged"]


def import_article(session: Session, record: ArticleRecord, now: datetime, *, demo: bool = False) -> Imported:
    """Create or update an article and publish it."""
    source_hash = _fingerprint(record)
    article = articles_q.by_slug(session, record.slug)
    if article is not None and article.source_hash == source_hash:
        return "unchanged"
    state: Imported = "updated" if article else "created"
    team_id = team_named(session, record.team, demo=demo).id if record.team else None
    if article is None:
        written_at = record.written_at or record.updated_at or now
        article = Article(slug=record.slug, created_at=written_at, updated_at=now, demo=demo)
        session.add(article)
    article.products, article.topics, article.url = list(record.products), list(record.topics), record.url
    article.audience, article.source_hash = record.audience, source_hash
    article.locale = record.locale or article.locale or ""
    article.team_id = team_id
    _keep(session, article, record)
    session.flush()
    body_format = record.body_format or detect_format(record.body)
    text = Text(record.title, record.summary, record.body, body_format)
    for file in record.files:
        attaching.keep(session, article, file.name, file.content, now)
    revision = add_revision(session, article, text, now, note="imported")
    publish(session, article, revision, now)
    article.updated_at = record.updated_at or now
    return state


def _keep(session: Session, article: Article, record: ArticleRecord) -> None:
    """What an export of Deflect says and no other file does. What was archived here stays so."""
    if record.confidence and article.confidence != articles_q.ARCHIVED:
        article.confidence = record.confidence
    article.governance = record.governance or article.governance
    article.review_by = record.review_by or article.review_by
    article.first_published_at = article.first_published_at or record.first_published_at
    owner = desk_q.account_by_email(session, record.owner) if record.owner else None
    if owner is not None and owner.role != "customer":
        article.owner_id = owner.id


def _fingerprint(record: ArticleRecord) -> str:
    """Of everything that the file says, and of nothing that it is silent about; of a picture its checksum."""
    may_be_silent = {*KEPT_FIELDS, "locale"} - {"body_format"}
    silent = [name for name in may_be_silent if getattr(record, name) is None]
    values = {name: value for name, value in asdict(record).items() if name not in silent}
    files = [(file.name, sha256(file.content).hexdigest()) for file in record.files]
    return hashes.of(sorted((values | {"files": files}).items()))


def import_ticket(session: Session, record: TicketRecord, now: datetime, *, demo: bool = False) -> Imported:
    """Create or update a ticket with what history knows of it."""
    source_hash = hashes.of(sorted(asdict(record).items(), key=lambda item: item[0]))
    ticket = tickets_q.by_reference(session, record.id)
    if ticket is not None and ticket.source_hash == source_hash:
        return "unchanged"
    state: Imported = "updated" if ticket else "created"
    if ticket is None:
        ticket = Ticket(reference=record.id, created_at=record.created_at or now, demo=demo)
        session.add(ticket)
    _fill(session, ticket, record, demo=demo)
    ticket.source_hash = source_hash
    session.flush()
    _link(session, ticket, record.articles, now)
    audit.errand(session, audit.INDEX_CHANGED, now, ticket=ticket.id)
    return state


def _fill(session: Session, ticket: Ticket, record: TicketRecord, *, demo: bool) -> None:
    for name in (
        "subject",
        "body",
        "product",
        "topic",
        "channel",
        "requester",
        "priority",
        "impact",
        "urgency",
        "locale",
    ):
        setattr(ticket, name, getattr(record, name))
    ticket.attributes, ticket.account = dict(record.attributes), record.account
    ticket.text_hash = hashes.of(record.subject, record.body)
    ticket.created_at = record.created_at or ticket.created_at
    ticket.dated = record.created_at is not None
    ticket.escalated, ticket.level = record.escalated, record.level or ""
    ticket.resolved_at, ticket.resolution = record.resolved_at, record.resolution
    ticket.status = "resolved" if record.solved else "open"
    ticket.team_id = team_named(session, record.team, demo=demo).id if record.team else None


def _link(session: Session, ticket: Ticket, slugs: tuple[str, ...], now: datetime) -> None:
    """Links to articles that are not here yet wait for them; those to a merged one go to the one that stayed."""
    at = ticket.resolved_at or ticket.created_at or now
    held = {link.article_id for link in tickets_q.links(session, ticket.id)}
    waiting = {pending.slug for pending in tickets_q.pending_links_of(session, ticket.id)}
    for slug in dict.fromkeys(slugs):
        article = articles_q.by_slug(session, slug)
        if article is None:
            if slug[:200] not in waiting:
                session.add(PendingLink(ticket_id=ticket.id, slug=slug[:200]))
        elif (number := articles_q.stayed(session, article).id) not in held:
            held.add(number)
            session.add(Link(ticket_id=ticket.id, article_id=number, kind="linked", at=at))


def team_named(session: Session, name: str, *, demo: bool = False) -> Team:
    """The team of that name, made if there is none."""
    team = articles_q.team_by_name(session, name)
    if team is None:
        team = Team(name=name, demo=demo)
        session.add(team)
        session.flush()
    return team
