from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.models import OutboxEvent
from kb.services import audit, working
from kb.services.status import status

LONG = timedelta(hours=1)


@pytest.fixture
def three(session: Session, now: datetime) -> list[int]:
    for number in range(3):
        audit.errand(session, "index", now, article=number)
    session.flush()
    return list(session.scalars(select(OutboxEvent.id).order_by(OutboxEvent.id)))


def test_what_is_leased_is_nobody_elses_until_the_lease_ends(session: Session, three: list[int], now: datetime) -> None:
    assert [errand.id for errand in working.lease(session, now, seconds=60)] == three
    assert working.lease(session, now + timedelta(seconds=59)) == ()
    again = working.lease(session, now + timedelta(seconds=61), limit=2)
    assert [(errand.id, errand.attempts) for errand in again] == [(three[0], 2), (three[1], 2)]


def test_each_lane_takes_its_own_errands(session: Session, three: list[int], now: datetime) -> None:
    audit.errand(session, "tickets", now, ticket=1)
    assert working.is_due(session, now, besides="index")
    (other,) = working.lease(session, now, besides="index")
    assert (other.topic, other.id in three) == ("tickets", False)
    assert not working.is_due(session, now, besides="index")
    assert [errand.id for errand in working.lease(session, now, "index")] == three
    assert not working.is_due(session, now, "index")


def test_what_is_done_does_not_come_back(session: Session, three: list[int], now: datetime) -> None:
    working.lease(session, now)
    working.done(session, three[:2], now)
    assert [errand.id for errand in working.lease(session, now + LONG)] == three[2:]
    working.done(session, three[2:], now + working.KEPT + LONG)
    assert session.scalars(select(OutboxEvent.id)).all() == three[2:]


def test_what_fails_pauses_longer_each_time_and_is_given_up_in_the_end(
    session: Session, three: list[int], now: datetime
) -> None:
    moment, pauses = now, []
    for _ in range(working.TRIES):
        leased = working.lease(session, moment, limit=1)
        assert [errand.id for errand in leased] == three[:1]
        working.failed(session, three[:1], "no space", moment)
        event = session.get_one(OutboxEvent, three[0])
        pauses.append(event.available_at - moment)
        working.done(session, three[1:], moment)
        moment = event.available_at
    assert pauses[0] < timedelta(seconds=4) < pauses[-1] <= working.LONGEST_PAUSE * 1.5
    assert working.lease(session, moment + LONG) == ()
    assert (status(session).errands_waiting, status(session).errands_given_up) == (0, 1)
    assert working.retry_quarantined(session, moment) == 1
    assert [errand.id for errand in working.lease(session, moment)] == three[:1]
