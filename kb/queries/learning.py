"""Statements about training runs, and about what became of predictions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from kb.models import AlarmChoice, AnswerChoice, Prediction, Review, Team, Ticket, TrainingRun
from kb.queries.tickets import SOLVED, UNSOLVED, latest_prediction_ids, seen_by
from kb.viewers import Viewer


def newest_choice(session: Session) -> AlarmChoice | None:
    """How alarms are decided now; None where nobody ever chose."""
    return session.scalar(select(AlarmChoice).order_by(AlarmChoice.number.desc()).limit(1))


def newest_risk(session: Session) -> AnswerChoice | None:
    """At what risk something is called an answer now; None where nobody ever chose."""
    return session.scalar(select(AnswerChoice).order_by(AnswerChoice.number.desc()).limit(1))


def last_verdicts(session: Session) -> dict[int, tuple[str | None, str]]:
    """(decision that was judged, verdict) of the last verdict on each ticket, by ticket id."""
    statement = (
        select(Prediction.ticket_id, Prediction.decision, Review.verdict)
        .join(Review, Review.prediction_id == Prediction.id)
        .order_by(Review.created_at, Review.id)
    )
    return {ticket: (decision, verdict) for ticket, decision, verdict in session.execute(statement)}


def blind(session: Session) -> Sequence[Row[str | None, bool | None, str]]:
    """(decision, whether it escalated, status) of each ticket whose predictions nobody is shown, by the first of them."""
    first = (
        select(func.min(Prediction.id))
        .where(Prediction.blind.is_(True), Prediction.decision.is_not(None))
        .group_by(Prediction.ticket_id)
    )
    return session.execute(
        select(Prediction.decision, Ticket.escalated, Ticket.status)
        .join(Ticket, Ticket.id == Prediction.ticket_id)
        .where(Prediction.id.in_(first))
    ).all()


def first_predictions(session: Session, since: datetime) -> Sequence[Row[Prediction, Ticket, str | None]]:
    """The first prediction of each ticket since then, with what became of it and its team's name, oldest first."""
    first = select(func.min(Prediction.id)).where(Prediction.created_at >= since).group_by(Prediction.ticket_id)
    return session.execute(
        select(Prediction, Ticket, Team.name)
        .join(Ticket, Ticket.id == Prediction.ticket_id)
        .outerjoin(Team, Team.id == Ticket.team_id)
        .where(Prediction.id.in_(first))
        .order_by(Prediction.created_at, Prediction.id)
    ).all()


def runs(session: Session, limit: int) -> Sequence[TrainingRun]:
    """The newest training runs."""
    return session.scalars(select(TrainingRun).order_by(TrainingRun.id.desc()).limit(limit)).all()


def running(session: Session, host: str) -> Sequence[TrainingRun]:
    """Runs on that machine of which no end is known."""
    return session.scalars(select(TrainingRun).where(TrainingRun.state == "running", TrainingRun.host == host)).all()


def last_done(session: Session) -> TrainingRun | None:
    """The newest run that stored a version."""
    return session.scalar(
        select(TrainingRun).where(TrainingRun.state == "done").order_by(TrainingRun.id.desc()).limit(1)
    )


def verdicts_since(session: Session, moment: datetime) -> int:
    """How many verdicts were given since then."""
    return session.scalar(select(func.count(Review.id)).where(Review.created_at > moment)) or 0


def solved_since(session: Session, moment: datetime) -> int:
    """How many tickets were solved since then, with an outcome to learn from."""
    return (
        session.scalar(
            select(func.count(Ticket.id)).where(
                Ticket.status.in_(SOLVED), Ticket.resolved_at > moment, Ticket.escalated.is_not(None)
            )
        )
        or 0
    )


def unlabelled_cases(session: Session, viewer: Viewer, version: str, limit: int) -> Sequence[Row[Ticket, Prediction]]:
    """The newest unsolved tickets without outcome or team that the viewer may see, with what that version said of them."""
    return session.execute(
        select(Ticket, Prediction)
        .join(Prediction, Prediction.id == latest_prediction_ids())
        .outerjoin(Team, Team.id == Ticket.team_id)
        .where(
            Ticket.status.in_(UNSOLVED), Ticket.escalated.is_(None), Ticket.team_id.is_(None),
            Prediction.model_version == version, seen_by(viewer),
        )
        .order_by(Ticket.created_at.desc(), Ticket.id.desc())
        .limit(limit)
    ).all()  # fmt: skip
