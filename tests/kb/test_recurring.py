from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import Engine as Records
from sqlalchemy import select
from sqlalchemy.orm import Session

from classifier.clusters import cluster
from kb import database
from kb.errors import ConflictError, NotAllowedError
from kb.models import Question, RecurringIssue, Ticket
from kb.services import editing, recurring, ticketing
from kb.services.indexing import DatabaseSource
from kb.services.recurring import Kind
from kb.services.ticketing import NewTicket
from search.engine import Engine
from tests.kb.desk_of_people import Desk

BLANK = (
    "Labels come out blank", "Label printer prints blank labels", "Blank labels again", "The labels are blank since today",
    "Printer gives blank labels", "All labels blank this morning",
)  # fmt: skip
PAYOUT = (
    "Payout has not arrived", "My payout is missing", "Where is the payout of Monday", "Payout did not come this week",
    "No payout on my bank account", "Payout still missing from the bank",
)  # fmt: skip

OTHERS = (
    "How do I change my name", "Is there a phone app", "The scanner beeps twice", "Cancel my contract", "Invoice in English",
    "Two people on one licence", "Clock is an hour late", "Gift cards for Christmas", "Screen stays black", "Export to the accountant",
    "Table plan for the terrace", "Loyalty points", "Kitchen orders in the wrong order", "New address of the shop",
)  # fmt: skip


def looked_through(session: Session, engine: Engine, kind: Kind, now: datetime) -> int:
    return recurring.keep(session, kind, recurring.gathered(session, engine, cluster, kind, now), now)


@pytest.fixture
def year(session: Session, records: Records, engine: Engine, desk: Desk, now: datetime) -> Desk:
    for number, subject in enumerate((*BLANK, *PAYOUT, *OTHERS)):
        moment = now - timedelta(days=number)
        reference = ticketing.open_ticket(session, desk.alma, NewTicket(subject, f"{subject}. Please help."), moment)
        if subject in BLANK[1:]:
            ticketing.reply(session, desk.front, reference, "Turn the ribbon so that the dull side faces down.", moment)
            ticketing.resolve(session, desk.front, reference, "Ribbon turned.", moment + timedelta(hours=2))
    session.commit()
    engine.index(DatabaseSource(lambda: database.reading(records)))
    return desk


def test_tickets_that_say_the_same_are_one_issue_named_in_their_words(
    session: Session, engine: Engine, year: Desk, now: datetime
) -> None:
    assert looked_through(session, engine, "tickets", now) == 2
    found = {issue.name: issue for issue in recurring.issues(session, year.front)}
    assert set(found) <= {*BLANK, *PAYOUT}
    blank = next(issue for issue in found.values() if issue.name in BLANK)
    payout = next(issue for issue in found.values() if issue.name in PAYOUT)
    assert (blank.size, payout.size) == (6, 6)
    assert (blank.hours, payout.hours) == (10.0, 0.0)
    assert "labels" in blank.terms
    assert len(blank.references) == 5
    assert recurring.issues(session, year.front)[0].name == blank.name
    with pytest.raises(NotAllowedError):
        recurring.issues(session, year.alma)


def test_one_draft_for_all_and_the_next_run_leaves_it(
    session: Session, engine: Engine, year: Desk, now: datetime
) -> None:
    looked_through(session, engine, "tickets", now)
    blank, payout = sorted(recurring.issues(session, year.front), key=lambda issue: issue.name not in BLANK)
    slug = recurring.draft_from(session, year.front, blank.id, now)
    held = editing.editable(session, year.front, slug)
    assert held.title in BLANK
    assert "Turn the ribbon" in held.body
    with pytest.raises(ConflictError, match="solved"):
        recurring.draft_from(session, year.front, payout.id, now)
    looked_through(session, engine, "tickets", now)
    assert slug in {issue.article for issue in recurring.issues(session, year.front)}


def test_questions_without_an_answer_are_gathered_too(
    session: Session, engine: Engine, year: Desk, now: datetime
) -> None:
    for number, subject in enumerate((*BLANK, *PAYOUT, *OTHERS)):
        session.add(Question(surface="help centre", redacted=subject, answered=False, at=now, key=f"key-{number}"))
    session.add(Question(surface="help centre", redacted=BLANK[0], answered=True, at=now, key="answered"))
    solved = session.scalars(select(Ticket).where(Ticket.subject == BLANK[1])).one()
    for question in session.scalars(select(Question).where(Question.redacted.in_(BLANK[1:3]))):
        question.ticket_id = solved.id
    session.flush()
    looked_through(session, engine, "questions", now)
    found = recurring.issues(session, year.front, "questions")
    assert [(issue.kind, issue.size, issue.references) for issue in found] == [("questions", 6, ())] * 2
    assert [issue.hours for issue in found] == [2.0, 0.0], "a ticket was waited for once, however often it was asked"


def test_a_removed_ticket_is_gone_from_its_issue(session: Session, engine: Engine, year: Desk, now: datetime) -> None:
    looked_through(session, engine, "tickets", now)
    for ticket in session.scalars(select(Ticket)).all():
        session.delete(ticket)
    session.flush()
    assert {issue.references for issue in recurring.issues(session, year.lead)} == {()}
    assert looked_through(session, engine, "tickets", now) == 0
    assert session.scalars(select(RecurringIssue)).all() == []


def test_few_and_unlike_texts_are_no_cluster() -> None:
    random = np.random.default_rng(0)
    assert cluster(np.zeros((0, 384), np.float32)).tolist() == []
    assert cluster(np.ones((3, 384), np.float32)).tolist() == [-1, -1, -1]
    middles = random.normal(size=(3, 384))
    sizes = (9, 30, 12)
    near = [middle + random.normal(scale=0.3, size=(n, 384)) for middle, n in zip(middles, sizes, strict=True)]
    rows = np.concatenate([*near, random.normal(size=(40, 384))]).astype(np.float32)
    labels = cluster(rows / np.linalg.norm(rows, axis=1, keepdims=True))
    assert [set(labels[a:b].tolist()) for a, b in ((0, 9), (9, 39), (39, 51))] == [{2}, {0}, {1}]
    assert (labels[51:] == -1).mean() > 0.5
