"""The words of an article, as those who keep it change them.

Invariant: a save that started from an older text is refused with nothing lost, and nothing is published by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import starmap

from sqlalchemy.orm import Session

from kb.errors import ConflictError, InvalidError, NotFoundError
from kb.models import Article
from kb.queries import articles as articles_q
from kb.queries import desk as desk_q
from kb.queries import tickets as tickets_q
from kb.records import slugify
from kb.redaction import redact, spans
from kb.rephrasing import INSTRUCTIONS, LanguageModel, Rephrased, checked
from kb.services import audit
from kb.services.finding import article_for
from kb.services.publishing import Text, add_revision, touch
from kb.viewers import Viewer, may_read, require


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
class Marked:
    """A piece of a text, and the kind of personal data that it looks like, if any."""

    text: str
    kind: str


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
    governance: str
    locale: str
    """What language it is in, empty where nobody said."""
    products: tuple[str, ...]
    topics: tuple[str, ...]
    marked: tuple[Marked, ...]
    """The body."""
    published_title: str | None
    published_body: str | None
    from_ticket: str | None
    sources: tuple[SourceView, ...]
    demo: bool


def drafts(session: Session, viewer: Viewer) -> tuple[DraftRow, ...]:
    """Articles with a text that is not published, oldest first."""
    require(viewer, "agent")
    rows = [row for row in articles_q.drafts(session) if may_read(viewer, row[0].audience, row[0].team_id)]
    references = tickets_q.references(session, [a.from_ticket_id for a, _ in rows if a.from_ticket_id])
    return tuple(
        DraftRow(
            a.slug, r.title, a.confidence, a.audience, r.created_at, a.published_id is not None,
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
        governance=article.governance, locale=article.locale, products=tuple(article.products), topics=tuple(article.topics),
        marked=tuple(starmap(Marked, spans(newest.body))),
        published_title=held.title if held else None, published_body=held.body if held else None,
        from_ticket=references.get(article.from_ticket_id or 0), demo=article.demo, sources=tuple(
            SourceView(str(s["part"]), str(s["text"]), s["message"], bool(s["summed_up"])) for s in newest.sources
        ),
    )  # fmt: skip


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
    touch(article, now)
    session.flush()
    audit.record(session, viewer, "article saved", f"article:{slug}", now)
    return article.version


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


def free_slug(session: Session, title: str) -> str:
    """A slug that no article has yet."""
    base = slugify(title)[:180] or "article"
    taken = articles_q.slugs(session, base)
    numbers = (f"{base}-{number}" for number in range(2, len(taken) + 3))
    return base if base not in taken else next(slug for slug in numbers if slug not in taken)


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
