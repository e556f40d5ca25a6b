from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.errors import NotAllowedError, NotFoundError
from kb.models import Link, Message, OutboxEvent, Passage, Revision, Ticket
from kb.services import removing, ticketing
from tests.kb.desk_of_people import Desk, article, solved


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_an_article_goes_with_everything_of_it(session: Session, desk: Desk, now: datetime) -> None:
    article(session, now, "gone")
    solved(session, now, "old-1", articles=("gone",))
    assert (count(session, Link), count(session, Passage) > 0) == (1, True)
    with pytest.raises(NotAllowedError):
        removing.remove_article(session, desk.front, "gone", now)
    removing.remove_article(session, desk.lead, "gone", now)
    assert [count(session, model) for model in (Link, Passage, Revision)] == [0, 0, 0]
    assert session.scalars(select(OutboxEvent.topic).order_by(OutboxEvent.id.desc())).first() == "index"
    with pytest.raises(NotFoundError):
        removing.remove_article(session, desk.lead, "gone", now)


def test_a_ticket_goes_with_its_thread_and_its_votes(session: Session, desk: Desk, now: datetime) -> None:
    article(session, now, "stays")
    solved(session, now, "old-1", articles=("stays",))
    ticketing.reply(session, desk.front, "old-1", "One word more.", now)
    removing.remove_ticket(session, desk.lead, "old-1", now)
    assert [count(session, model) for model in (Ticket, Message, Link)] == [0, 0, 0]
