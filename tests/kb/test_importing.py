from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from kb import database
from kb.models import Article, Link, OutboxEvent, Passage, PendingLink, Revision, Team, Ticket
from kb.queries import articles as articles_q
from kb.queries import tickets as tickets_q
from kb.records import ArticleRecord, TicketRecord, article_record, ticket_record
from kb.services.importing import import_article, import_ticket
from kb.services.publishing import Text, add_revision, publish
from tests.search.poison import POISON

REFUNDS = ArticleRecord(
    "refunds", "Refunds", "## How\n\nOpen the payment.\n\n## When\n\nIn five days.", products=("Till",)
)
ASKED = TicketRecord("T-1", "Money back", "Where is it?", articles=("refunds",), team="Front", escalated=True)


def article(session: Session, slug: str = "refunds") -> Article:
    found = articles_q.by_slug(session, slug)
    assert found is not None
    return found


def ticket(session: Session, reference: str = "T-1") -> Ticket:
    found = tickets_q.by_reference(session, reference)
    assert found is not None
    return found


def everything(session: Session) -> list[tuple[Any, ...]]:
    """What the database holds, to compare with later."""
    columns = (
        select(Article.slug, Article.version, Article.published_id, Article.updated_at),
        select(Revision.id, Revision.number), select(Passage.id, Passage.ordinal, Passage.text_hash),
        select(Ticket.reference, Ticket.version, Ticket.created_at, Ticket.status), select(Link.id, Link.ticket_id, Link.at),
        select(PendingLink.slug), select(Team.name), select(OutboxEvent.id),
    )  # fmt: skip
    return [tuple(row) for statement in columns for row in session.execute(statement)]


def test_the_same_rows_again_change_nothing(any_records: Engine, now: datetime) -> None:
    with database.writing(any_records) as session:
        assert import_article(session, REFUNDS, now) == "created"
        assert import_ticket(session, ASKED, now) == "created"
        session.commit()
        before = everything(session)
    for later in (now, now + timedelta(days=400)):
        with database.writing(any_records) as session:
            assert import_article(session, REFUNDS, later) == "unchanged"
            assert import_ticket(session, ASKED, later) == "unchanged"
            session.commit()
            assert everything(session) == before


def test_an_article_is_published_as_it_comes(session: Session, now: datetime) -> None:
    changed = now - timedelta(days=90)
    record = ArticleRecord(
        "refunds", "Refunds", "<p>Open the payment.</p>", summary="How money goes back", products=("Till", "Reader"),
        topics=("Money",), audience="team", team="Vault", updated_at=changed, url="https://help.example/refunds",
    )  # fmt: skip
    import_article(session, record, now, demo=True)
    found = article(session)
    assert (found.products, found.topics, found.audience, found.url) == (
        ["Till", "Reader"], ["Money"], "team", "https://help.example/refunds",
    )  # fmt: skip
    assert (found.updated_at, found.created_at, found.demo, found.confidence) == (changed, changed, True, "validated")
    revision = articles_q.revision(session, found.published_id)
    assert revision is not None
    assert (revision.number, revision.body_format, revision.note) == (1, "html", "imported")
    assert session.get_one(Team, found.team_id).name == "Vault"
    (passage,) = articles_q.passages(session, found.id)
    assert passage.text == "How money goes back\nOpen the payment."


def test_a_changed_article_is_the_next_revision(session: Session, now: datetime) -> None:
    import_article(session, REFUNDS, now)
    changed = ArticleRecord("refunds", "Refunds", "## How\n\nOpen the payment.\n\n## When\n\nIn two days.")
    assert import_article(session, changed, now + timedelta(days=1)) == "updated"
    found = article(session)
    assert (found.products, found.updated_at) == ([], now + timedelta(days=1))
    assert [r.number for r in session.scalars(select(Revision).order_by(Revision.number))] == [1, 2]
    assert "two days" in articles_q.passages(session, found.id)[-1].text


def test_what_people_wrote_since_is_not_overwritten_by_the_same_row(session: Session, now: datetime) -> None:
    import_article(session, REFUNDS, now)
    found = article(session)
    revision = add_revision(session, found, Text("Refunds", "", "Better words.", "text"), now)
    publish(session, found, revision, now)
    assert import_article(session, REFUNDS, now + timedelta(days=1)) == "unchanged"
    assert [passage.text for passage in articles_q.passages(session, found.id)] == ["Better words."]


def test_one_slug_twice_in_a_file_is_one_article(session: Session, now: datetime) -> None:
    import_article(session, REFUNDS, now)
    other = ArticleRecord("refunds", "Refunds", "Other words.")
    assert [import_article(session, record, now) for record in (other, REFUNDS)] == ["updated", "updated"]
    assert session.scalar(select(func.count(Article.id))) == 1


def test_a_link_waits_for_its_article(any_records: Engine, now: datetime) -> None:
    solved = now - timedelta(days=30)
    record = TicketRecord("T-1", "Money back", "", created_at=solved, articles=("refunds", "later", "refunds"))
    with database.writing(any_records) as session:
        import_article(session, REFUNDS, now)
        import_ticket(session, record, now)
        session.commit()
        number = ticket(session).id
        assert [link.article_id for link in tickets_q.links(session, number)] == [article(session).id]
        assert [pending.slug for pending in tickets_q.pending_links_of(session, number)] == ["later"]
    with database.writing(any_records) as session:
        import_article(session, ArticleRecord("later", "Later", "Here it is."), now)
        session.commit()
        linked = {link.article_id for link in tickets_q.links(session, number)}
        assert linked == {article(session).id, article(session, "later").id}
        assert tickets_q.pending_links_of(session, number) == []
        assert import_ticket(session, record, now) == "unchanged"


def test_a_corrected_ticket_gains_what_it_lacked(session: Session, now: datetime) -> None:
    import_article(session, REFUNDS, now)
    import_ticket(session, TicketRecord("T-1", "Money back", "", created_at=now), now)
    assert ticket(session).status == "open"
    corrected = TicketRecord("T-1", "Money back", "", created_at=now, articles=("refunds", "later"), level="L2")
    assert import_ticket(session, corrected, now) == "updated"
    again = TicketRecord("T-1", "Money back", "", created_at=now, articles=("refunds", "later"), level="L3")
    assert import_ticket(session, again, now) == "updated"
    found = ticket(session)
    assert (found.status, found.level) == ("resolved", "L3")
    assert len(tickets_q.links(session, found.id)) == len(tickets_q.pending_links_of(session, found.id)) == 1


@pytest.mark.parametrize(
    ("known", "status"),
    [
        ({}, "open"),
        ({"escalated": False}, "resolved"),
        ({"team": "Front"}, "resolved"),
        ({"level": "L2"}, "resolved"),
        ({"resolution": "Turned off and on."}, "resolved"),
        ({"articles": ("refunds",)}, "resolved"),
    ],
)
def test_a_ticket_is_solved_where_history_says_how_it_ended(
    session: Session, now: datetime, known: dict[str, Any], status: str
) -> None:
    import_ticket(session, TicketRecord("T-1", "Money back", "", **known), now)
    assert ticket(session).status == status


def test_a_ticket_without_a_date_is_dated_by_its_first_import_only(session: Session, now: datetime) -> None:
    import_ticket(session, TicketRecord("T-1", "Money back", ""), now)
    import_ticket(session, TicketRecord("T-1", "Money back please", ""), now + timedelta(days=9))
    assert (ticket(session).created_at, ticket(session).dated) == (now, False)
    import_ticket(session, TicketRecord("T-1", "Money back", "", created_at=now - timedelta(days=3)), now)
    assert (ticket(session).created_at, ticket(session).dated) == (now - timedelta(days=3), True)


def test_a_team_is_made_once(session: Session, now: datetime) -> None:
    import_ticket(session, ASKED, now)
    import_ticket(session, TicketRecord("T-2", "Another", "", team="Front"), now)
    import_article(session, ArticleRecord("inside", "Inside", "Words.", audience="team", team="Front"), now)
    (team,) = session.scalars(select(Team))
    assert {ticket(session).team_id, ticket(session, "T-2").team_id, article(session, "inside").team_id} == {team.id}


def test_each_change_leaves_an_errand_for_the_index(session: Session, now: datetime) -> None:
    import_article(session, REFUNDS, now)
    import_ticket(session, ASKED, now)
    import_article(session, REFUNDS, now)
    import_ticket(session, ASKED, now)
    errands = session.execute(select(OutboxEvent.topic, OutboxEvent.payload).order_by(OutboxEvent.id)).all()
    assert [tuple(row) for row in errands] == [
        ("index", {"article": article(session).id}), ("index", {"ticket": ticket(session).id}),
    ]  # fmt: skip


@pytest.mark.parametrize("name", POISON)
def test_whatever_a_row_holds_it_comes_in_and_comes_again(any_records: Engine, now: datetime, name: str) -> None:
    words = POISON[name]
    page = article_record({"slug": "poison", "title": "Poison", "body": words, "summary": words[:400]})
    asked = ticket_record(
        {"id": "T-1", "subject": f"Poison {words}", "body": words, "resolution": words, "articles": ["poison"]}
    )
    with database.writing(any_records) as session:
        assert import_article(session, page, now) == "created"
        assert import_ticket(session, asked, now) == "created"
        session.commit()
        assert import_article(session, page, now) == "unchanged"
        assert import_ticket(session, asked, now) == "unchanged"
        assert articles_q.passages(session, article(session, "poison").id)


def test_a_dry_run_leaves_no_trace(any_records: Engine, now: datetime) -> None:
    with database.writing(any_records) as session:
        import_article(session, REFUNDS, now)
        import_ticket(session, ASKED, now)
        session.rollback()
    with database.reading(any_records) as session:
        assert everything(session) == []
