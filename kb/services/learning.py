"""Learn: a resolved escalation becomes an article that spares the next.

Invariant: a draft is for the desk only until a person publishes it, and a save that started from an older text is
refused with nothing lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from kb.drafting import MISSING, compose, solution_of
from kb.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from kb.models import Article, Link, Revision
from kb.models.articles import AUDIENCES
from kb.queries import articles as articles_q
from kb.queries import desk as desk_q
from kb.queries import tickets as tickets_q
from kb.records import slugify
from kb.redaction import redact, spans
from kb.rephrasing import INSTRUCTIONS, LanguageModel, Rephrased, checked
from kb.services import audit
from kb.services.evidence import evidence
from kb.services.finding import ticket_for
from kb.services.publishing import Text, add_revision, publish
from kb.viewers import Viewer, may_read, require

MOST: Final = 200


@dataclass(frozen=True, slots=True)
class ResolvedEscalation:
    """A solved escalation that has become no article yet."""

    reference: str
    subject: str
    kind: str
    team: str | None
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class DraftRow:
    """An article whose newest text is not published."""

    slug: str
    title: str
    confidence: str
    audience: str
    updated_at: datetime
    published: bool
    from_ticket: str | None
    flagged: int
    """How many pieces look like personal data."""


@dataclass(frozen=True, slots=True)
class SourceView:
    """Where one sentence of a draft stands: a message of the ticket, its question (None), or its resolution."""

    part: str
    text: str
    message: int | None
    summed_up: bool


@dataclass(frozen=True, slots=True)
class EditView:
    """An article to edit; `version` goes back with the save."""

    slug: str
    title: str
    summary: str
    body: str
    body_format: str
    version: int
    audience: str
    team: str | None
    confidence: str
    products: tuple[str, ...]
    topics: tuple[str, ...]
    marked: tuple[tuple[str, str], ...]
    """(piece of the body, kind of personal data or empty)"""
    published_title: str | None
    published_body: str | None
    from_ticket: str | None
    sources: tuple[SourceView, ...]
    demo: bool


@dataclass(frozen=True, slots=True)
class Shelving:
    """Where a published article belongs."""

    audience: str = "public"
    team: str | None = None
    products: tuple[str, ...] | None = None
    """None leaves them as they are."""
    topics: tuple[str, ...] | None = None


def resolved_escalations(session: Session, viewer: Viewer) -> tuple[ResolvedEscalation, ...]:
    """Solved escalations without an article, newest first."""
    require(viewer, "agent")
    teams = desk_q.team_names(session)
    rows = tickets_q.resolved_escalations(session, viewer, MOST)
    return tuple(
        ResolvedEscalation(t.reference, t.subject, e.kind, teams.get(e.to_team_id or 0), t.resolved_at) for e, t in rows
    )


def draft(
    session: Session, viewer: Viewer, reference: str, now: datetime, *, titles: Sequence[str] = (), note: str = ""
) -> str:
    """Draft an article from a resolved ticket; its slug. A ticket that has one already gives that one.

    `titles` are redacted subjects of similar tickets, as customers wrote them; `note` is kept with the revision.

    Raises:
        ConflictError: the ticket is not resolved yet.
    """
    require(viewer, "agent")
    ticket = ticket_for(session, viewer, reference)
    if ticket.status not in tickets_q.SOLVED:
        raise ConflictError("Resolve the ticket first: the draft is made from what solved it.")
    held = articles_q.from_ticket(session, ticket.id)
    if held is not None:
        return held.slug
    found = evidence(session, ticket)
    text = compose(found.thread, solution_of(found.thread), titles)
    article = Article(
        slug=free_slug(session, text.title), products=[ticket.product] if ticket.product else [],
        topics=[ticket.topic] if ticket.topic else [], audience="internal", confidence="work in progress",
        from_ticket_id=ticket.id, owner_id=viewer.account_id, created_at=now, updated_at=now,
    )  # fmt: skip
    session.add(article)
    session.flush()
    revision = add_revision(
        session, article, Text(text.title, text.summary, text.body, "markdown"), now, author_id=viewer.account_id,
        note=f"drafted from {ticket.reference}" + (f"; {note}" if note else ""),
    )  # fmt: skip
    revision.sources = found.sources(text)
    for escalation in tickets_q.escalations(session, ticket.id):
        escalation.article_id = article.id
    audit.record(session, viewer, "article drafted", f"article:{article.slug}", now, ticket=ticket.reference)
    return article.slug


def mark_solution(session: Session, viewer: Viewer, reference: str, message_id: int, now: datetime) -> None:
    """Say which message solved the ticket; a draft that is made from now on starts from it.

    Raises:
        NotFoundError: the ticket has no such public message.
    """
    require(viewer, "agent")
    ticket = ticket_for(session, viewer, reference)
    said = [message for message in tickets_q.messages(session, ticket.id) if not message.internal]
    if message_id not in {message.id for message in said}:
        raise NotFoundError("There is no such message in this ticket.")
    for message in said:
        message.solution = message.id == message_id
    session.flush()
    audit.record(session, viewer, "solution marked", f"ticket:{reference}", now)


def write(session: Session, viewer: Viewer, text: Text, now: datetime) -> str:
    """Begin an article from nothing; its slug."""
    require(viewer, "agent")
    _check(text)
    article = Article(
        slug=free_slug(session, text.title), audience="internal", confidence="work in progress",
        owner_id=viewer.account_id, created_at=now, updated_at=now,
    )  # fmt: skip
    session.add(article)
    session.flush()
    add_revision(session, article, text, now, author_id=viewer.account_id)
    audit.record(session, viewer, "article begun", f"article:{article.slug}", now)
    return article.slug


def drafts(session: Session, viewer: Viewer) -> tuple[DraftRow, ...]:
    """Articles with a text that is not published, oldest first."""
    require(viewer, "agent")
    rows = [row for row in articles_q.drafts(session) if may_read(viewer, row[0].audience, row[0].team_id)]
    references = tickets_q.references(session, [a.from_ticket_id for a, _ in rows if a.from_ticket_id])
    return tuple(
        DraftRow(
            a.slug, r.title, a.confidence, a.audience, a.updated_at, a.published_id is not None,
            references.get(a.from_ticket_id or 0), len(redact(r.body).findings),
        )
        for a, r in rows
    )  # fmt: skip


def editable(session: Session, viewer: Viewer, slug: str) -> EditView:
    """The newest text of an article, with what looks like personal data marked.

    Raises:
        NotFoundError: there is none for this viewer.
    """
    require(viewer, "agent")
    article = article_for(session, viewer, slug)
    newest = articles_q.latest_revision(session, article.id)
    if newest is None:
        raise NotFoundError("There is no such article.")
    held = articles_q.revision(session, article.published_id)
    references = tickets_q.references(session, [article.from_ticket_id] if article.from_ticket_id else [])
    return EditView(
        slug=article.slug, title=newest.title, summary=newest.summary, body=newest.body,
        body_format=newest.body_format, version=article.version, audience=article.audience,
        team=desk_q.team_names(session).get(article.team_id or 0), confidence=article.confidence,
        products=tuple(article.products), topics=tuple(article.topics), marked=spans(newest.body),
        published_title=held.title if held else None, published_body=held.body if held else None,
        from_ticket=references.get(article.from_ticket_id or 0), demo=article.demo, sources=tuple(
            SourceView(str(s["part"]), str(s["text"]), s["message"], bool(s["summed_up"])) for s in newest.sources
        ),
    )  # fmt: skip


def save(
    session: Session, viewer: Viewer, slug: str, text: Text, version: int, now: datetime, *, note: str = ""
) -> int:
    """Write the next revision; the new version. Nothing is published by that.

    Raises:
        ConflictError: somebody saved since that version was read.
    """
    require(viewer, "agent")
    _check(text)
    article = unchanged(session, viewer, slug, version)
    add_revision(session, article, text, now, author_id=viewer.account_id, note=note[:500])
    article.updated_at = now
    # Two saves may fall into one tick of the clock; each must count as a change.
    flag_modified(article, "updated_at")
    session.flush()
    audit.record(session, viewer, "article saved", f"article:{slug}", now)
    return article.version


def publish_newest(
    session: Session, viewer: Viewer, slug: str, version: int, shelving: Shelving, now: datetime
) -> None:
    """Publish the newest text for an audience. An agent's is found at once but not validated; a lead's is.

    The ticket it came from is linked to it, so that it is remembered as what solved it.

    Raises:
        ConflictError: somebody saved since that version was read.
        InvalidError: an audience without its team.
        NotAllowedError: for another team than the agent's own, or for everybody by a candidate.
    """
    require(viewer, "agent")
    article = unchanged(session, viewer, slug, version)
    newest = articles_q.latest_revision(session, article.id)
    if newest is None:
        raise NotFoundError("There is no such article.")
    may_publish(viewer, newest, shelving)
    article.audience, article.team_id = shelving.audience, team_id(session, viewer, shelving)
    article.products = list(article.products if shelving.products is None else shelving.products)
    article.topics = list(article.topics if shelving.topics is None else shelving.topics)
    article.confidence = "validated" if viewer.publishes else "not validated"
    publish(session, article, newest, now)
    _remember(session, viewer, article, now)
    audit.record(session, viewer, "article published", f"article:{slug}", now, audience=shelving.audience)


def rephrase(
    session: Session, viewer: Viewer, model: LanguageModel, slug: str, version: int, now: datetime
) -> Rephrased:
    """Let a language model say the newest text better, as a new revision; what it made up is struck out.

    It is told redacted text only, so what looked like personal data comes back as its kind in brackets.

    Raises:
        UnavailableError: it did not answer; nothing changed.
        ConflictError: somebody saved since that version was read, or nothing of the answer could be traced.
    """
    require(viewer, "agent")
    article = unchanged(session, viewer, slug, version)
    newest = articles_q.latest_revision(session, article.id)
    if newest is None or newest.body_format == "html":
        raise ConflictError("Only an article in Markdown or plain text can be rephrased.")
    source = redact(newest.body)
    found = checked(model.rewrite(INSTRUCTIONS, source), source.redacted)
    if not found.body:
        raise ConflictError("Nothing of what the language model wrote could be traced to the draft. It is as it was.")
    text = Text(newest.title, newest.summary, found.body, newest.body_format)
    save(session, viewer, slug, text, version, now, note=f"rephrased; {len(found.struck)} sentences struck out")
    return found


def archive(session: Session, viewer: Viewer, slug: str, version: int, now: datetime) -> None:
    """Take an article out of every search; its history stays."""
    require(viewer, "lead")
    article = unchanged(session, viewer, slug, version)
    article.confidence, article.updated_at = "archived", now
    session.flush()
    audit.record(session, viewer, "article archived", f"article:{slug}", now)
    audit.errand(session, audit.INDEX_CHANGED, now, article=article.id)


def free_slug(session: Session, title: str) -> str:
    """A slug that no article has yet."""
    base = slugify(title)[:180] or "article"
    taken = articles_q.slugs(session, base)
    numbers = (f"{base}-{number}" for number in range(2, len(taken) + 3))
    return base if base not in taken else next(slug for slug in numbers if slug not in taken)


def may_publish(viewer: Viewer, text: Revision, shelving: Shelving) -> None:
    """Raise where a section waits for its words, or where the licence does not reach that audience."""
    if MISSING in text.body:
        raise InvalidError("A section still waits for its words. Write it, or take its heading out.", field="body")
    if viewer.licence == "candidate" and not viewer.leads and shelving.audience == "public":
        raise NotAllowedError("Submit it for review: your licence publishes for the desk only.")


def article_for(session: Session, viewer: Viewer, slug: str) -> Article:
    """The article, published or not.

    Raises:
        NotFoundError: there is none for this viewer.
    """
    article = articles_q.by_slug(session, slug)
    if article is None or not may_read(viewer, article.audience, article.team_id):
        raise NotFoundError("There is no such article.")
    return article


def unchanged(session: Session, viewer: Viewer, slug: str, version: int) -> Article:
    """The same, if nobody changed it since that version was read.

    Raises:
        ConflictError: somebody did.
    """
    article = article_for(session, viewer, slug)
    if article.version != version:
        raise ConflictError("Somebody changed this article meanwhile. Your text was kept; compare the two.")
    return article


def _check(text: Text) -> None:
    if not text.title.strip() or len(text.title) > 500:
        raise InvalidError("Give the article a title of at most 500 characters.", field="title")
    if not text.body.strip() or len(text.body) > 1_000_000:
        raise InvalidError("Write the article's text; at most 1,000,000 characters fit.", field="body")


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


def _remember(session: Session, viewer: Viewer, article: Article, now: datetime) -> None:
    number = article.from_ticket_id
    if number is None or tickets_q.link(session, number, article.id, "linked") is not None:
        return
    session.add(Link(ticket_id=number, article_id=article.id, kind="linked", by_id=viewer.account_id, at=now))
    session.flush()
