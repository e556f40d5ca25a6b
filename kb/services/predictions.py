"""What a model said of a ticket, stored and shown. Invariant: a prediction is added, never changed; no model means no prediction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from classifier.contract import EscalationEngine, NoModelError, TicketFeatures
from classifier.contract import Prediction as Said
from kb.models import Prediction, Ticket
from kb.queries import tickets as tickets_q
from kb.services import choosing
from kb.services.blind import is_blind
from kb.services.labels import SHOWN_AS
from kb.services.training import embedded, seen_at
from search.contract import SearchEngine

AGAIN_AFTER: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ReasonView:
    """One plain-word reason; positive weights push towards escalation."""

    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class TeamView:
    """A team and how probably it is the one."""

    name: str
    probability: float


@dataclass(frozen=True, slots=True)
class ChangeView:
    """What the model would say if one attribute that people set were another; not what would happen."""

    attribute: str
    now: str
    instead: str
    probability: float


@dataclass(frozen=True, slots=True)
class PredictionView:
    """One prediction. `decision` is None where only teams could be predicted."""

    id: int
    decision: str | None
    probability: float | None
    threshold: float | None
    reasons: tuple[ReasonView, ...]
    teams: tuple[TeamView, ...]
    team_set: tuple[str, ...]
    model: str
    at: datetime
    level: str = ""
    """Empty where no level was predicted."""
    notes: tuple[str, ...] = ()
    """What makes it weaker than usual, in words."""
    changes: tuple[ChangeView, ...] = ()
    """Strongest first; only where somebody is to look at it."""

    @property
    def words(self) -> str:
        """The decision as one would say it."""
        team = f": {self.teams[0].name}" if self.teams else ""
        if self.decision == "escalate":
            return f"Likely to escalate{team}"
        if self.decision == "unsure":
            return "Unsure whether it escalates"
        return "Not likely to escalate" if self.decision == "keep" else f"Probably for {self.teams[0].name}"


def prediction_view(row: Prediction) -> PredictionView:
    """As pages and programs see it."""
    return PredictionView(
        id=row.id, decision=row.decision, probability=row.probability, threshold=row.threshold,
        reasons=tuple(ReasonView(str(r["text"]), float(r["weight"])) for r in row.reasons),
        teams=tuple(TeamView(str(t["team"]), float(t["probability"])) for t in row.teams),
        team_set=tuple(row.team_set), model=row.model_version, at=row.created_at, level=row.level,
        notes=tuple(row.notes), changes=tuple(ChangeView(**change) for change in row.changes),
    )  # fmt: skip


def predict_ticket(
    session: Session, search: SearchEngine, escalation: EscalationEngine, ticket_id: int, now: datetime
) -> PredictionView | None:
    """Say of one ticket what the serving model says, and keep it; None without a model, or for a solved ticket."""
    rows = keep(session, predicted(session, search, escalation, waiting(session, [ticket_id]), now))
    return prediction_view(rows[0]) if rows and not rows[0].blind else None


def predict_waiting(
    session: Session, search: SearchEngine, escalation: EscalationEngine, now: datetime, *, limit: int = 500
) -> int:
    """The same for those that are `undecided`; how many were done."""
    tickets = undecided(session, escalation, now, limit)
    return len(keep(session, predicted(session, search, escalation, tickets, now)))


def waiting(session: Session, ids: Sequence[int]) -> Sequence[Ticket]:
    """Those among these tickets that are not solved."""
    return tickets_q.unsolved(session, ids)


def undecided(session: Session, escalation: EscalationEngine, now: datetime, limit: int) -> Sequence[Ticket]:
    """Unsolved tickets that the serving version has not decided by the lead's choice; none without a version.

    One of which it said nothing for a day is among them: waiting tells something, too.
    """
    version = escalation.version
    if version is None:
        return ()
    return tickets_q.unpredicted(session, version, limit, choosing.choice_id(session), now - AGAIN_AFTER)


def predicted(
    session: Session, search: SearchEngine, escalation: EscalationEngine, tickets: Sequence[Ticket], now: datetime
) -> list[Prediction]:
    """What the serving model says of them, kept nowhere yet: to `keep` it takes a moment, this takes a search each."""
    if not tickets:
        return []
    known = embedded(search, seen_at(session, search, tickets, {ticket.id: now for ticket in tickets}))
    choice, number = choosing.choice_of(session), choosing.choice_id(session)
    try:
        said = choosing.decided(escalation, known, choice)
        otherwise = [changed(escalation, seen, one) for seen, one in zip(known, said, strict=True)]
    except NoModelError:
        return []
    return [
        _row(ticket.id, one, {**seen.attributes, **seen.numbers}, number, now, otherwise=other)
        for ticket, seen, one, other in zip(tickets, known, said, otherwise, strict=True)
        if one.probability is not None or one.teams
    ]


def changed(escalation: EscalationEngine, seen: TicketFeatures, said: Said) -> tuple[ChangeView, ...]:
    """What would change what was said, where somebody is to look at it: it costs a few dozen predictions."""
    if said.decision not in SHOWN_AS:
        return ()
    return tuple(ChangeView(c.attribute, c.now, c.instead, c.probability) for c in escalation.changes(seen))


def keep(session: Session, rows: Sequence[Prediction]) -> list[Prediction]:
    """Add what was said of tickets that still wait; one may have been solved or deleted meanwhile."""
    there = {ticket.id for ticket in waiting(session, [row.ticket_id for row in rows])}
    kept = [row for row in rows if row.ticket_id in there]
    session.add_all(kept)
    session.flush()
    return kept


def _row(
    ticket_id: int,
    said: Said,
    values: dict[str, str | float],
    choice: int | None,
    now: datetime,
    *,
    otherwise: Sequence[ChangeView],
) -> Prediction:
    return Prediction(
        ticket_id=ticket_id, model_version=said.model, probability=said.probability, threshold=said.threshold,
        choice_id=choice,
        decision=said.decision, reasons=[{"text": r.text, "weight": r.weight} for r in said.reasons],
        teams=[{"team": t.team, "probability": t.probability} for t in said.teams], team_set=list(said.team_set),
        level=said.level or "", notes=list(said.notes), changes=[asdict(change) for change in otherwise],
        features=values, blind=is_blind(ticket_id), created_at=now,
    )  # fmt: skip
