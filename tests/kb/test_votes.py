from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from kb import database
from kb.models import Article, Link, Question, Suggestion, Ticket
from kb.services.asking import FEWEST_TOLD, told
from kb.services.ranker import lessons
from kb.services.votes import HALF_LIFE, LINKED, REOPENED, of_tickets
from kb.viewers import ANONYMOUS, SYSTEM
from search.contract import ArticleScore


@pytest.fixture
def session(records: Engine) -> Iterator[Session]:
    with database.writing(records) as opened:
        yield opened


def article(session: Session, slug: str, now: datetime) -> int:
    made = Article(slug=slug, created_at=now, updated_at=now)
    session.add(made)
    session.flush()
    return made.id


def ticket(session: Session, reference: str, now: datetime, *, status: str = "resolved") -> int:
    made = Ticket(reference=reference, subject="s", body="b", status=status, created_at=now, text_hash=reference)
    session.add(made)
    session.flush()
    return made.id


def link(session: Session, ticket_id: int, article_id: int, at: datetime, kind: str = "linked") -> None:
    session.add(Link(ticket_id=ticket_id, article_id=article_id, kind=kind, at=at))
    session.flush()


def weights(session: Session, *tickets: int, asked_at: datetime | None = None) -> dict[tuple[int, int], float]:
    return {(v.ticket_id, v.article_id): v.weight for v in of_tickets(session, tickets, asked_at)}


def test_a_requester_says_more_than_an_agent_and_a_reopened_ticket_less(session: Session, now: datetime) -> None:
    a = article(session, "a", now)
    linked, confirmed, again = (ticket(session, f"T-{n}", now) for n in range(3))
    session.get_one(Ticket, again).status = "open"
    link(session, linked, a, now)
    link(session, confirmed, a, now)
    link(session, confirmed, a, now, "confirmed")
    link(session, again, a, now)
    found = weights(session, linked, confirmed, again)
    assert found == {(linked, a): 1.0, (confirmed, a): LINKED["confirmed"], (again, a): REOPENED}


def test_votes_fade_beside_newer_ones(session: Session, now: datetime) -> None:
    a = article(session, "a", now)
    old, new = ticket(session, "T-1", now - HALF_LIFE), ticket(session, "T-2", now)
    link(session, old, a, now - HALF_LIFE)
    link(session, new, a, now)
    assert weights(session, old, new) == {(old, a): pytest.approx(0.5), (new, a): 1.0}
    assert weights(session, old) == {(old, a): 1.0}, "alone it is the newest"


def test_a_vote_that_was_cast_later_does_not_count(session: Session, now: datetime) -> None:
    a, t = article(session, "a", now), ticket(session, "T-1", now)
    link(session, t, a, now)
    assert weights(session, t, asked_at=now - timedelta(seconds=1)) == {}
    assert weights(session, t, asked_at=now) == {(t, a): 1.0}


def test_not_relevant_speaks_against(session: Session, now: datetime) -> None:
    a, t = article(session, "a", now), ticket(session, "T-1", now)
    question = Question(surface="agent", redacted="s", ticket_id=t, answered=True, at=now, key="k" * 22)
    session.add(question)
    session.flush()
    session.add(Suggestion(question_id=question.id, rank=1, article_id=a, score=0.5, verdict="not relevant"))
    session.flush()
    assert weights(session, t)[t, a] < 0


def test_a_vote_goes_with_its_ticket(session: Session, now: datetime) -> None:
    a, t = article(session, "a", now), ticket(session, "T-1", now)
    link(session, t, a, now)
    session.delete(session.get_one(Ticket, t))
    session.flush()
    assert of_tickets(session, [t]) == []


def test_lessons_are_solved_tickets_and_those_without_an_article_too(session: Session, now: datetime) -> None:
    a, b = article(session, "a", now), article(session, "b", now)
    first, second, waiting = (
        ticket(session, "T-1", now),
        ticket(session, "T-2", now),
        ticket(session, "T-3", now, status="open"),
    )
    link(session, first, a, now)
    link(session, first, b, now)
    link(session, waiting, a, now)
    assert {(lesson.ticket_id, lesson.solved_by) for lesson in lessons(session)} == {(first, (a, b)), (second, ())}


def test_a_customer_is_not_told_of_so_few_tickets_that_they_could_be_traced() -> None:
    few = ArticleScore(1, None, 0.5, {"memory": 1.0}, solved_similar=FEWEST_TOLD - 1)
    many = ArticleScore(1, None, 0.5, {"memory": 1.0}, solved_similar=FEWEST_TOLD)
    assert (told(few, ANONYMOUS).solved_similar, told(few, ANONYMOUS).parts) == (0, {})
    assert told(few, SYSTEM) == few
    assert told(many, ANONYMOUS) == many
