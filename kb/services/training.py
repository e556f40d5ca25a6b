"""Tickets as the escalation engine reads them. Invariant: redacted, and outcomes only ever as labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from classifier.contract import (
    EscalationEngine,
    Example,
    Outcome,
    Pathway,
    Progress,
    TicketFeatures,
    TrainingReport,
)
from kb.models import Ticket
from kb.queries import learning as learning_q
from kb.queries import tickets as tickets_q
from kb.records import TicketRecord
from kb.redaction import redact
from kb.services import asof
from kb.services.labels import label_of, taught
from kb.services.precedents import precedents
from search.contract import SearchEngine, SearchError

ATTRIBUTES: Final = ("product", "topic", "channel", "requester", "priority", "impact", "urgency", "locale")
BATCH: Final = 256
UNLABELLED: Final = 500
MOST_PRECEDENTS: Final = 1000
LONGEST: Final = 4000
"""Characters that are embedded; the encoder reads no more."""


def features(
    ticket: Ticket | TicketRecord, numbers: Mapping[str, float] | None = None, said: Sequence[str] = ()
) -> TicketFeatures:
    """What was known when the ticket was written; with `numbers` and `said` (see `asof`) what there was at a moment."""
    known = {name: str(getattr(ticket, name) or "") for name in ATTRIBUTES}
    dated = ticket.dated if isinstance(ticket, Ticket) else True
    return TicketFeatures(
        id=ticket.reference if isinstance(ticket, Ticket) else ticket.id, subject=redact(ticket.subject),
        body=redact("\n\n".join([ticket.body, *said])), attributes={**known, **_own(ticket.attributes)},
        created_at=ticket.created_at if dated else None, numbers=numbers or {},
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


def seen_at(
    session: Session,
    search: SearchEngine | None,
    tickets: Sequence[Ticket],
    moments: Mapping[int, datetime],
    most: int = MOST_PRECEDENTS,
    progress: Progress | None = None,
) -> list[TicketFeatures]:
    """Each ticket as its record stood at its moment; with `search`, what was known then that answers it as well.

    Precedents are looked for where there is a date, for `most` tickets, evenly taken: each costs a search.
    """
    stood = asof.stood(session, moments, tickets)
    found = [
        features(ticket, stood[ticket.id].numbers, stood[ticket.id].said) if ticket.id in stood else features(ticket)
        for ticket in tickets
    ]
    if search is None:
        return found
    dated = [n for n, ticket in enumerate(tickets) if ticket.id in stood]
    some = dated[:: 1 + (len(dated) - 1) // most] if dated else []
    asked = [(tickets[n].id, found[n], moments[tickets[n].id]) for n in some]
    for n, more in zip(some, precedents(session, search, asked, progress), strict=True):
        found[n] = replace(found[n], numbers={**found[n].numbers, **more})
    return found


def examples(session: Session, search: SearchEngine | None = None, progress: Progress | None = None) -> list[Example]:
    """Every solved ticket of which history says something, as it was at one of the moments of its life, oldest first."""
    verdicts = learning_q.last_verdicts(session)
    known = tickets_q.labelled(session)
    tickets = [ticket for ticket, _ in known]
    seen = seen_at(session, search, tickets, asof.moments(session, tickets), progress=progress)
    return [
        Example(
            then,
            Outcome(taught(label_of(ticket.escalated, verdicts.get(ticket.id))), team, ticket.level or None),
            ticket.resolved_at if ticket.dated else None,
        )
        for then, (ticket, team) in zip(seen, known, strict=True)
    ]


def averted(session: Session) -> int:
    """Tickets that were on the list, were taken care of and did not escalate: they teach nothing of escalating."""
    verdicts = learning_q.last_verdicts(session)
    labels = (label_of(ticket.escalated, verdicts.get(ticket.id)) for ticket, _ in tickets_q.labelled(session))
    return sum(label == "averted" for label in labels)


@dataclass(frozen=True, slots=True)
class Lessons:
    """What history teaches, read and redacted; nothing of the database is needed any more to learn from it."""

    examples: Sequence[Example]
    pathways: Sequence[Pathway]
    averted: int
    """Tickets that were on the list, were taken care of and did not escalate: they teach nothing of escalating."""


def lessons(session: Session, search: SearchEngine | None = None, progress: Progress | None = None) -> Lessons:
    """Everything there is to learn from; with `search` also what was known at each moment that answers a ticket."""
    teams = [team for team in tickets_q.teams(session) if team.description or team.criteria]
    said = [(team, redact(f"{team.name}\n{team.description}\n{team.criteria}"[:LONGEST])) for team in teams]
    return Lessons(
        examples(session, search, progress),
        [Pathway(team.name, team.level, text) for team, text in said],
        averted(session),
    )


def wanted(session: Session, search: SearchEngine, escalation: EscalationEngine, count: int) -> tuple[str, ...]:
    """References of the unlabelled tickets whose label would teach most.

    Raises:
        NoModelError: nothing serves that could be unsure.
    """
    known = [features(ticket) for ticket in learning_q.unlabelled(session, UNLABELLED)]
    return escalation.most_helpful(embedded(search, known), count) if known else ()


def learn(
    known: Lessons,
    search: SearchEngine,
    escalation: EscalationEngine,
    now: datetime,
    progress: Progress | None = None,
    trusted: Sequence[str] = (),
) -> TrainingReport:
    """Train every escalation model for which there are labels; attributes in `trusted` are known beforehand.

    Raises:
        NothingToTrainError: there are labels for none, and too few teams say what is theirs.
    """
    tickets = embedded(search, [example.ticket for example in known.examples], progress)
    labelled = [replace(one, ticket=ticket) for ticket, one in zip(tickets, known.examples, strict=True)]
    return escalation.train(
        labelled, now=now, progress=progress, pathways=_with_meaning(search, known.pathways), trusted=trusted
    )


def train(
    session: Session,
    search: SearchEngine,
    escalation: EscalationEngine,
    now: datetime,
    progress: Progress | None = None,
) -> TrainingReport:
    """Read and learn in one go. Raises as `learn` does."""
    return learn(lessons(session, search, progress), search, escalation, now, progress)


def _with_meaning(search: SearchEngine, pathways: Sequence[Pathway]) -> Sequence[Pathway]:
    try:
        vectors = list(search.embed([one.text for one in pathways])) if pathways else []
    except SearchError:
        return pathways
    return [replace(one, embedding=vector) for one, vector in zip(pathways, vectors, strict=True)]


def rows(records: Iterable[TicketRecord]) -> list[TicketFeatures]:
    """Tickets of a file; whatever it says of their outcome is not read."""
    return [features(record) for record in records]
