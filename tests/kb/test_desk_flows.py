"""The flows behind the desk's pages, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from kb import database
from kb.errors import ConflictError, InvalidError, NotAllowedError
from kb.models import Article, Prediction, Question, Suggestion, Ticket
from kb.services import citing, deeds, gaps, reading, requesters, requests, reviewing, teams, ticketing, verdicts
from kb.services.deeds import DeedFilter
from kb.services.reviewing import Verdict
from kb.services.ticketing import NewTicket
from kb.services.verdicts import Choice
from kb.viewers import Viewer
from tests.kb.desk_of_people import Desk, article, people

HOUR = timedelta(hours=1)
WORDS = (
    "The courier keeps the parcel for a week before it is sent back to our own warehouse in the north of the country."
)


def asked(session: Session, now: datetime, words: str, **known: object) -> Question:
    question = Question(
        surface="agent", redacted=words, answered=False, at=now, key=f"{words}{len(known)}"[:32], **known
    )
    session.add(question)
    session.flush()
    return question


def ticket_of(session: Session, viewer: Viewer, now: datetime, subject: str) -> Ticket:
    reference = ticketing.open_ticket(session, viewer, NewTicket(subject, "It blinks."), now)
    return session.scalars(select(Ticket).where(Ticket.reference == reference)).one()


def predicted(session: Session, ticket: Ticket, now: datetime) -> int:
    row = Prediction(
        ticket_id=ticket.id, model_version="m-1", probability=0.8, threshold=0.5, decision="escalate", created_at=now
    )
    session.add(row)
    session.flush()
    return row.id


def test_the_flows_of_the_desk_run_on_both_databases(any_records: Engine, now: datetime) -> None:
    with database.writing(any_records) as session:
        desk = people(session, now)
        first, second = (ticket_of(session, desk.alma, now + n * HOUR, f"Ticket {n}") for n in range(2))
        who = requesters.requester(session, desk.front, second.reference)
        assert (who.name, who.others, who.since, who.recent[0].reference) == ("Alma", 1, now, first.reference)
        ticketing.ask_for_a_manager(session, desk.alma, first.reference, "Please.", now)
        assert [r.reference for r in requests.requests(session, desk.lead, now + HOUR)] == [first.reference]
        assert [team.name for team in teams.teams(session, desk.front)] == ["Front", "Vault"]
        assert "Alma" not in [one.name for one in teams.colleagues(session, desk.front)]
        asked(session, now, "How do I fold it")
        asked(session, now, "Fold it!", ticket_id=first.id)
        (gap,) = gaps.unanswered(session, desk.lead, now)
        assert (gap.asked, gap.tickets, gap.hours) == (2, 1, 0.0)
        first.resolved_at = first.created_at + 3 * HOUR
        assert gaps.unanswered(session, desk.lead, now)[0].hours == 3.0
        found = deeds.page(session, desk.operator, DeedFilter(actor="ALMA", since=now, until=now + 2 * HOUR))
        assert {deed.action for deed in found.deeds} == {"ticket opened", "escalation requested"}
        assert found.total == len(found.deeds) == 3


def test_verdicts_given_together_are_taken_back_together(any_records: Engine, now: datetime) -> None:
    with database.writing(any_records) as session:
        desk = people(session, now)
        choices = [Choice(predicted(session, ticket_of(session, desk.alma, now, f"T {n}"), now), 0) for n in range(3)]
        reviewing.decide(session, desk.operator, choices[0].prediction_id, Verdict("acknowledged"), 0, now)
        outcome = verdicts.decide_many(session, desk.lead, [*choices, choices[1]], Verdict("disagreed"), now)
        assert (outcome.kept, outcome.late) == (2, 1)
        (group,) = verdicts.recent(session, desk.lead, now)
        assert [choice.number for choice in group.choices] == [1, 1]
        assert verdicts.undo_many(session, desk.lead, group.choices, now).kept == 2
        assert verdicts.recent(session, desk.lead, now) == ()
        assert len(verdicts.recent(session, desk.operator, now + verdicts.UNDO_WITHIN)) == 1
        assert verdicts.recent(session, desk.operator, now + verdicts.UNDO_WITHIN + HOUR) == ()


@pytest.fixture
def guarded(session: Session, desk: Desk, now: datetime) -> Ticket:
    """A ticket for which a guarded article was suggested."""
    article(session, now, "secret-ways", audience="internal", body=f"## Couriers\n\n{WORDS}")
    ticket = ticket_of(session, desk.alma, now, "Parcel")
    question = asked(session, now, "Parcel", ticket_id=ticket.id)
    number = session.scalars(select(Article.id).where(Article.slug == "secret-ways")).one()
    session.add(Suggestion(question_id=question.id, rank=1, article_id=number, score=1.0))
    session.flush()
    return ticket


@pytest.mark.parametrize("start", range(0, 50, 7))
def test_any_sixty_letters_of_a_guarded_article_are_noticed(
    session: Session, desk: Desk, guarded: Ticket, start: int
) -> None:
    stretch = WORDS[start : start + citing.LEAST].upper().replace(" ", "\n ")
    with pytest.raises(InvalidError, match="Secret ways"):
        citing.check_public(session, desk.front, guarded.id, f"Dear Alma, {stretch} - yours")
    citing.check_public(session, desk.front, guarded.id, f"Dear Alma, {WORDS[start : start + 45]}, yours and so on.")


def test_words_of_a_public_article_may_be_repeated(session: Session, desk: Desk, guarded: Ticket) -> None:
    number = guarded.id
    session.scalars(select(Article)).one().audience = "public"
    session.flush()
    citing.check_public(session, desk.front, number, WORDS)
    citing.check_public(session, desk.front, number, "See /articles/secret-ways")


def test_a_reply_is_sent_only_after_the_thread_that_was_seen(session: Session, desk: Desk, now: datetime) -> None:
    reference = ticket_of(session, desk.alma, now, "Parcel").reference
    ticketing.reply(session, desk.front, reference, "First", now, seen=0)
    with pytest.raises(ConflictError):
        ticketing.reply(session, desk.lead, reference, "Second", now, seen=0)
    ticketing.reply(session, desk.lead, reference, "Second", now, seen=1)
    ticketing.reply(session, desk.alma, reference, "Third", now)


def test_what_people_turn_down_is_ranked_and_only_what_a_lead_may_read(
    session: Session, desk: Desk, now: datetime
) -> None:
    for slug in ("good", "stale", "weak"):
        article(session, now, slug)
    reading.vote(session, desk.alma, "weak", "alma", now, helpful=False)
    reading.vote(session, desk.alma, "stale", "alma", now, helpful=False, reason="outdated")
    reading.vote(session, desk.alma, "good", "alma", now, helpful=True)
    assert [one.slug for one in gaps.troubles(session, desk.lead, now)] == ["stale", "weak"]
    ticket = ticket_of(session, desk.alma, now, "Still does not work")
    question = asked(session, now, "Does not work", ticket_id=ticket.id)
    number = session.scalars(select(Article.id).where(Article.slug == "weak")).one()
    question.surface, ticket.resolved_at = "form", now + 5 * HOUR
    session.add(Suggestion(question_id=question.id, rank=1, article_id=number, score=1.0))
    session.flush()
    dearest, other = gaps.troubles(session, desk.lead, now)
    assert (dearest.slug, dearest.tickets, dearest.hours) == ("weak", 1, 5.0)
    assert (other.slug, other.tickets, other.hours) == ("stale", 0, 0.0)
    ticketing.link(session, desk.front, ticket.reference, "weak", now)
    assert [one.tickets for one in gaps.troubles(session, desk.lead, now)] == [0, 0], "in the end it did answer"
    for flow in (gaps.troubles, gaps.unanswered):
        with pytest.raises(NotAllowedError):
            flow(session, desk.front, now)
