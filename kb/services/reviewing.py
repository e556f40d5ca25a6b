"""Verdicts on predicted escalations.

Invariant: a verdict is a new row with the next number, so two people cannot decide the same thing, and undoing one is a
verdict too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kb.errors import ConflictError, InvalidError, NotFoundError
from kb.models import Prediction, Review, Ticket
from kb.queries import articles as articles_q
from kb.queries import desk as desk_q
from kb.queries import tickets as tickets_q
from kb.services import audit
from kb.services.finding import ticket_for
from kb.services.predictions import PredictionView, prediction_view
from kb.viewers import Viewer, require

State = Literal["open", "acknowledged", "snoozed", "disagreed", "expired"]
STATES: Final[tuple[State, ...]] = ("open", "acknowledged", "snoozed", "disagreed", "expired")
SAID: Final = ("acknowledged", "disagreed", "team changed", "snoozed")
SHOWN: Final = ("escalate", "unsure")
MOST: Final = 500
LONGEST_SNOOZE: Final = timedelta(days=30)
TAKEN: Final = "Somebody else has just decided this. Look at it again."


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person says: `team` where the team is changed, `until` where it is snoozed."""

    said: str
    team: str = ""
    until: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class VerdictView:
    """One verdict that was given."""

    number: int
    said: str
    by: str | None
    team: str | None
    until: datetime | None
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """One predicted escalation and what was said to it; `number` goes back with the next verdict."""

    prediction: PredictionView
    reference: str
    subject: str
    product: str
    team: str | None
    created_at: datetime
    waiting: timedelta
    state: State
    verdicts: tuple[VerdictView, ...]
    number: int
    demo: bool


def predicted(
    session: Session, viewer: Viewer, now: datetime, *, show: str = "open", decisions: Sequence[str] = SHOWN
) -> tuple[ReviewItem, ...]:
    """Predicted escalations in that state (empty: all), most probable first."""
    require(viewer, "agent")
    rows = desk_q.predicted_escalations(session, viewer, decisions, MOST)
    said = desk_q.reviews_by_ticket(session, [row[1].id for row in rows])
    people = tickets_q.names(session, [r.reviewer_id for _, r in _flat(said) if r.reviewer_id is not None])
    teams = desk_q.team_names(session)
    items = [
        _item(prediction, ticket, team, said.get(ticket.id, []), people, teams, now)
        for prediction, ticket, team in rows
    ]
    return tuple(item for item in items if not show or item.state == show)


def item(session: Session, viewer: Viewer, prediction_id: int, now: datetime) -> ReviewItem:
    """One of them.

    Raises:
        NotFoundError: there is none for this viewer.
    """
    prediction, ticket = _prediction(session, viewer, prediction_id)
    said = desk_q.reviews_by_ticket(session, [ticket.id]).get(ticket.id, [])
    people = tickets_q.names(session, [review.reviewer_id for _, review in said if review.reviewer_id is not None])
    teams = desk_q.team_names(session)
    return _item(prediction, ticket, teams.get(ticket.team_id or 0), said, people, teams, now)


def decide(session: Session, viewer: Viewer, prediction_id: int, verdict: Verdict, number: int, now: datetime) -> int:
    """Keep a verdict; `number` is that of the last one the person saw, 0 for none. The new number.

    Raises:
        ConflictError: somebody else was first.
        InvalidError: the verdict lacks its team or its date.
    """
    require(viewer, "agent")
    prediction, ticket = _prediction(session, viewer, prediction_id)
    if verdict.said not in SAID:
        raise InvalidError(f"Choose one of: {', '.join(SAID)}.", field="verdict")
    row = Review(
        prediction_id=prediction.id, verdict=verdict.said, reviewer_id=viewer.account_id, note=verdict.note[:2000],
        created_at=now,
    )  # fmt: skip
    if verdict.said == "team changed":
        team = articles_q.team_by_name(session, verdict.team)
        if team is None:
            raise InvalidError("Choose the team it belongs to.", field="team")
        row.team_id, row.previous_team_id, ticket.team_id = team.id, ticket.team_id, team.id
    if verdict.said == "snoozed":
        row.until = _until(verdict.until, now)
    _append(session, row, number)
    audit.record(session, viewer, f"prediction {verdict.said}", f"ticket:{ticket.reference}", now)
    return row.number


def undo(session: Session, viewer: Viewer, prediction_id: int, number: int, now: datetime) -> int:
    """Take the last verdict back; a team that it changed is changed back.

    Raises:
        ConflictError: there is nothing to undo, or somebody else was first.
    """
    require(viewer, "agent")
    prediction, ticket = _prediction(session, viewer, prediction_id)
    last = desk_q.reviews(session, [prediction.id]).get(prediction.id, [])[-1:]
    if not last or last[0].verdict == "reopened":
        raise ConflictError("There is nothing to undo.")
    if last[0].verdict == "team changed" and ticket.team_id == last[0].team_id:
        ticket.team_id = last[0].previous_team_id
    row = Review(
        prediction_id=prediction.id, verdict="reopened", reviewer_id=viewer.account_id, note="", created_at=now
    )
    _append(session, row, number)
    audit.record(session, viewer, "verdict undone", f"ticket:{ticket.reference}", now)
    return row.number


def state_of(prediction: Prediction, solved: bool, said: Sequence[tuple[Prediction, Review]], now: datetime) -> State:
    """Where a prediction stands. `said` are the verdicts on the ticket's predictions, oldest first.

    A verdict holds for later predictions of the same ticket as well, until one of them says more than the one it was
    given for: "unsure" that was waved through and became "escalate" is open again.
    """
    if solved:
        return "expired"
    if not said:
        return "open"
    judged, last = said[-1]
    graver = prediction.decision == "escalate" and judged.decision != "escalate"
    if last.verdict == "reopened" or graver:
        return "open"
    if last.verdict == "snoozed":
        return "snoozed" if last.until is not None and now < last.until else "open"
    return "disagreed" if last.verdict == "disagreed" else "acknowledged"


def _append(session: Session, row: Review, number: int) -> None:
    held = desk_q.reviews(session, [row.prediction_id]).get(row.prediction_id, [])
    if (held[-1].number if held else 0) != number:
        raise ConflictError(TAKEN)
    row.number = number + 1
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise ConflictError(TAKEN) from error


def _until(until: datetime | None, now: datetime) -> datetime:
    if until is None or not now < until <= now + LONGEST_SNOOZE:
        raise InvalidError(f"Choose a moment within the next {LONGEST_SNOOZE.days} days.", field="until")
    return until


def _prediction(session: Session, viewer: Viewer, prediction_id: int) -> tuple[Prediction, Ticket]:
    prediction = session.get(Prediction, prediction_id)
    ticket = session.get(Ticket, prediction.ticket_id) if prediction else None
    if prediction is None or ticket is None or prediction.blind:
        raise NotFoundError("There is no such prediction.")
    return prediction, ticket_for(session, viewer, ticket.reference)


def _flat(
    said: Mapping[int, Sequence[tuple[Prediction, Review]]],
) -> list[tuple[Prediction, Review]]:
    return [pair for pairs in said.values() for pair in pairs]


def _item(
    prediction: Prediction,
    ticket: Ticket,
    team: str | None,
    said: Sequence[tuple[Prediction, Review]],
    people: Mapping[int, str],
    teams: Mapping[int, str],
    now: datetime,
) -> ReviewItem:
    own = [review.number for judged, review in said if judged.id == prediction.id]
    return ReviewItem(
        prediction=prediction_view(prediction), reference=ticket.reference, subject=ticket.subject,
        product=ticket.product, team=team, created_at=ticket.created_at,
        waiting=max(now - ticket.created_at, timedelta()),
        state=state_of(prediction, ticket.status in tickets_q.SOLVED, said, now),
        verdicts=tuple(
            VerdictView(
                r.number, r.verdict, people.get(r.reviewer_id or 0), teams.get(r.team_id or 0), r.until, r.note,
                r.created_at,
            )
            for _, r in said
        ),
        number=max(own, default=0), demo=ticket.demo,
    )  # fmt: skip
