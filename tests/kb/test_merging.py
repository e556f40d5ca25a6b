from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import Engine as Records
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import database
from kb.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from kb.models import Article, ArticleVote, Link, Ticket
from kb.services import editing, merging, reading
from kb.services.indexing import DatabaseSource
from search.engine import Engine
from tests.kb.desk_of_people import Desk, article, solved

RIBBON = (
    "Labels that come out of the label printer with nothing on them mean that its ribbon is the wrong way round. Open the "
    "cover of the label printer and turn the ribbon so that its dull side faces down."
)


@pytest.fixture
def twins(session: Session, desk: Desk, now: datetime) -> Desk:
    article(session, now, "blank-labels", body=RIBBON)
    article(session, now, "labels-are-blank", body=f"{RIBBON} Then print a test.")
    article(session, now, "wifi", body="Restart the router and wait for three minutes before you try again.")
    article(session, now, "inner-wifi", body="The router's own password is in the safe.", audience="internal")
    solved(session, now, "t1", articles=("blank-labels",))
    solved(session, now, "t2", articles=("labels-are-blank",))
    solved(session, now, "t3", articles=("blank-labels", "labels-are-blank"))
    for slug, voter, helpful in (
        ("blank-labels", "a", True),
        ("labels-are-blank", "a", False),
        ("labels-are-blank", "b", True),
    ):
        reading.vote(session, desk.alma, slug, voter, now, helpful=helpful)
    return desk


def test_links_and_votes_go_along_and_nobody_counts_twice(session: Session, twins: Desk, now: datetime) -> None:
    merging.merge(session, twins.lead, "blank-labels", "labels-are-blank", now)
    keep = session.scalars(select(Article).where(Article.slug == "blank-labels")).one()
    assert [link.article_id for link in session.scalars(select(Link))] == [keep.id] * 3
    votes = session.scalars(select(ArticleVote).order_by(ArticleVote.id)).all()
    assert [(vote.article_id, vote.helpful) for vote in votes] == [(keep.id, True), (keep.id, True)]


def test_the_other_is_archived_with_its_history_and_its_address_leads_on(
    session: Session, twins: Desk, now: datetime
) -> None:
    merging.merge(session, twins.lead, "blank-labels", "labels-are-blank", now)
    with pytest.raises(NotFoundError):
        reading.article(session, twins.alma, "labels-are-blank")
    assert merging.successor(session, twins.alma, "labels-are-blank") == "blank-labels"
    assert merging.successor(session, twins.alma, "wifi") is None
    assert "print a test" in editing.editable(session, twins.lead, "labels-are-blank").body
    merging.merge(session, twins.lead, "wifi", "blank-labels", now)
    assert merging.successor(session, twins.alma, "labels-are-blank") == "wifi"


def test_a_link_that_is_brought_in_later_goes_to_the_one_that_stayed(
    session: Session, twins: Desk, now: datetime
) -> None:
    merging.merge(session, twins.lead, "blank-labels", "labels-are-blank", now)
    solved(session, now, "t4", articles=("labels-are-blank", "blank-labels"))
    keep = session.scalars(select(Article).where(Article.slug == "blank-labels")).one()
    late = session.scalars(select(Link).join(Ticket, Ticket.id == Link.ticket_id).where(Ticket.reference == "t4")).all()
    assert [link.article_id for link in late] == [keep.id]


def test_what_would_hide_or_lose_something_is_refused(session: Session, twins: Desk, now: datetime) -> None:
    with pytest.raises(NotAllowedError):
        merging.merge(session, twins.front, "wifi", "blank-labels", now)
    with pytest.raises(InvalidError):
        merging.merge(session, twins.lead, "wifi", "wifi", now)
    with pytest.raises(ConflictError, match="fewer people"):
        merging.merge(session, twins.lead, "inner-wifi", "wifi", now)
    merging.merge(session, twins.lead, "wifi", "inner-wifi", now)
    assert merging.successor(session, twins.alma, "inner-wifi") == "wifi"
    with pytest.raises(ConflictError, match="published"):
        merging.merge(session, twins.lead, "inner-wifi", "blank-labels", now)


def test_twins_are_listed_for_those_who_may_read_both(
    session: Session, records: Records, engine: Engine, twins: Desk
) -> None:
    session.commit()
    assert merging.duplicates(session, engine, twins.front) == (), "nothing was indexed yet"
    engine.index(DatabaseSource(lambda: database.reading(records)))
    pairs = merging.duplicates(session, engine, twins.front)
    assert [(pair.left, pair.right) for pair in pairs] == [("blank-labels", "labels-are-blank")]
    with pytest.raises(NotAllowedError):
        merging.duplicates(session, engine, twins.alma)
