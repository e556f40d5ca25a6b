from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from kb import database
from kb.models import Article, Link, Question, Suggestion, Ticket
from kb.records import ArticleRecord
from kb.services import ticketing
from kb.services.asking import FEWEST_TOLD, told
from kb.services.importing import import_article
from kb.services.ranker import lessons
from kb.services.ticketing import NewTicket
from kb.services.votes import HALF_LIFE, LINKED, REOPENED, VERDICTS, of_tickets
from kb.viewers import ANONYMOUS, SYSTEM, Viewer
from search.contract import ArticleScore
from tests.kb.desk_of_people import people


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


def test_what_was_the_answer_before_a_ticket_was_opened_again_stays_soft_when_that_is_solved(
    session: Session, now: datetime
) -> None:
    team = people(session, now)
    for slug in ("wrong", "right"):
        import_article(session, ArticleRecord(slug, f"The {slug} way", "Turn the key."), now)
    reference = ticketing.open_ticket(
        session, team.alma, NewTicket("It is stuck", "The key turns and nothing else."), now
    )
    number = session.scalars(select(Ticket.id).where(Ticket.reference == reference)).one()
    wrong, right = (
        session.scalars(select(Article.id).where(Article.slug == slug)).one() for slug in ("wrong", "right")
    )
    first, again, last = (now + timedelta(hours=hours) for hours in (1, 2, 3))
    ticketing.link(session, team.front, reference, "wrong", first)
    ticketing.resolve(session, team.front, reference, "As it says.", first)
    assert weights(session, number) == {(number, wrong): pytest.approx(1.0)}
    ticketing.reopen(session, team.alma, reference, again)
    assert weights(session, number) == {(number, wrong): pytest.approx(REOPENED)}
    ticketing.link(session, team.front, reference, "right", last)
    ticketing.resolve(session, team.front, reference, "As the other one says.", last)
    found = weights(session, number)
    assert found[number, right] == 1.0
    assert found[number, wrong] == pytest.approx(REOPENED, rel=0.01), "solved by another one"
    before = of_tickets(session, [number], first)
    assert [(vote.article_id, vote.weight) for vote in before] == [(wrong, 1.0)], "that was not known yet"
    ticketing.link(session, team.front, reference, "wrong", last + timedelta(hours=1))
    assert weights(session, number)[number, wrong] == 1.0, "said again of what solved it in the end"


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


def judged(session: Session, ticket_id: int, article_id: int, verdict: str, at: datetime) -> None:
    question = Question(
        surface="agent", redacted="s", ticket_id=ticket_id, answered=True, at=at, key=f"{verdict}{at}"[:32]
    )
    session.add(question)
    session.flush()
    session.add(Suggestion(
        question_id=question.id, rank=1, article_id=article_id, score=0.5, verdict=verdict, verdict_at=at,
    ))  # fmt: skip
    session.flush()


@pytest.mark.parametrize(("verdict", "weight"), [
    ("solved", 0.5), ("not relevant", -0.5), ("outdated", -0.5), ("inserted", None), ("", None),
])  # fmt: skip
def test_what_was_said_of_a_suggestion_speaks_for_or_against(
    session: Session, now: datetime, verdict: str, weight: float | None
) -> None:
    a, t = article(session, "a", now), ticket(session, "T-1", now)
    judged(session, t, a, verdict, now)
    assert weights(session, t) == ({} if weight is None else {(t, a): weight})


def test_a_verdict_adds_to_a_link_and_takes_from_it(session: Session, now: datetime) -> None:
    a, liked, turned_down = article(session, "a", now), ticket(session, "T-1", now), ticket(session, "T-2", now)
    for one in (liked, turned_down):
        link(session, one, a, now)
    judged(session, liked, a, "solved", now)
    judged(session, turned_down, a, "outdated", now)
    assert weights(session, liked, turned_down) == {(liked, a): 1.5, (turned_down, a): 0.5}


def test_a_verdict_that_came_later_does_not_count(session: Session, now: datetime) -> None:
    a, t = article(session, "a", now), ticket(session, "T-1", now)
    judged(session, t, a, "not relevant", now)
    assert weights(session, t, asked_at=now - timedelta(seconds=1)) == {}
    assert weights(session, t, asked_at=now) == {(t, a): -0.5}


def test_weights_are_ordered_as_outcomes_are() -> None:
    """Confirmed by its requester, linked, reopened, turned down."""
    assert LINKED["confirmed"] > LINKED["linked"] > REOPENED * LINKED["linked"] > 0
    assert VERDICTS["solved"] > 0 > max(VERDICTS["not relevant"], VERDICTS["outdated"])


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
    assert told(few, ANONYMOUS, fewest=FEWEST_TOLD - 1) == few
    assert told(many, ANONYMOUS, fewest=FEWEST_TOLD + 1).solved_similar == 0


def test_an_agent_is_told_of_few_tickets_without_those_that_are_hidden() -> None:
    front = Viewer("agent", 1, "Front", "front@example.com", 1)
    few = ArticleScore(1, None, 0.5, {"memory": 1.0}, solved_similar=2)
    assert told(few, front, unseen=1) == ArticleScore(1, None, 0.5, {"memory": 1.0}, solved_similar=1)
    assert told(few, front, unseen=2) == ArticleScore(1, None, 0.5, {}, solved_similar=0), "not even a share of theirs"
    assert told(few, front, unseen=9).solved_similar == 0
    nothing = ArticleScore(1, None, 0.5, {"semantic": 1.0})
    assert told(nothing, front) == nothing
    assert told(few, front, fewest=2, unseen=1) == few
