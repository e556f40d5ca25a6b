from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from kb.models import Escalation, Message, Ticket
from kb.records import TicketRecord
from kb.services import asof, pasts, training

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def ticket(session: Session, number: int, created: datetime, **known: object) -> Ticket:
    made = Ticket(
        reference=f"T{number}", subject="Printer", body="It smokes.", requester="nora", account="Miller", product="Printer",
        topic=f"Topic {number % 2}", created_at=created, text_hash=str(number), **known,
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


def of(session: Session, one: Ticket, at: datetime) -> Mapping[str, float]:
    return asof.numbers(session, {one.id: at}, [one])[one.id]


def test_by_hand(session: Session, now: datetime, history: list[Ticket]) -> None:
    last = history[4]
    fresh = of(session, last, last.created_at)
    assert fresh == {
        "replies so far": 0, "messages of the requester so far": 0, "hours since it was written": 0,
        "hours without an answer": 0, "earlier tickets of the requester": 4,
        "earlier tickets of the requester known to have escalated": 1, "tickets of the requester still open": 2,
        "days since the requester's last ticket": 1,
        "earlier tickets of the account": 4, "earlier tickets of the account known to have escalated": 1,
        "tickets of the account still open": 2, "days since the account's last ticket": 1,
        "days since the last ticket about the product": 1, "days since the last ticket about the topic": 2,
        "days since a ticket about the product was known to have escalated": 2,
        "days since a ticket about the topic was known to have escalated": 2,
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
    nobody.requester = nobody.account = nobody.product = nobody.topic = ""
    assert set(of(session, nobody, now)) == {
        "replies so far", "messages of the requester so far", "hours since it was written", "hours without an answer"
    }  # fmt: skip
    undated = ticket(session, 10, now, dated=False)
    assert asof.numbers(session, {undated.id: now}, [undated]) == {}
    first = ticket(session, 11, now)
    assert "days since the requester's last ticket" not in of(session, first, now)


def test_what_the_requester_said_is_part_of_the_text_once_it_was_said(
    session: Session, now: datetime, history: list[Ticket]
) -> None:
    asked = history[2]
    session.add(Message(
        ticket_id=asked.id, author_kind="customer", body="Let me speak to nora@example.com's manager.",
        created_at=asked.created_at + 20 * HOUR,
    ))  # fmt: skip
    session.flush()
    for hours, heard in ((0, False), (20, False), (21, True)):
        (seen,) = training.seen_at(session, None, [asked], {asked.id: asked.created_at + hours * HOUR})
        assert ("manager" in seen.body.redacted) is heard
        assert "nora@example.com" not in seen.body.redacted
    (late,) = training.seen_at(session, None, [asked], {asked.id: asked.created_at + 21 * HOUR})
    session.execute(delete(Message).where(Message.created_at >= asked.created_at + 20 * HOUR))
    session.expire_all()
    (then,) = training.seen_at(session, None, [asked], {asked.id: asked.created_at + 20 * HOUR})
    assert late.body.redacted.startswith(then.body.redacted)


def by_looking_at_all(
    rows: list[tuple[datetime, datetime | None, bool]], written: datetime, at: datetime
) -> list[float]:
    earlier = [row for row in rows if row[0] < min(written, at)]
    ended = [row for row in earlier if row[1] is not None and row[1] < at]
    return [len(earlier), sum(row[2] for row in ended), len(earlier) - len(ended)]


@pytest.mark.parametrize("seed", range(5))
def test_a_requesters_past_is_what_looking_at_each_ticket_would_find(now: datetime, seed: int) -> None:
    chance = np.random.default_rng(seed)
    rows: list[tuple[datetime, datetime | None, bool]] = []
    for _ in range(60):
        created = now + int(chance.integers(0, 50)) * HOUR
        resolved = None if chance.random() < 0.2 else created + int(chance.integers(0, 40)) * HOUR
        rows.append((created, resolved, bool(chance.random() < 0.4)))
    past = pasts.Past(rows)
    for created, _, _ in rows:
        for hours in (0, 1, 5, 30, 200):
            found = past.before(created, created + hours * HOUR)
            told = [value for name, value in found.items() if not name.startswith("days")]
            assert told == by_looking_at_all(rows, created, created + hours * HOUR)


def test_one_learns_from_tickets_at_different_moments_of_their_lives(session: Session, now: datetime) -> None:
    tickets = [
        ticket(session, n, now + n * DAY, resolved_at=now + (n + 3) * DAY, escalated=n % 3 == 0, status="resolved")
        for n in range(60)
    ]
    for one in tickets:
        session.add(Message(ticket_id=one.id, author_kind="agent", body="…", created_at=one.created_at + 9 * HOUR))
        if one.escalated and one.id % 2:
            session.add(Escalation(ticket_id=one.id, requested_at=one.created_at + 10 * HOUR))
    session.flush()
    handed_up = {one.ticket_id: one.requested_at for one in session.scalars(select(Escalation))}
    found = asof.moments(session, tickets)
    assert found == asof.moments(session, list(reversed(tickets)))
    for one in tickets:
        at = found[one.id]
        assert one.created_at <= at
        assert at == one.created_at or (one.resolved_at is not None and at < one.resolved_at)
        assert at == one.created_at or at < handed_up.get(one.id, at + HOUR)
        if one.escalated and one.id not in handed_up:
            assert at == one.created_at, "nobody knows when it escalated"
    seen = training.examples(session)
    replies = {one.ticket.numbers["replies so far"] for one in seen}
    waits = {one.ticket.numbers["hours since it was written"] for one in seen}
    assert replies == {0, 1}, "nothing of a thread is the same for all"
    assert len(waits) >= 3


def brought_in(number: int, created: datetime | None, **known: str) -> TicketRecord:
    return TicketRecord(f"F{number}", "Printer", "It smokes.", created_at=created, **known)  # type: ignore[arg-type]


def test_a_ticket_of_a_file_sees_the_desk_as_it_was_when_it_was_written(
    session: Session, now: datetime, history: list[Ticket]
) -> None:
    last = history[4]
    same = brought_in(1, last.created_at, requester="nora", product="Printer", topic=last.topic)
    (seen,) = training.rows(session, [same])
    there = of(session, last, last.created_at)
    assert seen.numbers == {name: value for name, value in there.items() if "account" not in name}
    assert training.rows(session, [brought_in(2, None, requester="nora")])[0].numbers == {}
    early = brought_in(3, now, requester="nora", product="Printer")
    assert training.rows(session, [early])[0].numbers["earlier tickets of the requester"] == 0
    assert asof.written(session, []) == []


@pytest.mark.parametrize("seed", range(3))
def test_what_came_last_is_what_looking_at_each_ticket_would_find(session: Session, now: datetime, seed: int) -> None:
    chance = np.random.default_rng(seed)
    made = []
    for n in range(80):
        created = now + int(chance.integers(0, 50)) * HOUR
        resolved = None if chance.random() < 0.2 else created + int(chance.integers(0, 40)) * HOUR
        bad = None if chance.random() < 0.1 else bool(chance.random() < 0.3)
        made.append(ticket(session, n, created, resolved_at=resolved, escalated=bad, dated=chance.random() < 0.9))
    for one in made:
        if not one.dated:
            continue
        found = of(session, one, one.created_at + 9 * HOUR)
        before = [t for t in made if t.dated and t.topic == one.topic and t.created_at < one.created_at]
        last = max((t.created_at for t in before), default=None)
        ends = [t.resolved_at for t in before if t.escalated and t.resolved_at and t.resolved_at < one.created_at]
        bad_last = max(ends, default=None)
        for name, moment in (
            ("days since the last ticket about the topic", last),
            ("days since a ticket about the topic was known to have escalated", bad_last),
        ):
            assert found.get(name) == (None if moment is None else (one.created_at - moment) / DAY)
