"""Tickets as pages show them. Invariant: what a customer must not see is left out here, not in a template."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from kb.models import Message, Prediction, Ticket
from kb.queries import articles as articles_q
from kb.queries import desk as desk_q
from kb.queries import tickets as tickets_q
from kb.queries.tickets import QueueFilter as QueueFilter  # pages name it from here
from kb.services.finding import ticket_for
from kb.services.predictions import PredictionView, prediction_view
from kb.viewers import Viewer, may_read, require

PAGE: Final = 50
PREVIEW: Final = 160


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A ticket in a list. `prediction` is None for whoever must not see it."""

    reference: str
    subject: str
    preview: str
    status: str
    product: str
    topic: str
    priority: str
    team: str | None
    level: str
    assignee: str | None
    requester: str
    created_at: datetime
    escalated: bool | None
    prediction: PredictionView | None
    demo: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a thread."""

    author: str
    kind: str
    internal: bool
    body: str
    at: datetime
    number: int = 0
    """Of the message; 0 where it has none."""


@dataclass(frozen=True, slots=True)
class LinkedArticle:
    """An article linked to a ticket."""

    slug: str
    title: str
    kinds: tuple[str, ...]
    audience: str


@dataclass(frozen=True, slots=True)
class EscalationView:
    """One handing-up."""

    id: int
    kind: str
    state: str
    from_team: str | None
    to_team: str | None
    level: str
    reason: str
    by: str | None
    requested_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket, as far as this viewer may see it."""

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
    assignee_id: int | None
    created_at: datetime
    resolved_at: datetime | None
    resolution: str
    turns: tuple[Turn, ...]
    links: tuple[LinkedArticle, ...]
    escalations: tuple[EscalationView, ...]
    prediction: PredictionView | None
    mine: bool
    """Whether the viewer is who asked."""
    staff: bool
    demo: bool
    id: int


def ticket(session: Session, viewer: Viewer, reference: str) -> TicketView:
    """One ticket with its thread.

    Raises:
        NotFoundError: there is none for this viewer.
    """
    found = ticket_for(session, viewer, reference)
    teams = desk_q.team_names(session)
    people = tickets_q.names(session, [found.assignee_id] if found.assignee_id else [])
    newest = desk_q.latest_prediction(session, found.id) if viewer.staff else None
    return TicketView(
        reference=found.reference, subject=found.subject, body=found.body, requester=found.requester,
        status=found.status, product=found.product, topic=found.topic, channel=found.channel,
        priority=found.priority, impact=found.impact, urgency=found.urgency, locale=found.locale,
        attributes=dict(found.attributes) if viewer.staff else {}, team=teams.get(found.team_id or 0),
        level=found.level if viewer.staff else "", assignee=people.get(found.assignee_id or 0),
        assignee_id=found.assignee_id, created_at=found.created_at, resolved_at=found.resolved_at,
        resolution=found.resolution, turns=_turns(tickets_q.messages(session, found.id), viewer),
        links=_links(session, found, viewer), escalations=_escalations(session, found, teams, viewer),
        prediction=prediction_view(newest) if newest else None,
        mine=viewer.account_id is not None and viewer.account_id == found.requester_id, staff=viewer.staff,
        demo=found.demo, id=found.id,
    )  # fmt: skip


def queue(
    session: Session, viewer: Viewer, wanted: QueueFilter, *, limit: int = PAGE, offset: int = 0
) -> tuple[tuple[QueueRow, ...], int]:
    """Tickets for the desk, newest first, and how many there are in all."""
    require(viewer, "agent")
    rows = tickets_q.queue(session, viewer, wanted, limit=limit, offset=offset)
    people = tickets_q.names(session, [row[0].assignee_id for row in rows if row[0].assignee_id])
    return (
        tuple(_row(found, team, newest, people) for found, team, newest in rows),
        tickets_q.queue_length(session, viewer, wanted),
    )


def mine(session: Session, viewer: Viewer) -> tuple[QueueRow, ...]:
    """What this person asked, newest first."""
    require(viewer, "customer")
    wanted = QueueFilter(status="", requester_id=viewer.account_id)
    return tuple(_row(found, team, None, {}) for found, team, _ in tickets_q.queue(session, viewer, wanted, limit=200))


def _row(found: Ticket, team: str | None, newest: Prediction | None, people: dict[int, str]) -> QueueRow:
    return QueueRow(
        reference=found.reference, subject=found.subject, preview=" ".join(found.body[:400].split())[:PREVIEW],
        status=found.status, product=found.product, topic=found.topic, priority=found.priority, team=team,
        level=found.level, assignee=people.get(found.assignee_id or 0), requester=found.requester,
        created_at=found.created_at, escalated=found.escalated, demo=found.demo,
        prediction=prediction_view(newest) if newest else None,
    )  # fmt: skip


def _turns(messages: Iterable[Message], viewer: Viewer) -> tuple[Turn, ...]:
    return tuple(
        Turn(m.author_name or m.author_kind.capitalize(), m.author_kind, m.internal, m.body, m.created_at, m.id)
        for m in messages
        if viewer.staff or not m.internal
    )


def _links(session: Session, found: Ticket, viewer: Viewer) -> tuple[LinkedArticle, ...]:
    kinds: dict[int, list[str]] = {}
    for held in tickets_q.links(session, found.id):
        kinds.setdefault(held.article_id, []).append(held.kind)
    rows = articles_q.published_by_id(session, list(kinds))
    return tuple(
        LinkedArticle(rows[i][0].slug, rows[i][1].title, tuple(kinds[i]), rows[i][0].audience)
        for i in kinds
        if i in rows and may_read(viewer, rows[i][0].audience, rows[i][0].team_id)
    )


def _escalations(session: Session, found: Ticket, teams: dict[int, str], viewer: Viewer) -> tuple[EscalationView, ...]:
    if not viewer.staff:
        return ()
    held = tickets_q.escalations(session, found.id)
    people = tickets_q.names(session, _numbers(e.by_id for e in held))
    return tuple(
        EscalationView(
            e.id, e.kind, e.state, teams.get(e.from_team_id or 0), teams.get(e.to_team_id or 0), e.level, e.reason,
            people.get(e.by_id or 0), e.requested_at, e.closed_at,
        )
        for e in held
    )  # fmt: skip


def _numbers(ids: Iterable[Any]) -> Sequence[int]:
    return [number for number in ids if number is not None]
