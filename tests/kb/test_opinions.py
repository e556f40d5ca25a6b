from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from kb.models import Article, ArticleVote, Question, Suggestion, Ticket
from kb.moments import days
from kb.records import ArticleRecord, TicketRecord
from kb.services import opinions, ranker
from kb.services.asking import Asked, _query
from kb.services.importing import import_article, import_ticket
from kb.services.opinions import LASTS, LATEST, Timeline, share
from kb.viewers import ANONYMOUS
from search.contract import Candidates, Lesson, PassageScore
from search.features import NAMES, table
from search.popularity import Popularity

HOUR = timedelta(hours=1)


@pytest.fixture
def article(session: Session, now: datetime) -> int:
    made = Article(slug="a", created_at=now, updated_at=now)
    session.add(made)
    session.flush()
    return made.id


def say(session: Session, article: int, at: datetime, *, good: bool, voter: str = "") -> None:
    voter = voter or f"v{session.query(ArticleVote).count()}"
    session.add(ArticleVote(article_id=article, voter=voter, helpful=good, at=at))
    session.flush()


def mark(session: Session, article: int, at: datetime, verdict: str) -> None:
    question = Question(surface="agent", redacted="x", answered=True, at=at, key=f"k{at}{verdict}"[:32])
    session.add(question)
    session.flush()
    session.add(Suggestion(
        question_id=question.id, rank=1, article_id=article, score=0.5, verdict=verdict, verdict_at=at
    ))  # fmt: skip
    session.flush()


def both(session: Session, at: datetime) -> dict[int, float]:
    """As a question is told, which must be as a lesson is."""
    told = opinions.by(session, at)
    assert told == dict(Timeline(session).by(at))
    return told


def test_few_opinions_say_little(session: Session, article: int, now: datetime) -> None:
    assert both(session, now) == {}
    say(session, article, now, good=True)
    (first,) = both(session, now).values()
    assert 0.5 < first < 0.7
    for _ in range(20):
        say(session, article, now, good=True)
    (many,) = both(session, now).values()
    assert 0.9 < many < 1
    assert share(0, 0) == 0.5


def test_a_word_that_it_is_outdated_counts_against_an_article_and_one_that_it_is_not_relevant_does_not(
    session: Session, article: int, now: datetime
) -> None:
    mark(session, article, now, "not relevant")
    mark(session, article, now, "solved")
    assert both(session, now) == {}
    mark(session, article, now, "outdated")
    assert both(session, now) == {article: share(0, 1)}


def test_what_is_said_later_or_was_said_long_ago_is_not_heard(session: Session, article: int, now: datetime) -> None:
    say(session, article, now - LASTS, good=False)
    say(session, article, now + HOUR, good=False)
    mark(session, article, now + HOUR, "outdated")
    assert both(session, now) == {}
    assert both(session, now - HOUR) == {article: share(0, 1)}
    assert both(session, now + HOUR) == {article: share(0, 2)}


def test_of_very_many_the_latest_are_heard(session: Session, article: int, now: datetime) -> None:
    minute = timedelta(minutes=1)
    session.add_all(
        ArticleVote(article_id=article, voter=str(n), helpful=n > 9, at=now - n * minute) for n in range(LATEST + 30)
    )
    session.flush()
    assert both(session, now) == {article: share(LATEST - 10, LATEST)}
    assert both(session, now - 10 * minute) == {article: share(LATEST, LATEST)}


def _lessons(session: Session, now: datetime) -> list[Lesson]:
    import_article(session, ArticleRecord("pair", "Pair a reader", "Hold the button.", locale="en-GB"), now)
    for number in range(3):
        at = now + number * timedelta(days=10)
        import_ticket(
            session, TicketRecord(f"T-{number}", "It does not pair", "", at, locale="en", articles=("pair",)), at
        )
    return ranker.lessons(session)


def test_a_lesson_of_the_past_does_not_change_where_the_future_is_taken_away(session: Session, now: datetime) -> None:
    _lessons(session, now)
    (article,) = session.query(Article.id).one()
    for day in (-3, 4, 8, 15, 25):
        say(session, article, now + timedelta(days=day), good=day % 2 == 0)
    mark(session, article, now + timedelta(days=9), "outdated")

    def seen() -> list[float]:
        return [_healthy(lesson, article) for lesson in ranker.lessons(session)]

    before = seen()
    assert len(set(before)) == 3, "each lesson hears something else"
    until = now + timedelta(days=10)
    session.execute(delete(ArticleVote).where(ArticleVote.at > until))
    session.execute(delete(Ticket).where(Ticket.created_at > until))
    assert seen() == before[:2]


def _healthy(lesson: Lesson, article: int) -> float:
    found = (PassageScore(1, article, 0.5),)
    candidates = Candidates(found, (), (), frozenset({article}), health=lesson.query.health)
    value = table(candidates, (), None, Popularity()).values[0, NAMES.index("healthy")]
    assert np.isfinite(value)
    return float(value)


def test_a_question_carries_what_was_said_by_then_and_what_its_asker_speaks(session: Session, now: datetime) -> None:
    assert {lesson.query.locale for lesson in _lessons(session, now)} == {"en"}
    (article,) = session.query(Article.id).one()
    say(session, article, now, good=True)
    query = _query(session, Asked("It does not pair", locale="pt-BR"), ANONYMOUS, now)
    assert (query.locale, query.asked, dict(query.health)) == ("pt-BR", days(now), {article: share(1, 1)})
    assert not _query(session, Asked("It does not pair"), ANONYMOUS, now - HOUR).health
