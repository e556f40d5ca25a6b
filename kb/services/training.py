"""Tickets as the escalation engine reads them. Invariant: redacted, and outcomes only ever as labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from classifier.contract import EscalationEngine, Example, Outcome, Progress, TicketFeatures, TrainingReport
from kb.models import Ticket
from kb.queries import tickets as tickets_q
from kb.records import TicketRecord
from kb.redaction import redact
from search.contract import SearchEngine, SearchError

ATTRIBUTES: Final = ("product", "topic", "channel", "requester", "priority", "impact", "urgency", "locale")
BATCH: Final = 256
LONGEST: Final = 4000
"""Characters that are embedded; the encoder reads no more."""


def features(ticket: Ticket | TicketRecord) -> TicketFeatures:
    """What was known when the ticket was written."""
    known = {name: str(getattr(ticket, name) or "") for name in ATTRIBUTES}
    dated = ticket.dated if isinstance(ticket, Ticket) else True
    return TicketFeatures(
        id=ticket.reference if isinstance(ticket, Ticket) else ticket.id, subject=redact(ticket.subject),
        body=redact(ticket.body), attributes={**known, **_own(ticket.attributes)},
        created_at=ticket.created_at if dated else None,
    )  # fmt: skip


def _own(attributes: Mapping[str, str]) -> dict[str, str]:
    # A desk's own column must not shadow one of ours.
    return {f"{name} (own)" if name in ATTRIBUTES else name: value for name, value in attributes.items()}


def embedded(
    search: SearchEngine, tickets: Sequence[TicketFeatures], progress: Progress | None = None
) -> list[TicketFeatures]:
    """The same tickets with their vectors; without them where the encoder is unavailable."""
    found: list[TicketFeatures] = []
    for start in range(0, len(tickets), BATCH):
        part = tickets[start : start + BATCH]
        try:
            vectors = search.embed([redact(f"{t.subject.redacted}\n{t.body.redacted}"[:LONGEST]) for t in part])
        except SearchError:
            return list(tickets)
        found += [replace(t, embedding=vector) for t, vector in zip(part, vectors, strict=True)]
        if progress:
            progress("reading tickets", len(found), len(tickets))
    return found


def examples(session: Session) -> list[Example]:
    """Every solved ticket of which history says something, oldest first."""
    return [
        Example(features(ticket), Outcome(ticket.escalated, team, ticket.level or None))
        for ticket, team in tickets_q.labelled(session)
    ]


def train(
    session: Session,
    search: SearchEngine,
    escalation: EscalationEngine,
    now: datetime,
    progress: Progress | None = None,
) -> TrainingReport:
    """Train every escalation model for which the desk has labels."""
    known = examples(session)
    tickets = embedded(search, [example.ticket for example in known], progress)
    labelled = [Example(ticket, example.outcome) for ticket, example in zip(tickets, known, strict=True)]
    return escalation.train(labelled, now=now, progress=progress)


def rows(records: Iterable[TicketRecord]) -> list[TicketFeatures]:
    """Tickets of a file; whatever it says of their outcome is not read."""
    return [features(record) for record in records]
