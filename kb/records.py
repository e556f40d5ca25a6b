"""What a file may bring in. Invariant: a record is checked and normalised once, here, and frozen from then on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from kb.fields import RecordError, address, if_known, instant, line, listed, one_of, text, truth

AUDIENCES = ("public", "internal", "team")
FORMATS = ("markdown", "html", "text")
CONFIDENCES = ("not validated", "validated")
"""Of what is published."""
COMPLIANCE: Final = "compliance based"
GOVERNANCES = ("experience based", COMPLIANCE)
"""KCS v6: whoever knows better may publish a text, or only those with the right to."""
ARTICLE_FIELDS = (
    "slug", "title", "summary", "body", "product", "topic", "audience", "team", "updated_at", "url", "locale",
)  # fmt: skip
TICKET_FIELDS = (
    "id", "created_at", "subject", "body", "product", "topic", "channel", "requester", "account", "priority", "impact",
    "urgency", "locale", "articles", "escalated", "team", "level", "resolved_at", "resolution",
)  # fmt: skip
KEPT_FIELDS = (
    "body_format", "files", "confidence", "governance", "review_by", "owner", "written_at", "first_published_at",
)  # fmt: skip
"""Of an article, beside those that a file may map: what an export says so that an import brings it back."""
ACCOUNTS = ("account", "company", "organisation", "organization")
"""What desks call whom a requester belongs to; an attribute of such a name is that."""
OUTCOME_FIELDS = ("articles", "escalated", "team", "level", "resolved_at", "resolution")


@dataclass(frozen=True, slots=True)
class ArticleFile:
    """A picture or a file that comes with an article."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ArticleRecord:
    """An article as a file gives it."""

    slug: str
    title: str
    body: str
    summary: str = ""
    body_format: str | None = None
    products: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    audience: str = "public"
    team: str | None = None
    updated_at: datetime | None = None
    url: str = ""
    locale: str | None = None
    """None where the file is silent, as with what is below the files."""
    files: tuple[ArticleFile, ...] = ()
    confidence: str | None = None
    """This and what is below: None where the file is silent, which leaves what is here as it is."""
    governance: str | None = None
    review_by: datetime | None = None
    owner: str | None = None
    """The address of an account of the desk; of nobody's here it is passed over."""
    written_at: datetime | None = None
    first_published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TicketRecord:
    """A ticket as a file gives it; None where history is silent."""

    id: str
    subject: str
    body: str
    created_at: datetime | None = None
    product: str = ""
    topic: str = ""
    channel: str = ""
    requester: str = ""
    priority: str = ""
    impact: str = ""
    urgency: str = ""
    locale: str = ""
    articles: tuple[str, ...] = ()
    escalated: bool | None = None
    team: str | None = None
    level: str | None = None
    resolved_at: datetime | None = None
    resolution: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def account(self) -> str:
        """Whom the requester belongs to; empty where no attribute says so."""
        named = {name.casefold(): value for name, value in self.attributes.items()}
        return next((named[name] for name in ACCOUNTS if named.get(name)), "")

    @property
    def solved(self) -> bool:
        """Whether history says how it ended."""
        known = (self.escalated, self.team, self.level, self.resolved_at, self.resolution or None)
        return bool(self.articles) or any(value is not None for value in known)


def article_record(values: Mapping[str, Any]) -> ArticleRecord:
    """Check and normalise one article.

    Raises:
        RecordError: a field is missing, too long or not what it should be.
    """
    title = line(values, "title")
    slug = line(values, "slug") or slugify(title)
    if not slug:
        raise RecordError("slug", "neither a slug nor a title to make one from")
    if {".", ".."} & set(slug.split("/")):
        raise RecordError("slug", "must not hold “.” or “..” between slashes")
    audience = one_of(values, "audience", AUDIENCES) or "public"
    team = line(values, "team") or None
    if audience == "team" and team is None:
        raise RecordError("team", "an article for a team must name the team")
    return ArticleRecord(
        slug=slug, title=title or slug.replace("-", " ").capitalize(), body=text(values, "body"),
        summary=text(values, "summary"), body_format=one_of(values, "body_format", FORMATS),
        products=listed(values, "product"), topics=listed(values, "topic"), audience=audience, team=team,
        updated_at=instant(values, "updated_at"), url=line(values, "url"), locale=line(values, "locale") or None,
        files=tuple(ArticleFile(name, content) for name, content in (values.get("files") or {}).items()),
        confidence=if_known(values, "confidence", CONFIDENCES),
        governance=if_known(values, "governance", GOVERNANCES),
        review_by=instant(values, "review_by"), owner=address(values, "owner"),
        written_at=instant(values, "written_at"), first_published_at=instant(values, "first_published_at"),
    )  # fmt: skip


def ticket_record(values: Mapping[str, Any], attributes: Mapping[str, Any] | None = None) -> TicketRecord:
    """Check and normalise one ticket; `attributes` are further categorical columns.

    Raises:
        RecordError: a field is missing, too long or not what it should be.
    """
    reference = line(values, "id")
    if not reference:
        raise RecordError("id", "is missing")
    subject, body = text(values, "subject"), text(values, "body")
    if not subject.strip() and not body.strip():
        raise RecordError("subject", "neither a subject nor a body")
    plain = {name: line(values, name) for name in (
        "product", "topic", "channel", "requester", "priority", "impact", "urgency", "locale"
    )}  # fmt: skip
    return TicketRecord(
        id=reference, subject=subject, body=body, created_at=instant(values, "created_at"),
        articles=listed(values, "articles"), escalated=truth(values, "escalated"), team=line(values, "team") or None,
        level=line(values, "level") or None, resolved_at=instant(values, "resolved_at"),
        resolution=text(values, "resolution"), attributes=_account(values) | {
            name: line(attributes or {}, name) for name in attributes or {}
        },
        **plain,
    )  # fmt: skip


def _account(values: Mapping[str, Any]) -> dict[str, str]:
    """As an attribute, which is what models learn from. Other systems have whole records under that name: not for us."""
    value = values.get("account")
    known = line(values, "account") if isinstance(value, str | int) else ""
    return {"account": known} if known else {}


def slugify(name: str) -> str:
    """A name for an address, made from a title or a file's name: letters, digits and single dashes."""
    return re.sub(r"[\W_]+", "-", name.strip().lower()).strip("-")[:200].strip("-")
