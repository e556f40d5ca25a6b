"""Tickets as the escalation engine reads them. Invariant: redacted, and outcomes only ever as labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import Row
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
from kb.redaction import RedactedText, redact
from kb.services import asof
from kb.services.labels import label_of, taught
from kb.services.precedents import precedents
from search.contract import SearchEngine, SearchError, TicketText

ATTRIBUTES: Final = ("product", "topic", "channel", "requester", "priority", "impact", "urgency", "locale")
BATCH: Final = 256
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
            vectors = search.embed([_text(ticket) for ticket in part])
        except SearchError:
            return list(tickets)
        found += [replace(t, embedding=vector) for t, vector in zip(part, vectors, strict=True)]
        if progress:
            progress("reading tickets", len(found), len(tickets))
    return found


def _text(ticket: TicketFeatures) -> RedactedText:
    return redact(f"{ticket.subject.redacted}\n{ticket.body.redacted}"[:LONGEST])


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
    known, verdicts = tickets_q.labelled(session), learning_q.last_verdicts(session)
    return _examples(session, known, verdicts, search, progress)


def _examples(
    session: Session,
    known: Sequence[Row[Ticket, str | None]],
    verdicts: Mapping[int, tuple[str | None, str]],
    search: SearchEngine | None,
    progress: Progress | None,
) -> list[Example]:
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


def _averted(known: Sequence[Row[Ticket, str | None]], verdicts: Mapping[int, tuple[str | None, str]]) -> int:
    return sum(label_of(ticket.escalated, verdicts.get(ticket.id)) == "averted" for ticket, _ in known)


@dataclass(frozen=True, slots=True)
class Lessons:
    """What history teaches, read and redacted; nothing of the database is needed any more to learn from it."""

    examples: Sequence[Example]
    hashes: Sequence[str]
    """Of each one's text, as the search engine's source says them."""
    pathways: Sequence[Pathway]
    averted: int
    """Tickets that were on the list, were taken care of and did not escalate: they teach nothing of escalating."""


def lessons(session: Session, search: SearchEngine | None = None, progress: Progress | None = None) -> Lessons:
    """Everything there is to learn from; with `search` also what was known at each moment that answers a ticket."""
    teams = [team for team in tickets_q.teams(session) if team.description or team.criteria]
    said = [(team, redact(f"{team.name}\n{team.description}\n{team.criteria}"[:LONGEST])) for team in teams]
    known, verdicts = tickets_q.labelled(session), learning_q.last_verdicts(session)
    return Lessons(
        _examples(session, known, verdicts, search, progress),
        [ticket.text_hash for ticket, _ in known],
        [Pathway(team.name, team.level, text) for team, text in said],
        _averted(known, verdicts),
    )


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
    return escalation.train(
        with_vectors(known, search, progress), now=now, progress=progress,
        pathways=_with_meaning(search, known.pathways), trusted=trusted,
    )  # fmt: skip


def with_vectors(known: Lessons, search: SearchEngine, progress: Progress | None = None) -> Sequence[Example]:
    """The examples with the vectors of their tickets, of which the index and earlier trainings hold most."""
    tickets = [example.ticket for example in known.examples]
    texts = [TicketText(h, t.subject, t.body, _text(t)) for h, t in zip(known.hashes, tickets, strict=True)]
    try:
        vectors = search.embed_tickets(texts, progress=progress)
    except SearchError:
        return known.examples
    return [
        replace(one, ticket=replace(one.ticket, embedding=vector))
        for one, vector in zip(known.examples, vectors, strict=True)
    ]


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


def rows(session: Session, records: Sequence[TicketRecord]) -> list[TicketFeatures]:
    """Tickets of a file, each with what the desk's own tickets said when it was written; its outcome is not read."""
    seen = asof.written(session, records)
    return [features(record, numbers) for record, numbers in zip(records, seen, strict=True)]
