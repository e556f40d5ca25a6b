"""Tickets as they go over the wire. Invariant: a field that a customer must not see is empty before it comes here."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from web.api.escalations import PredictionShape
from web.api.searching import Ticketlike
from web.api.shapes import HitShape, Shape, Taken
from web.questions import CleanLine, CleanText


class Slug(Shape):
    """An article's name in its address."""

    slug: str


class TicketLine(Shape):
    """A ticket in a list."""

    reference: str = Field(examples=["T-2026-000123"])
    subject: str
    preview: str
    status: str = Field(description="`open`, `waiting` (for the customer), `resolved` or `closed`.", examples=["open"])
    product: str
    topic: str
    priority: str
    team: str | None
    level: str
    assignee: str | None
    requester: str
    created_at: datetime
    escalated: bool | None = Field(description="null: history says nothing.")
    prediction: PredictionShape | None = Field(description="null for customers, and where there is none.")


class TicketLines(Shape):
    """One page of a list."""

    tickets: list[TicketLine]
    total: int = Field(description="How many there are on all pages.")


class TurnShape(Shape):
    """One message."""

    author: str
    kind: str = Field(description="`customer`, `agent` or `system`.")
    internal: bool
    body: str
    at: datetime


class LinkShape(Shape):
    """An article linked as the answer."""

    slug: str
    title: str
    kinds: list[str] = Field(description="`linked` by the desk, `confirmed` by the requester.")
    audience: str


class EscalationShape(Shape):
    """One handing-up."""

    id: int
    kind: str = Field(description="`functional`, `hierarchic` or `customer-requested`.")
    state: str
    from_team: str | None
    to_team: str | None
    level: str
    reason: str
    by: str | None
    requested_at: datetime
    closed_at: datetime | None


class TicketShape(Shape):
    """A ticket, as far as you may see it."""

    reference: str
    subject: str
    body: str
    requester: str
    status: str
    product: str
    topic: str
    channel: str
    priority: str
    impact: str
    urgency: str
    locale: str
    attributes: dict[str, str]
    team: str | None
    level: str
    assignee: str | None
    created_at: datetime
    resolved_at: datetime | None
    resolution: str
    turns: list[TurnShape]
    links: list[LinkShape]
    escalations: list[EscalationShape]
    prediction: PredictionShape | None
    demo: bool


class SimilarShape(Shape):
    """A solved ticket near this one, and what became of it."""

    reference: str
    subject: str
    resolution: str
    similarity: float
    escalated: bool | None
    team: str | None
    articles: list[Slug]


class AdviceShape(Shape):
    """What is suggested on a ticket."""

    answered: bool
    note: str
    question_key: str
    hits: list[HitShape]
    similar: list[SimilarShape]


class Opened(Ticketlike):
    """A new ticket."""

    urgency: CleanLine = Field("", max_length=50, description="In the requester's words.", examples=["high"])
    name: CleanLine = Field("", max_length=200, description="Read only without a key.")
    email: CleanLine = Field("", max_length=320, description="Read only without a key.", examples=["ada@example.com"])
    question_key: str = Field("", max_length=100, description="Of a search or suggestion, to go along.")


class Reference(Shape):
    """A ticket's number."""

    reference: str = Field(examples=["T-2026-000123"])


class Reply(Taken):
    """A message."""

    body: CleanText = Field(min_length=1, max_length=100_000, description="Plain text.")
    internal: bool = Field(False, description="A note that the requester never sees.")


class LinkedSlug(Taken):
    """An article that is the answer."""

    slug: CleanLine = Field(min_length=1, max_length=200, description="Of a published article.")


class Resolution(Taken):
    """How it ended."""

    resolution: CleanText = Field(
        min_length=1, max_length=100_000, description="What solved it.", examples=["The pairing was reset."]
    )


class HandedUp(Taken):
    """To whom, and what they need to know."""

    kind: Literal["functional", "hierarchic", "customer-requested"] = Field(
        "functional", description="More skill, more authority, or because the customer asked."
    )
    to_team: CleanLine = Field(min_length=1, max_length=200, description="Its name.", examples=["Payments"])
    reason: CleanText = Field(min_length=1, max_length=5000, description="What was tried, and why them.")
    level: CleanLine = Field("", max_length=20, description="Empty: the team's own.", examples=["L2"])


class Assigned(Taken):
    """Who takes care of it; null gives it back to the queue."""

    email: CleanLine | None = Field(None, max_length=320, description="Of somebody of the desk.")


class Moved(Taken):
    """Another team; not an escalation."""

    team: CleanLine = Field(min_length=1, max_length=200, description="Its name.")
