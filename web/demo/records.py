"""What the demo desk is made of. Invariant: plain frozen values, no record layer and no engine in sight."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Audience = Literal["public", "internal", "team"]
Role = Literal["customer", "agent", "lead", "operator"]
Status = Literal["open", "waiting", "resolved"]
EscalationKind = Literal["functional", "hierarchic", "customer-requested"]


@dataclass(frozen=True, slots=True)
class DemoArticle:
    """One help article; `body` is Markdown, internal links are slugs."""

    slug: str
    title: str
    summary: str
    body: str
    products: tuple[str, ...]
    topics: tuple[str, ...]
    audience: Audience
    team: str | None
    """Only where `audience` is ``team``."""
    updated: datetime | None


@dataclass(frozen=True, slots=True)
class DemoTeam:
    """An assignment group and how to reach it."""

    name: str
    level: str
    description: str
    contact: str
    criteria: str
    """When a ticket belongs here, in words an agent can check."""


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody who can sign in."""

    name: str
    email: str
    role: Role
    team: str | None
    account: str = ""
    """The shop or café of a customer."""
    sites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DemoMessage:
    """One turn of a thread; the ticket's own body is not repeated here."""

    author: str
    """E-mail address of a person of the desk."""
    kind: Literal["customer", "agent"]
    internal: bool
    body: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DemoEscalation:
    """One handing-up of a ticket."""

    kind: EscalationKind
    from_team: str
    to_team: str
    level: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class DemoTicket:
    """One ticket and all that became of it."""

    reference: str
    subject: str
    body: str
    created_at: datetime
    requester: str
    product: str
    topic: str
    channel: str
    priority: str
    impact: str
    urgency: str
    locale: str
    status: Status
    team: str
    level: str
    escalated: bool | None
    """None while nobody can know: the ticket is unresolved and was not handed up so far."""
    escalations: tuple[DemoEscalation, ...]
    messages: tuple[DemoMessage, ...]
    linked: tuple[str, ...]
    resolved_at: datetime | None
    resolution: str
    issue: str
    """Key of the hand-written issue behind the ticket; for checks only, never a feature."""
