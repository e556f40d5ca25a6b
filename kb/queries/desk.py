"""Statements about suggestions, predictions, accounts, the audit log and the outbox. Invariant: none decides anything."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Row, delete, func, select
from sqlalchemy.orm import Session

from kb.models import (
    Account,
    ApiToken,
    Article,
    AuditEntry,
    OutboxEvent,
    Prediction,
    Question,
    Review,
    SignIn,
    SignInAttempt,
    Suggestion,
    Team,
    Ticket,
)
from kb.queries.tickets import UNSOLVED, latest_prediction_ids, seen_by
from kb.viewers import Viewer

ASKED_AT_ONCE: Final = 1000


def account(session: Session, account_id: int | None) -> Account | None:
    """The account of that number."""
    return session.get(Account, account_id) if account_id is not None else None


def account_by_email(session: Session, email: str) -> Account | None:
    """The account of that address."""
    return session.scalar(select(Account).where(Account.email == email))


def accounts(session: Session) -> Sequence[Account]:
    """All accounts by role and name."""
    return session.scalars(select(Account).order_by(Account.role, Account.name)).all()


def account_of_sign_in(session: Session, token_hash: str, now: datetime) -> Account | None:
    """Who is signed in with that token, unless it expired or the account was disabled."""
    return session.scalar(
        select(Account)
        .join(SignIn, SignIn.account_id == Account.id)
        .where(SignIn.token_hash == token_hash, SignIn.expires_at > now, Account.disabled_at.is_(None))
    )


def account_of_token(session: Session, token_hash: str, now: datetime) -> Account | None:
    """Whose key that is, unless it expired or the account was disabled."""
    return session.scalar(
        select(Account)
        .join(ApiToken, ApiToken.account_id == Account.id)
        .where(ApiToken.token_hash == token_hash, ApiToken.expires_at > now, Account.disabled_at.is_(None))
    )


def end_sign_in(session: Session, token_hash: str) -> None:
    """Forget one session."""
    session.execute(delete(SignIn).where(SignIn.token_hash == token_hash))


def end_sign_ins(session: Session, account_id: int) -> None:
    """Forget every session and key of an account."""
    session.execute(delete(SignIn).where(SignIn.account_id == account_id))
    session.execute(delete(ApiToken).where(ApiToken.account_id == account_id))


def forget_expired(session: Session, now: datetime, attempts_before: datetime) -> None:
    """Forget what no longer counts."""
    session.execute(delete(SignIn).where(SignIn.expires_at <= now))
    session.execute(delete(SignInAttempt).where(SignInAttempt.at < attempts_before))


def failed_attempts(session: Session, name_hash: str, since: datetime) -> int:
    """How often that name failed since then."""
    return (
        session.scalar(
            select(func.count(SignInAttempt.id)).where(SignInAttempt.name_hash == name_hash, SignInAttempt.at >= since)
        )
        or 0
    )


def team_names(session: Session) -> dict[int, str]:
    """Name by id of every team."""
    rows = session.execute(select(Team.id, Team.name)).all()
    return {row[0]: row[1] for row in rows}


def suggestion(session: Session, key: str, rank: int) -> Row[Suggestion, Question] | None:
    """One shown suggestion with its question."""
    return session.execute(
        select(Suggestion, Question)
        .join(Question, Question.id == Suggestion.question_id)
        .where(Question.key == key, Suggestion.rank == rank)
    ).one_or_none()


def unread(session: Session, key: str, slug: str) -> Row[Suggestion, Question] | None:
    """The suggestion of that article for that question, as long as it was not opened, with its question."""
    return session.execute(
        select(Suggestion, Question)
        .join(Question, Question.id == Suggestion.question_id)
        .join(Article, Article.id == Suggestion.article_id)
        .where(Question.key == key, Article.slug == slug, Suggestion.read_at.is_(None))
        .limit(1)
    ).one_or_none()


def question_by_key(session: Session, key: str) -> Question | None:
    """What was asked, for whoever holds its key."""
    return session.scalar(select(Question).where(Question.key == key))


def judged(session: Session, question_id: int) -> bool:
    """Whether somebody said something of what was shown for a question."""
    statement = select(Suggestion.id).where(Suggestion.question_id == question_id, Suggestion.verdict != "").limit(1)
    return session.scalar(statement) is not None


def latest_prediction(session: Session, ticket_id: int) -> Prediction | None:
    """The newest prediction of a ticket that may be shown."""
    return session.scalar(
        select(Prediction)
        .where(Prediction.ticket_id == ticket_id, Prediction.blind.is_(False))
        .order_by(Prediction.id.desc())
        .limit(1)
    )


def reviews(session: Session, prediction_ids: Sequence[int]) -> dict[int, list[Review]]:
    """Verdicts of those predictions, oldest first."""
    found: dict[int, list[Review]] = {}
    statement = select(Review).where(Review.prediction_id.in_(prediction_ids)).order_by(Review.number)
    for review in session.scalars(statement):
        found.setdefault(review.prediction_id, []).append(review)
    return found


def reviews_by_ticket(session: Session, ticket_ids: Sequence[int]) -> dict[int, list[tuple[Prediction, Review]]]:
    """Verdicts on any prediction of those tickets with the prediction each was given for, oldest first."""
    found: dict[int, list[tuple[Prediction, Review]]] = {}
    statement = (
        select(Prediction, Review)
        .join(Review, Review.prediction_id == Prediction.id)
        .where(Prediction.ticket_id.in_(ticket_ids))
        .order_by(Review.created_at, Review.id)
    )
    for prediction, review in session.execute(statement):
        found.setdefault(prediction.ticket_id, []).append((prediction, review))
    return found


def predicted_escalations(
    session: Session, viewer: Viewer, decisions: Sequence[str], limit: int
) -> Sequence[Row[Prediction, Ticket, str | None]]:
    """Unsolved tickets the viewer may see whose newest prediction is one of `decisions`, most probable first."""
    return session.execute(
        select(Prediction, Ticket, Team.name)
        .join(Ticket, Prediction.id == latest_prediction_ids())
        .outerjoin(Team, Team.id == Ticket.team_id)
        .where(Ticket.status.in_(UNSOLVED), Prediction.decision.in_(decisions), seen_by(viewer))
        .order_by(Prediction.probability.desc(), Prediction.id)
        .limit(limit)
    ).all()


def due_events(
    session: Session, now: datetime, limit: int, tries: int, topic: str = "", besides: str = ""
) -> Sequence[OutboxEvent]:
    """Errands nobody is at, oldest first: of one topic, or of any but one, where that is said.

    On PostgreSQL rows another worker holds are passed over.
    """
    wanted = [OutboxEvent.topic == topic] if topic else [OutboxEvent.topic != besides] if besides else []
    return session.scalars(
        select(OutboxEvent)
        .where(
            *wanted,
            OutboxEvent.done_at.is_(None),
            OutboxEvent.attempts < tries,
            OutboxEvent.available_at <= now,
            (OutboxEvent.leased_until.is_(None)) | (OutboxEvent.leased_until < now),
        )
        .order_by(OutboxEvent.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def open_event_ids(session: Session, topic: str) -> list[int]:
    """Errands of a kind that are not done."""
    return list(
        session.scalars(
            select(OutboxEvent.id)
            .where(OutboxEvent.topic == topic, OutboxEvent.done_at.is_(None))
            .order_by(OutboxEvent.id)
        )
    )


def events(session: Session, ids: Sequence[int]) -> Sequence[OutboxEvent]:
    """Errands among `ids`; asked for in parts, because an import leaves thousands."""
    parts = (ids[start : start + ASKED_AT_ONCE] for start in range(0, len(ids), ASKED_AT_ONCE))
    return [row for part in parts for row in session.scalars(select(OutboxEvent).where(OutboxEvent.id.in_(part)))]


def forget_done_events(session: Session, before: datetime) -> None:
    """Forget errands that were done before then."""
    session.execute(delete(OutboxEvent).where(OutboxEvent.done_at < before))


def waiting_events(session: Session, tries: int) -> int:
    """How many errands wait for the worker."""
    waiting = select(func.count(OutboxEvent.id)).where(OutboxEvent.done_at.is_(None), OutboxEvent.attempts < tries)
    return session.scalar(waiting) or 0


def quarantined_events(session: Session, tries: int) -> Sequence[OutboxEvent]:
    """Errands that failed too often."""
    return session.scalars(
        select(OutboxEvent).where(OutboxEvent.done_at.is_(None), OutboxEvent.attempts >= tries)
    ).all()


def audit_entries(session: Session, action: str, limit: int) -> Sequence[AuditEntry]:
    """The newest deeds, of one kind where `action` names it."""
    statement = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    return session.scalars(statement.where(AuditEntry.action == action) if action else statement).all()


def has_demo(session: Session) -> bool:
    """Whether anything belongs to the demo desk."""
    return any(
        session.scalar(select(model.id).where(model.demo.is_(True)).limit(1)) is not None
        for model in (Article, Ticket, Account)
    )
