from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from kb.models import Message, Ticket
from kb.services.promising import LEAST, usual_wait


def answered(
    session: Session, asked: datetime, hours: float, number: int, *, kind: str = "agent", note: bool = False
) -> None:
    ticket = Ticket(reference=f"W-{number}", subject="s", body="b", created_at=asked, text_hash="", version=1)
    session.add(ticket)
    session.flush()
    for later in (hours, hours + 5):
        session.add(
            Message(
                ticket_id=ticket.id, author_kind=kind, internal=note, body="b", created_at=asked + timedelta(hours=later)
            )
        )  # fmt: skip
    session.flush()


def test_half_of_the_questions_were_answered_within_that_time(session: Session, now: datetime) -> None:
    for number in range(LEAST + 1):
        answered(session, now - timedelta(days=number + 1), number / 4, number)
    assert usual_wait(session, now) == timedelta(hours=LEAST / 2 / 4)


def test_too_few_answers_promise_nothing(session: Session, now: datetime) -> None:
    for number in range(LEAST - 1):
        answered(session, now - timedelta(days=1), 1, number)
    assert usual_wait(session, now) is None


def test_only_a_lately_given_answer_of_a_person_to_the_customer_counts(session: Session, now: datetime) -> None:
    for number in range(LEAST):
        answered(session, now - timedelta(days=120), 1, number)
        answered(session, now - timedelta(days=1), 1, 100 + number, kind="customer")
        answered(session, now - timedelta(days=1), 1, 200 + number, note=True)
        answered(session, now - timedelta(days=1), -2, 300 + number)
    assert usual_wait(session, now) is None
