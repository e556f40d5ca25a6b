"""What a file may bring in. Invariant: a record is checked and normalised once, here, and frozen from then on."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from dateutil import parser as dates

LONGEST_BODY: Final = 5_000_000
LONGEST_LINE: Final = 500
AUDIENCES = ("public", "internal", "team")
FORMATS = ("markdown", "html", "text")
ARTICLE_FIELDS = (
    "slug", "title", "summary", "body", "product", "topic", "audience", "team", "updated_at", "url",
)  # fmt: skip
TICKET_FIELDS = (
    "id", "created_at", "subject", "body", "product", "topic", "channel", "requester", "priority", "impact", "urgency",
    "locale", "articles", "escalated", "team", "level", "resolved_at", "resolution",
)  # fmt: skip
OUTCOME_FIELDS = ("articles", "escalated", "team", "level", "resolved_at", "resolution")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
SURROGATE = re.compile(r"[\ud800-\udfff]")
YES = {"1", "true", "yes", "y", "t", "1.0"}
NO = {"0", "false", "no", "n", "f", "0.0"}


class RecordError(Exception):
    """A row does not hold what it should; the message names the field and the reason."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.field = name
        self.reason = reason


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
    def solved(self) -> bool:
        """Whether history says how it ended."""
        known = (self.escalated, self.team, self.level, self.resolved_at, self.resolution or None)
        return bool(self.articles) or any(value is not None for value in known)


def article_record(values: Mapping[str, Any]) -> ArticleRecord:
    """Check and normalise one article.

    Raises:
        RecordError: a field is missing, too long or not what it should be.
    """
    title = line(values, "title", longest=LONGEST_LINE)
    slug = slugify(line(values, "slug", longest=LONGEST_LINE) or title)
    if not slug:
        raise RecordError("slug", "neither a slug nor a title to make one from")
    audience = (line(values, "audience") or "public").lower()
    if audience not in AUDIENCES:
        raise RecordError("audience", f"“{audience[:40]}” is none of {', '.join(AUDIENCES)}")
    team = line(values, "team") or None
    if audience == "team" and team is None:
        raise RecordError("team", "an article for a team must name the team")
    return ArticleRecord(
        slug=slug, title=title or slug.replace("-", " ").capitalize(), body=text(values, "body"),
        summary=text(values, "summary"), body_format=line(values, "body_format") or None,
        products=listed(values, "product"), topics=listed(values, "topic"), audience=audience, team=team,
        updated_at=instant(values, "updated_at"), url=line(values, "url", longest=2000),
    )  # fmt: skip


def ticket_record(values: Mapping[str, Any], attributes: Mapping[str, Any] | None = None) -> TicketRecord:
    """Check and normalise one ticket; `attributes` are further categorical columns.

    Raises:
        RecordError: a field is missing, too long or not what it should be.
    """
    reference = line(values, "id", longest=200)
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
        level=line(values, "level", longest=20) or None, resolved_at=instant(values, "resolved_at"),
        resolution=text(values, "resolution"), attributes={k: line(attributes or {}, k) for k in attributes or {}},
        **plain,
    )  # fmt: skip


def slugify(name: str) -> str:
    """A name for an address: letters, digits and single dashes."""
    return re.sub(r"[^\w]+", "-", name.strip().lower()).strip("-_")[:200]


def text(values: Mapping[str, Any], name: str) -> str:
    """A text of any length up to `LONGEST_BODY`; control characters go, lone surrogates are replaced."""
    value = values.get(name)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, list | dict):
        raise RecordError(name, f"is a {'list' if isinstance(value, list) else 'mapping'}, not a text")
    cleaned = SURROGATE.sub("\ufffd", CONTROL.sub("", str(value)))
    if len(cleaned) > LONGEST_BODY:
        raise RecordError(name, f"has {len(cleaned):,} characters; the longest allowed is {LONGEST_BODY:,}")
    return cleaned


def line(values: Mapping[str, Any], name: str, longest: int = 200) -> str:
    """A short text on one line; a list of several is joined."""
    value = values.get(name)
    if isinstance(value, list):
        value = " ".join(str(item) for item in value)
    cleaned = " ".join(text({name: value}, name).split())
    if len(cleaned) > longest:
        raise RecordError(name, f"has {len(cleaned):,} characters; the longest allowed is {longest}")
    return cleaned


def listed(values: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Several names: a JSON list, or one text with ``;`` or ``|`` between them. Order kept, repeats dropped."""
    value = values.get(name)
    if value is None:
        return ()
    parts = value if isinstance(value, list) else re.split(r"[;|]", text(values, name))
    named = (line({name: part}, name) for part in parts)
    return tuple(dict.fromkeys(part for part in named if part))


def truth(values: Mapping[str, Any], name: str) -> bool | None:
    """0/1, true/false, yes/no; empty is unknown."""
    word = line(values, name).lower()
    if not word:
        return None
    if word in YES | NO:
        return word in YES
    raise RecordError(name, f"“{word[:40]}” is neither 0 nor 1")


def instant(values: Mapping[str, Any], name: str) -> datetime | None:
    """A date in UTC; one without a zone is taken as UTC."""
    word = line(values, name)
    if not word:
        return None
    try:
        moment = dates.parse(word)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        return moment.astimezone(UTC)
    except (ValueError, OverflowError, TypeError) as error:
        raise RecordError(name, f"“{word[:40]}” is not a date; write it like 2026-01-31 14:05") from error
