"""What a file may bring in. Invariant: a record is checked and normalised once, here, and frozen from then on."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, Final

from dateutil import parser as dates

LONGEST_BODY: Final = 5_000_000
LONGEST_LINE: Final = 500
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
LONGEST: Final = {
    "slug": 200,
    "requester": 320,
    "owner": LONGEST_LINE,
    "level": 20,
    "locale": 35,
    "url": 2000,
    "title": LONGEST_LINE,
} | dict.fromkeys(("channel", "priority", "impact", "urgency"), 50)
"""Characters; any other short field may have 200."""
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
TURNING = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
"""Marks that turn the direction of a line, and of the page around it."""
SURROGATE = re.compile(r"[\ud800-\udfff]")
PROBES: Final = (datetime(2000, 1, 1), datetime(2001, 2, 2))  # noqa: DTZ001 - the zone is read from the text
"""What a date leaves out is filled from these: if the results differ in day, the date was not whole."""
YES = {"1", "true", "yes", "y", "t", "1.0"}
UNKNOWN = {"", "?", "-", "n/a", "na", "nan", "none", "null"}
"""What other systems write into a date or a yes-or-no that they do not know."""
NO = {"0", "false", "no", "n", "f", "0.0"}


class RecordError(Exception):
    """A row does not hold what it should; the message names the field and the reason."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.field = name
        self.reason = reason


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
    audience = _one_of(values, "audience", AUDIENCES) or "public"
    team = line(values, "team") or None
    if audience == "team" and team is None:
        raise RecordError("team", "an article for a team must name the team")
    return ArticleRecord(
        slug=slug, title=title or slug.replace("-", " ").capitalize(), body=text(values, "body"),
        summary=text(values, "summary"), body_format=_one_of(values, "body_format", FORMATS),
        products=listed(values, "product"), topics=listed(values, "topic"), audience=audience, team=team,
        updated_at=instant(values, "updated_at"), url=line(values, "url"), locale=line(values, "locale") or None,
        files=tuple(ArticleFile(name, content) for name, content in (values.get("files") or {}).items()),
        confidence=_if_known(values, "confidence", CONFIDENCES),
        governance=_if_known(values, "governance", GOVERNANCES),
        review_by=instant(values, "review_by"), owner=_address(values, "owner"),
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


def line(values: Mapping[str, Any], name: str) -> str:
    """A short text on one line; a list of several is joined."""
    value = values.get(name)
    parts = value if isinstance(value, list) else [value]
    words = [word for part in parts for word in TURNING.sub("", text({name: part}, name)).split()]
    cleaned = " ".join(words)
    longest = LONGEST.get(name, 200)
    if len(cleaned) > longest:
        raise RecordError(name, f"has {len(cleaned):,} characters; the longest allowed is {longest}")
    return cleaned


def listed(values: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Several names: a JSON list, or one text with ``;`` or ``|`` between them. Order kept, repeats dropped."""
    value = values.get(name)
    if value is None:
        return ()
    parts = value if isinstance(value, list) else _split(text(values, name), name)
    named = (line({name: text({name: part}, name)}, name) for part in parts)
    return tuple(dict.fromkeys(part for part in named if part))


def _split(value: str, name: str) -> list[str]:
    if value.lstrip().startswith("["):
        # What a table makes of a list on its way through a CSV file.
        try:
            parts = json.loads(value)
        except ValueError:
            parts = None
        if isinstance(parts, list):
            return [text({name: part}, name) for part in parts]
    return re.split(r"[;|]", value)


def truth(values: Mapping[str, Any], name: str) -> bool | None:
    """0/1, true/false, yes/no; empty is unknown."""
    word = line(values, name).lower()
    if word in UNKNOWN:
        return None
    if word in YES | NO:
        return word in YES
    raise RecordError(name, f"“{word[:40]}” is neither 0 nor 1")


def instant(values: Mapping[str, Any], name: str) -> datetime | None:
    """A date in UTC; one without a zone is taken as UTC, 1/2/2026 as the second of January.

    Raises:
        RecordError: not a date, or a part of one ("May", "14:05"), which would mean another day tomorrow.
    """
    word = line(values, name)
    if word.lower() in UNKNOWN:
        return None
    try:
        moment, other = (dates.parse(word, default=probe, tzinfos=_zone) for probe in PROBES)
        if moment.date() != other.date():
            raise ValueError
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        return moment.astimezone(UTC)
    except (ValueError, OverflowError, TypeError) as error:
        raise RecordError(name, f"“{word[:40]}” is not a date; write it like 2026-01-31 14:05+01:00") from error


def _zone(name: str | None, offset: int | None) -> tzinfo | None:
    """Zones by their distance from UTC only: letters such as IST or CST mean several."""
    if name is None and offset is None:
        return None
    if offset is None:
        raise ValueError(f"unknown zone {name}")
    return timezone(timedelta(seconds=offset))


def _one_of(values: Mapping[str, Any], name: str, allowed: tuple[str, ...]) -> str | None:
    word = line(values, name).lower()
    if word and word not in allowed:
        raise RecordError(name, f"“{word[:40]}” is none of {', '.join(allowed)}")
    return word or None


def _if_known(values: Mapping[str, Any], name: str, allowed: tuple[str, ...]) -> str | None:
    """Other systems mean something else by these names: what is none of ours is not for us."""
    word = line(values, name).lower()
    return word if word in allowed else None


def _address(values: Mapping[str, Any], name: str) -> str | None:
    """The same of people: whoever is not named by an e-mail address is nobody that could be known here."""
    value = values.get(name)
    return (
        line(values, name).casefold()
        if isinstance(value, str) and "@" in value and len(value) <= LONGEST_LINE
        else None
    )
