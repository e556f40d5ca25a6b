from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import Engine as Records
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb import database
from kb.models import Question
from kb.queries import articles as articles_q
from kb.services.completing import complete
from kb.services.indexing import DatabaseSource
from kb.viewers import ANONYMOUS
from search.engine import Engine
from tests.kb.desk_of_people import Desk, article


@pytest.fixture
def shelf(session: Session, records: Records, desk: Desk, engine: Engine, now: datetime) -> Engine:
    article(
        session, now, "reader-does-not-pair", body="## Bluetooth\n\nSwitch the reader off, wait, and pair it again."
    )
    article(session, now, "print-a-receipt", body="Any receipt can be printed again for ninety days.")
    article(session, now, "reader-keys", audience="internal", body="Keys for the reader lie in the safe.")
    article(session, now, "reader-vault", audience="team", team="Vault", body="The vault holds one reader.")
    session.commit()
    engine.index(DatabaseSource(lambda: database.reading(records)))
    return engine


def slugs(session: Session, engine: Engine, text: str, viewer=ANONYMOUS, **asked) -> list[str]:  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN003
    return [completion.slug for completion in complete(session, engine, text, viewer, **asked)]


def test_each_sees_completions_of_what_they_may_read(session: Session, shelf: Engine, desk: Desk) -> None:
    assert slugs(session, shelf, "reade") == ["reader-does-not-pair"]
    assert slugs(session, shelf, "reade", desk.alma) == ["reader-does-not-pair"]
    assert set(slugs(session, shelf, "reade", desk.front)) == {"reader-does-not-pair", "reader-keys"}
    assert set(slugs(session, shelf, "reade", desk.vault)) == {"reader-does-not-pair", "reader-keys", "reader-vault"}


def test_the_title_is_marked_and_the_section_named(session: Session, shelf: Engine) -> None:
    (found,) = complete(session, shelf, "bluet", ANONYMOUS)
    assert (found.heading, found.anchor) == ("Bluetooth", "section-bluetooth")
    (found,) = complete(session, shelf, "redaer ", ANONYMOUS)
    assert found.segments == (("Reader", True), (" does not pair", False))


def test_an_article_that_was_archived_a_moment_ago_is_gone_before_the_next_index_run(
    session: Session, shelf: Engine
) -> None:
    gone = articles_q.by_slug(session, "reader-does-not-pair")
    assert gone is not None
    gone.confidence = "archived"
    session.flush()
    assert slugs(session, shelf, "reade") == []


def test_a_pause_adds_what_is_meant_below_what_is_spelt(session: Session, shelf: Engine, now: datetime) -> None:
    typed = "reader: how do I get another copy of my receipt"
    at_once = slugs(session, shelf, typed, limit=1)
    paused = slugs(session, shelf, typed, limit=3, paused=now)
    assert paused[0] == at_once[0]
    assert len(set(paused)) == len(paused)
    by_meaning = complete(session, shelf, "duplicate of the proof of payment", ANONYMOUS, paused=now)
    assert all(completion.by_meaning for completion in by_meaning if completion.slug == "print-a-receipt")


def test_where_more_than_a_word_was_typed_places_are_kept_for_what_is_meant(
    session: Session, shelf: Engine, desk: Desk
) -> None:
    assert len(slugs(session, shelf, "reader", desk.vault, limit=3)) == 3
    assert len(slugs(session, shelf, "the reader", desk.vault, limit=3)) == 2
    assert len(slugs(session, shelf, "this is a reader", desk.vault, limit=3)) == 2
    assert len(slugs(session, shelf, "a reader", desk.vault, limit=2)) == 2


def test_nothing_typed_completes_to_nothing_and_nothing_is_recorded(
    session: Session, shelf: Engine, now: datetime
) -> None:
    assert slugs(session, shelf, "  \t") == []
    assert slugs(session, shelf, "reader", limit=0) == []
    slugs(session, shelf, "reader that will not pair", paused=now)
    assert session.scalar(select(func.count(Question.id))) == 0


def test_before_the_first_index_run_there_are_none(session: Session, engine: Engine, now: datetime) -> None:
    assert slugs(session, engine, "reader", paused=now) == []
