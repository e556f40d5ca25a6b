from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from kb.models import Message, Ticket
from kb.services import asof, training

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def ticket(session: Session, number: int, created: datetime, **known: object) -> Ticket:
    made = Ticket(
        reference=f"T{number}", subject="Printer", body="It smokes.", requester="nora", created_at=created,
        text_hash=str(number), **known,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


@pytest.fixture
def history(session: Session, now: datetime) -> list[Ticket]:
    """Five tickets of one requester, a day apart, each answered twice and resolved two days later; every second escalated."""
    made = [
        ticket(session, n, now + n * DAY, resolved_at=now + (n + 2) * DAY, escalated=n % 2 == 0, status="resolved")
        for n in range(5)
    ]
    for one in made:
        for hours, kind in ((1, "agent"), (3, "customer"), (5, "customer"), (8, "agent")):
            session.add(Message(ticket_id=one.id, author_kind=kind, body="…", created_at=one.created_at + hours * HOUR))
        session.add(Message(
            ticket_id=one.id, author_kind="agent", internal=True, body="…", created_at=one.created_at + HOUR
        ))  # fmt: skip
    session.flush()
    return made


def of(session: Session, one: Ticket, at: datetime) -> dict[str, float]:
    return asof.numbers(session, {one.id: at}, [one])[one.id]


def test_by_hand(session: Session, now: datetime, history: list[Ticket]) -> None:
    last = history[4]
    fresh = of(session, last, last.created_at)
    assert fresh == {
        "replies so far": 0, "messages of the requester so far": 0, "hours since it was written": 0,
        "hours without an answer": 0, "earlier tickets of the requester": 4,
        "earlier tickets of the requester known to have escalated": 1, "tickets of the requester still open": 2,
        "days since the requester's last ticket": 1,
    }  # fmt: skip
    later = of(session, last, last.created_at + 6 * HOUR)
    assert later["replies so far"] == 1
    assert later["messages of the requester so far"] == 2
    assert later["hours since it was written"] == 6
    assert later["hours without an answer"] == 3
    assert of(session, last, last.created_at + 9 * HOUR)["hours without an answer"] == 0


@pytest.mark.parametrize("hours", [0, 2, 6, 30, 100])
def test_deleting_the_future_changes_nothing(
    session: Session, now: datetime, history: list[Ticket], hours: int
) -> None:
    asked = history[2]
    at = asked.created_at + hours * HOUR
    before = of(session, asked, at)
    seen = training.features(asked, before)
    session.execute(delete(Message).where(Message.created_at >= at))
    session.execute(delete(Ticket).where(Ticket.created_at >= at, Ticket.id != asked.id))
    session.execute(
        update(Ticket).where(Ticket.resolved_at >= at).values(resolved_at=None, escalated=None, status="open")
    )
    session.expire_all()
    assert of(session, asked, at) == before
    again = training.features(asked, of(session, asked, at))
    assert (again.attributes, again.numbers, again.created_at) == (seen.attributes, seen.numbers, seen.created_at)


def test_what_is_not_known_is_left_out_and_not_nothing(session: Session, now: datetime) -> None:
    nobody = ticket(session, 9, now)
    nobody.requester = ""
    assert "earlier tickets of the requester" not in of(session, nobody, now)
    undated = ticket(session, 10, now, dated=False)
    assert asof.numbers(session, {undated.id: now}, [undated]) == {}
    first = ticket(session, 11, now)
    assert "days since the requester's last ticket" not in of(session, first, now)


def test_examples_are_as_they_were_when_written(session: Session, history: list[Ticket]) -> None:
    found = training.examples(session)
    assert [one.ticket.numbers["earlier tickets of the requester"] for one in found] == [0, 1, 2, 3, 4]
    assert all(one.ticket.numbers["replies so far"] == 0 for one in found)
