from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from kb import database
from kb.models import Article, Passage
from kb.queries import articles as articles_q
from kb.records import ArticleRecord, TicketRecord
from kb.services.asking import Asked, ask
from kb.services.completing import complete
from kb.services.importing import import_article, import_ticket
from kb.services.indexing import DatabaseSource
from kb.services.publishing import Text, add_revision, publish
from kb.viewers import ANONYMOUS, SYSTEM, Viewer
from search.contract import Stamp
from search.engine import Engine as Search

LEAD = Viewer(role="lead", account_id=1, name="lead")
LONG = (
    " so that it stands alone and is not joined with the one before it, as short passages of an article would be." * 2
)
SECRETS = "Write to mara.quill@example.org or call +1 214 555 1234."


def page(slug: str, words: str, **known: object) -> ArticleRecord:
    return ArticleRecord(slug, slug.replace("-", " ").capitalize(), words, **known)  # type: ignore[arg-type]


def reading(records: Engine) -> Callable[[], AbstractContextManager[Session]]:
    return lambda: database.reading(records)


@pytest.fixture
def source(any_records: Engine, now: datetime) -> DatabaseSource:
    """Three articles, one of them for a team, and three tickets, one of them open."""
    with database.writing(any_records) as session:
        import_article(
            session, page("refunds", f"Open the payment. {SECRETS}", products=("Till",), topics=("Money",)), now
        )
        import_article(session, page("night-shift", "Only the vault may.", audience="team", team="Vault"), now)
        import_article(session, page("inside", "For us.", audience="internal"), now)
        import_ticket(
            session, TicketRecord("T-1", "Money back", f"Please. {SECRETS}", product="Till", resolution="Done."), now
        )
        import_ticket(session, TicketRecord("T-2", "Still open", "Nobody answered."), now)
        import_ticket(session, TicketRecord("T-3", "Black screen", "", escalated=True), now)
        session.commit()
    return DatabaseSource(reading(any_records))


def change(records: Engine, slug: str, **values: object) -> None:
    with database.writing(records) as session:
        session.execute(update(Article).where(Article.slug == slug).values(**values))
        session.commit()


def by_id(stamps: list[Stamp]) -> dict[int, Stamp]:
    return {stamp.id: stamp for stamp in stamps}


def test_every_published_passage_has_a_stamp_and_a_document(source: DatabaseSource) -> None:
    stamps = source.passage_stamps()
    documents = source.passages([stamp.id for stamp in stamps])
    assert {document.passage_id for document in documents} == {stamp.id for stamp in stamps}
    assert {document.title.redacted: document.audience.partition(":")[0] for document in documents} == {
        "Refunds": "public", "Night shift": "team", "Inside": "internal",
    }  # fmt: skip
    (refunds,) = [document for document in documents if document.title.redacted == "Refunds"]
    assert (refunds.products, refunds.topics) == (("Till",), ("Money",))


def test_nothing_personal_leaves(source: DatabaseSource) -> None:
    passages = source.passages([stamp.id for stamp in source.passage_stamps()])
    cases = source.cases([stamp.id for stamp in source.case_stamps()])
    said = " ".join([*(p.body.redacted for p in passages), *(c.body.redacted for c in cases)])
    assert said.count("[email]") == said.count("[phone]") == 2
    assert "quill" not in said
    assert "555" not in said


def test_only_solved_tickets_are_remembered(source: DatabaseSource) -> None:
    stamps = source.case_stamps()
    cases = source.cases([stamp.id for stamp in stamps])
    assert {case.subject.redacted for case in cases} == {"Money back", "Black screen"}
    assert {case.product for case in cases} == {"Till", ""}


def test_what_is_not_there_is_left_out(source: DatabaseSource) -> None:
    assert source.passages([999]) == []
    assert source.cases([999]) == []
    assert source.passages([]) == []


@pytest.mark.parametrize(
    "values", [{"audience": "internal"}, {"products": ["Reader"]}, {"topics": []}], ids=["audience", "product", "topic"]
)
def test_a_changed_facet_is_metadata_only(
    any_records: Engine, source: DatabaseSource, values: dict[str, object]
) -> None:
    before = by_id(list(source.passage_stamps()))
    change(any_records, "refunds", **values)
    after = by_id(list(source.passage_stamps()))
    changed = {number for number in before if before[number] != after[number]}
    assert len(changed) == 1
    assert all(before[number].text_hash == after[number].text_hash for number in before)


@pytest.mark.parametrize("values", [{"confidence": "archived"}, {"published_id": None}], ids=["archived", "withdrawn"])
def test_what_may_not_be_found_has_neither_stamp_nor_document(
    any_records: Engine, source: DatabaseSource, values: dict[str, object]
) -> None:
    before = [stamp.id for stamp in source.passage_stamps()]
    change(any_records, "refunds", **values)
    assert len(source.passage_stamps()) == 2
    assert {document.title.redacted for document in source.passages(before)} == {"Night shift", "Inside"}


def test_a_draft_beside_the_published_text_is_not_read(
    any_records: Engine, source: DatabaseSource, now: datetime
) -> None:
    before = list(source.passage_stamps())
    with database.writing(any_records) as session:
        found = articles_q.by_slug(session, "refunds")
        assert found is not None
        add_revision(session, found, Text("Draft title", "", "Draft words.", "text"), now)
        session.commit()
    assert list(source.passage_stamps()) == before
    said = [document.title.redacted for document in source.passages([stamp.id for stamp in before])]
    assert "Draft title" not in said


def test_an_edit_changes_the_stamps_of_what_changed(any_records: Engine, now: datetime) -> None:
    source = DatabaseSource(reading(any_records))
    with database.writing(any_records) as session:
        import_article(session, page("two", f"## One\n\nFirst{LONG}\n\n## Two\n\nSecond{LONG}"), now)
        session.commit()
    first, second = source.passage_stamps()
    with database.writing(any_records) as session:
        import_article(session, page("two", f"## One\n\nFirst{LONG}\n\n## Two\n\nOther{LONG}"), now)
        session.commit()
    kept, fresh = source.passage_stamps()
    assert kept == first
    assert fresh.id != second.id
    assert fresh.text_hash != second.text_hash


# From here on the index is a real one, on SQLite alone: what it reads was compared on both above.


@pytest.fixture
def searched(records: Engine, engine: Search, now: datetime) -> Search:
    with database.writing(records) as session:
        import_article(session, page("refunds", f"## Card\n\nOpen the payment and choose refund{LONG}"), now)
        import_article(
            session,
            page("vault-code", f"## Safe\n\nThe zirconium code opens the vault{LONG}", audience="internal"),
            now,
        )
        import_ticket(session, TicketRecord("T-1", "Customer wants money back", "", articles=("refunds",)), now)
        session.commit()
    engine.index(DatabaseSource(reading(records)))
    return engine


def shown(records: Engine, search: Search, words: str, viewer: Viewer, now: datetime) -> dict[str, str]:
    with database.reading(records) as session:
        answer = ask(session, search, Asked(words), viewer, now, record=False)
    return {hit.slug: f"{hit.heading} {hit.passage}" for hit in answer.hits}


def test_index_and_database_agree(records: Engine, searched: Search, now: datetime) -> None:
    source = DatabaseSource(reading(records))
    assert searched.check(source).clean
    change(records, "refunds", audience="internal")
    assert len(searched.check(source).stale) == 1
    assert (searched.index(source).updated, searched.check(source).clean) == (1, True)
    change(records, "refunds", confidence="archived")
    assert len(searched.check(source).orphaned) == 1
    with database.writing(records) as session:
        import_article(session, page("new", "Zirconium."), now)
        session.commit()
    assert len(searched.check(source).missing) == 1


@pytest.mark.parametrize("values", [{"audience": "internal"}, {"confidence": "archived"}, {"published_id": None}])
def test_an_index_that_is_behind_shows_nothing_it_may_not(
    records: Engine, searched: Search, now: datetime, values: dict[str, object]
) -> None:
    assert "refunds" in shown(records, searched, "how do I refund a payment", ANONYMOUS, now)
    change(records, "refunds", **values)
    assert shown(records, searched, "how do I refund a payment", ANONYMOUS, now) == {}


def test_a_number_that_came_to_mean_another_articles_passage_does_not_show_it(
    records: Engine, searched: Search, now: datetime
) -> None:
    """As after a restore, where the index of one day meets the records of another."""
    with database.writing(records) as session:
        refunds, vault = (articles_q.by_slug(session, slug) for slug in ("refunds", "vault-code"))
        assert refunds is not None
        assert vault is not None
        session.execute(
            update(Passage)
            .where(Passage.article_id == refunds.id)
            .values(article_id=vault.id, ordinal=7, text="The code is 4711.")
        )
        session.commit()
    seen = shown(records, searched, "how do I refund a payment", ANONYMOUS, now)
    assert list(seen) == ["refunds"]
    assert "4711" not in seen["refunds"]
    with database.reading(records) as session:
        typed = complete(session, searched, "refun", ANONYMOUS)
    assert [(completion.slug, completion.heading) for completion in typed] == [("refunds", "")]


def test_staff_find_what_customers_do_not(records: Engine, searched: Search, now: datetime) -> None:
    words = "zirconium code of the vault"
    assert "vault-code" not in shown(records, searched, words, ANONYMOUS, now)
    assert "zirconium" in shown(records, searched, words, LEAD, now)["vault-code"]


def test_a_link_made_a_moment_ago_already_counts(records: Engine, searched: Search, now: datetime) -> None:
    with database.writing(records) as session:
        import_article(session, page("unlike", "Nothing in common."), now)
        session.commit()
    searched.index(DatabaseSource(reading(records)))
    with database.writing(records) as session:
        linked = TicketRecord("T-1", "Customer wants money back", "", articles=("refunds", "unlike"))
        import_ticket(session, linked, now + timedelta(days=1))
        session.commit()
        asked = Asked("the customer wants his money back")
        answer = ask(session, searched, asked, SYSTEM, now, record=False)
        told = ask(session, searched, asked, ANONYMOUS, now, record=False)
    assert {hit.slug: hit.solved_similar for hit in answer.hits}["unlike"] == 1
    assert {hit.solved_similar for hit in told.hits} == {0}, "one ticket could be traced"


def test_publishing_a_draft_makes_it_found(records: Engine, searched: Search, now: datetime) -> None:
    with database.writing(records) as session:
        found = articles_q.by_slug(session, "refunds")
        assert found is not None
        publish(
            session, found, add_revision(session, found, Text("Refunds", "", "Ask for obsidian.", "text"), now), now
        )
        session.commit()
    searched.index(DatabaseSource(reading(records)))
    assert "obsidian" in shown(records, searched, "obsidian", ANONYMOUS, now)["refunds"]
