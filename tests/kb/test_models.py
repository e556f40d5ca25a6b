from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, delete, func, select
from sqlalchemy.exc import IntegrityError, InvalidRequestError, StatementError
from sqlalchemy.orm import Session

from kb import database
from kb.models import (
    Account,
    ApiToken,
    Article,
    ArticleVote,
    Base,
    Escalation,
    Link,
    Message,
    OutboxEvent,
    Passage,
    PendingLink,
    Prediction,
    Question,
    Review,
    Revision,
    SignIn,
    Suggestion,
    Team,
    Ticket,
)

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def account(**changed: object) -> Account:
    return Account(**{"email": "ida@desk.example", "name": "Ida", "role": "agent", "created_at": NOW} | changed)


def article(**changed: object) -> Article:
    return Article(**{"slug": "refunds", "created_at": NOW, "updated_at": NOW} | changed)


def ticket(**changed: object) -> Ticket:
    return Ticket(**{"reference": "T-1", "subject": "s", "body": "b", "created_at": NOW, "text_hash": ""} | changed)


def prediction(**changed: object) -> Prediction:
    told = {
        "ticket_id": 1,
        "model_version": "v",
        "probability": 0.5,
        "threshold": 0.4,
        "decision": "keep",
        "created_at": NOW,
    }
    return Prediction(**told | changed)


def question(**changed: object) -> Question:
    return Question(**{"key": "k", "surface": "form", "redacted": "", "answered": True, "at": NOW} | changed)


def saved(session: Session, *rows: Base) -> None:
    for row in rows:
        session.add(row)
        session.flush()


@pytest.fixture
def full(any_records: Engine) -> Engine:
    """One of everything, number 1 each."""
    with database.writing(any_records) as session:
        saved(
            session, Team(name="Front"), account(team_id=1), ticket(requester_id=1, assignee_id=1, team_id=1),
            article(owner_id=1, from_ticket_id=1),
            Revision(article_id=1, number=1, title="t", body="b", body_format="text", author_id=1, created_at=NOW),
            Passage(article_id=1, ordinal=0, text="b", text_hash="h"),
            ArticleVote(article_id=1, voter="v", helpful=True, at=NOW),
            Message(ticket_id=1, author_id=1, author_kind="agent", body="b", created_at=NOW),
            Link(ticket_id=1, article_id=1, by_id=1, at=NOW), PendingLink(ticket_id=1, slug="later"),
            Escalation(ticket_id=1, from_team_id=1, to_team_id=1, by_id=1, article_id=1, requested_at=NOW),
            prediction(),
            Review(prediction_id=1, number=1, verdict="acknowledged", team_id=1, reviewer_id=1, created_at=NOW),
            question(ticket_id=1, account_id=1), Suggestion(question_id=1, rank=1, article_id=1, score=1.0, verdict_by_id=1),
            SignIn(token_hash="a", account_id=1, created_at=NOW, expires_at=NOW),
            ApiToken(token_hash="b", account_id=1, name="n", created_at=NOW, expires_at=NOW),
        )  # fmt: skip
        session.get_one(Article, 1).published_id = 1
        session.commit()
    return any_records


def counts(records: Engine, *models: type[Base]) -> dict[str, int]:
    with database.reading(records) as session:
        return {model.__name__: session.scalar(select(func.count()).select_from(model)) or 0 for model in models}


@pytest.mark.parametrize(
    "make",
    [
        lambda: account(role="admin"),
        lambda: article(audience="everyone"),
        lambda: article(audience="team"),
        lambda: article(confidence="published"),
        lambda: ticket(status="reopened"),
        lambda: Message(ticket_id=1, author_kind="robot", body="", created_at=NOW),
        lambda: Link(ticket_id=1, article_id=1, kind="guessed", at=NOW),
        lambda: Escalation(ticket_id=1, kind="sideways", requested_at=NOW),
        lambda: Escalation(ticket_id=1, state="pending", requested_at=NOW),
        lambda: prediction(decision="maybe"),
        lambda: Review(prediction_id=1, number=2, verdict="whatever", created_at=NOW),
        lambda: question(key="other", surface="telepathy"),
        lambda: Suggestion(question_id=1, rank=2, article_id=1, score=0.0, verdict="nice"),
        lambda: ArticleVote(article_id=1, voter="w", helpful=False, reason="ugly", at=NOW),
    ],
)
def test_a_word_that_the_field_does_not_know_is_refused(full: Engine, make: Callable[[], Base]) -> None:
    with database.writing(full) as session:
        session.add(make())
        with pytest.raises(IntegrityError, match=r"(?i)check constraint"):
            session.flush()


@pytest.mark.parametrize(
    "make",
    [
        lambda: Team(name="Front"),
        account,
        article,
        ticket,
        lambda: Revision(article_id=1, number=1, title="t", body="b", body_format="text", created_at=NOW),
        lambda: Passage(article_id=1, ordinal=0, text="", text_hash=""),
        lambda: ArticleVote(article_id=1, voter="v", helpful=False, at=NOW),
        lambda: Link(ticket_id=1, article_id=1, at=NOW),
        lambda: PendingLink(ticket_id=1, slug="later"),
        lambda: Review(prediction_id=1, number=1, verdict="disagreed", created_at=NOW),
        lambda: Suggestion(question_id=1, rank=1, article_id=1, score=0.0),
        lambda: SignIn(token_hash="a", account_id=1, created_at=NOW, expires_at=NOW),
    ],
)
def test_there_is_one_of_each(full: Engine, make: Callable[[], Base]) -> None:
    with database.writing(full) as session:
        session.add(make())
        with pytest.raises(IntegrityError, match=r"(?i)unique"):
            session.flush()


def test_an_article_takes_its_parts_with_it(full: Engine) -> None:
    with database.writing(full) as session:
        session.execute(delete(Article))
        session.commit()
        escalation = session.get_one(Escalation, 1)
    assert escalation.article_id is None
    assert set(counts(full, Revision, Passage, ArticleVote, Link, Suggestion).values()) == {0}
    assert set(counts(full, Ticket, Question, PendingLink).values()) == {1}


def test_a_ticket_takes_what_was_said_about_it_with_it(full: Engine) -> None:
    with database.writing(full) as session:
        session.execute(delete(Ticket))
        session.commit()
        assert session.get_one(Article, 1).from_ticket_id is None
    gone = (Message, Link, PendingLink, Escalation, Prediction, Review, Question, Suggestion)
    assert set(counts(full, *gone).values()) == {0}


def test_a_person_who_goes_leaves_the_work(full: Engine) -> None:
    with database.writing(full) as session:
        session.execute(delete(Account))
        session.commit()
        assert session.get_one(Ticket, 1).requester_id is None
        assert session.get_one(Message, 1).author_id is None
        assert session.get_one(Review, 1).reviewer_id is None
        assert session.get_one(Article, 1).owner_id is None
    assert set(counts(full, SignIn, ApiToken).values()) == {0}


def test_a_team_with_articles_of_its_own_cannot_go(full: Engine) -> None:
    """Its articles would be left with nobody who may read them, or with everybody."""
    with database.writing(full) as session:
        found = session.get_one(Article, 1)
        found.audience, found.team_id = "team", 1
        session.commit()
        with pytest.raises(IntegrityError):
            session.execute(delete(Team))


def test_a_revision_that_goes_unpublishes_its_article(full: Engine) -> None:
    with database.writing(full) as session:
        session.execute(delete(Revision))
        session.commit()
        assert session.get_one(Article, 1).published_id is None


def test_nothing_is_loaded_by_accident(full: Engine) -> None:
    with database.reading(full) as session:
        for row, name in ((session.get_one(Article, 1), "published"), (session.get_one(Account, 1), "team")):
            with pytest.raises(InvalidRequestError, match="lazy='raise'"):
                getattr(row, name)


@pytest.mark.parametrize(
    "moment", [NOW, datetime(2026, 7, 1, 3, 4, 5, 678901, tzinfo=timezone(timedelta(hours=9, minutes=30)))]
)
def test_an_instant_comes_back_as_it_was_in_utc(any_records: Engine, moment: datetime) -> None:
    with database.writing(any_records) as session:
        session.add(OutboxEvent(topic="t", created_at=moment, available_at=moment))
        session.commit()
        session.expire_all()
        found = session.scalars(select(OutboxEvent)).one()
        assert found.created_at == moment
        assert found.created_at.utcoffset() == timedelta(0)
        assert session.scalars(select(OutboxEvent.id).where(OutboxEvent.created_at <= moment)).all() == [found.id]
        assert session.scalars(select(OutboxEvent.id).where(OutboxEvent.created_at < moment)).all() == []


def test_an_instant_without_a_zone_is_refused(any_records: Engine) -> None:
    naive = datetime(2026, 11, 24)  # noqa: DTZ001 - that is the point
    with database.writing(any_records) as session, pytest.raises(StatementError, match="needs a time zone"):
        session.scalars(select(OutboxEvent).where(OutboxEvent.created_at < naive)).all()


@pytest.mark.parametrize(
    "words",
    ["\u202egnihtyna", "e\u0301\u0302" * 50, "👩‍👩‍👧‍👦", "無効", "'; DROP TABLE team; --", "a\u2028b", "x" * 1_000_000],
)
def test_any_words_come_back_as_they_were(any_records: Engine, words: str) -> None:
    with database.writing(any_records) as session:
        session.add(ticket(subject=words, attributes={"site": words[:100]}))
        session.commit()
        session.expire_all()
        found = session.scalars(select(Ticket)).one()
        assert (found.subject, found.attributes) == (words, {"site": words[:100]})


def test_numbers_are_not_given_twice(any_records: Engine) -> None:
    """An index may still hold a passage that is gone; its number must not come to mean another."""
    with database.writing(any_records) as session:
        saved(session, article(), *(Passage(article_id=1, ordinal=n, text="", text_hash="") for n in range(3)))
        session.execute(delete(Passage).where(Passage.id == 3))
        session.flush()
        later = Passage(article_id=1, ordinal=9, text="", text_hash="")
        saved(session, later)
        assert later.id == 4
