"""A desk's first days: what each further label did for the version that serves, and which ones to give it next.

Invariant: nothing is said of a version that learned from enough labels; whoever asks is asked only about tickets that
they may see, and never about those of the blind sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from classifier.contract import EscalationEngine, NoModelError, TeamShare
from classifier.contract import Prediction as Said
from kb.models import Prediction, Ticket
from kb.queries import learning as learning_q
from kb.services.blind import wilson
from kb.services.training import features
from kb.viewers import Viewer, require

READ: Final = 100
"""Newest tickets among which those to ask about are looked for: what was said of them is kept, so none is read anew."""
ASKED: Final = 5


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """How often the right team was named first with so many labels, on tickets that were not among them."""

    labels: int
    right: float
    between: tuple[float, float]
    """95 % interval."""
    tickets: int


@dataclass(frozen=True, slots=True)
class Unlabelled:
    """A ticket whose team would teach most; `between` are the two teams that seem likeliest."""

    reference: str
    subject: str
    created_at: datetime
    between: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FirstDays:
    """`labelled` tickets with a team were learned from; `curve` is empty while they are too few to judge by."""

    labelled: int
    curve: tuple[CurvePoint, ...]
    asked: tuple[Unlabelled, ...]


def first_days(session: Session, escalation: EscalationEngine, viewer: Viewer) -> FirstDays | None:
    """None where what serves learned from enough labels, cannot be read, or is not there."""
    require(viewer, "lead")
    try:
        curve = escalation.learning_curve()
    except NoModelError:
        return None
    serving = next((one for one in escalation.versions() if one.active), None)
    if curve is None or serving is None:
        return None
    points = tuple(CurvePoint(n, right / of, wilson(right, of), of) for n, (right, of) in curve.items())
    asked = _asked(session, escalation, viewer, serving.version)
    return FirstDays(int(serving.figures.get("team tickets", 0)), points, asked)


def _asked(session: Session, escalation: EscalationEngine, viewer: Viewer, version: str) -> tuple[Unlabelled, ...]:
    rows = learning_q.unlabelled_cases(session, viewer, version, READ)
    cases = {ticket.reference: (ticket, prediction) for ticket, prediction in rows}
    tickets = [features(ticket) for ticket, _ in cases.values()]
    said = [_said(ticket, prediction) for ticket, prediction in cases.values()]
    chosen = escalation.most_helpful(tickets, ASKED, said) if said else ()
    return tuple(_unlabelled(*cases[reference]) for reference in chosen)


def _said(ticket: Ticket, row: Prediction) -> Said:
    """As the engine said it, as far as it matters here."""
    return Said(
        id=ticket.reference, probability=row.probability, decision=None, threshold=row.threshold, reasons=(),
        teams=tuple(TeamShare(str(one["team"]), float(one["probability"])) for one in row.teams),
        team_set=tuple(row.team_set), model=row.model_version,
    )  # fmt: skip


def _unlabelled(ticket: Ticket, row: Prediction) -> Unlabelled:
    between = tuple(str(one["team"]) for one in row.teams[:2])
    return Unlabelled(ticket.reference, ticket.subject, ticket.created_at, between)
