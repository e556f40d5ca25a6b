from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from kb import database
from kb.models import Article, OutboxEvent, Passage, Revision
from kb.passages import cut
from kb.queries import articles as articles_q
from kb.services.publishing import Text, add_revision, amended, publish

LONG = (
    "words that fill a passage so that it stands alone and is not joined with the one before it, again and again. " * 2
)
SECTIONS = {name: f"## {name}\n\n{name} {LONG}" for name in ("Alpha", "Beta", "Gamma", "Delta")}


def body(*names: str) -> Text:
    return Text("Title", "", "\n\n".join(SECTIONS[name] for name in names), "markdown")


@pytest.fixture
def page(session: Session, now: datetime) -> Article:
    made = Article(slug="page", created_at=now, updated_at=now)
    session.add(made)
    session.flush()
    return made


def put(session: Session, page: Article, text: Text, now: datetime) -> dict[str, list[int]]:
    """Publish, and say which numbers the passages under each heading have."""
    publish(session, page, add_revision(session, page, text, now), now)
    session.flush()
    found: dict[str, list[int]] = {}
    for passage in articles_q.passages(session, page.id):
        found.setdefault(passage.heading, []).append(passage.id)
    return found


def held(session: Session, page: Article) -> list[tuple[int, str, str]]:
    return [(p.ordinal, p.heading, p.text_hash) for p in articles_q.passages(session, page.id)]


def test_a_revision_is_not_published_by_writing_it(session: Session, page: Article, now: datetime) -> None:
    revision = add_revision(session, page, body("Alpha"), now, note="first try")
    assert (revision.number, page.published_id) == (1, None)
    assert articles_q.passages(session, page.id) == []
    assert articles_q.published_by_id(session, [page.id]) == {}


def test_publishing_cuts_the_text_and_tells_the_index(session: Session, page: Article, now: datetime) -> None:
    numbers = put(session, page, body("Alpha", "Beta"), now)
    assert list(numbers) == ["Alpha", "Beta"]
    assert [(p.ordinal, p.anchor) for p in articles_q.passages(session, page.id)] == [
        (0, "section-alpha"), (1, "section-beta"),
    ]  # fmt: skip
    assert set(articles_q.published_by_id(session, [page.id])) == {page.id}
    (event,) = session.scalars(select(OutboxEvent))
    assert (event.topic, event.payload) == ("index", {"article": page.id})


def test_a_passage_whose_words_stay_keeps_its_number(session: Session, page: Article, now: datetime) -> None:
    first = put(session, page, body("Alpha", "Beta", "Gamma"), now)
    second = put(session, page, body("Gamma", "Alpha", "Delta"), now)
    assert second["Gamma"] == first["Gamma"]
    assert second["Alpha"] == first["Alpha"]
    assert second["Delta"][0] not in {number for numbers in first.values() for number in numbers}
    assert [heading for _, heading, _ in held(session, page)] == ["Gamma", "Alpha", "Delta"]
    assert session.get(Passage, first["Beta"][0]) is None


def test_the_same_text_again_keeps_every_number(session: Session, page: Article, now: datetime) -> None:
    assert put(session, page, body("Alpha", "Beta"), now) == put(session, page, body("Alpha", "Beta"), now)
    assert [r.number for r in session.scalars(select(Revision).order_by(Revision.number))] == [1, 2]


def test_another_title_is_another_text(session: Session, page: Article, now: datetime) -> None:
    first = put(session, page, body("Alpha"), now)
    text = body("Alpha")
    second = put(session, page, Text("Another title", text.summary, text.body, text.body_format), now)
    assert first["Alpha"] != second["Alpha"]


def test_words_that_stand_twice_in_an_article(session: Session, page: Article, now: datetime) -> None:
    twice = put(session, page, body("Alpha", "Beta", "Alpha"), now)
    assert len(twice["Alpha"]) == 2
    assert [p.ordinal for p in articles_q.passages(session, page.id)] == [0, 1, 2]
    assert put(session, page, body("Alpha", "Beta", "Alpha"), now) == twice
    once = put(session, page, body("Beta", "Alpha"), now)
    assert once["Alpha"][0] in twice["Alpha"]
    again = put(session, page, body("Alpha", "Alpha", "Alpha"), now)
    assert once["Alpha"][0] in again["Alpha"]
    assert len(set(again["Alpha"])) == 3


def test_an_older_revision_can_be_published_again(session: Session, page: Article, now: datetime) -> None:
    old = add_revision(session, page, body("Alpha", "Beta"), now)
    publish(session, page, old, now)
    session.flush()
    before = held(session, page)
    put(session, page, body("Gamma"), now)
    publish(session, page, old, now + timedelta(days=1))
    session.flush()
    assert held(session, page) == before
    assert (page.published_id, page.updated_at) == (old.id, now + timedelta(days=1))


def test_publishing_counts_as_a_change(session: Session, page: Article, now: datetime) -> None:
    revision = add_revision(session, page, body("Alpha"), now)
    publish(session, page, revision, now)
    session.flush()
    version = page.version
    publish(session, page, revision, now)
    session.flush()
    assert page.version == version + 1


def test_an_empty_article_has_one_passage(session: Session, page: Article, now: datetime) -> None:
    put(session, page, Text("Title", "", "", "text"), now)
    assert len(held(session, page)) == 1


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.sampled_from(list(SECTIONS)), max_size=6), min_size=2, max_size=4))
def test_passages_are_those_of_the_published_text_and_no_more_change_than_must(
    any_records: Engine, versions: list[list[str]]
) -> None:
    at = datetime.fromisoformat("2026-11-24T12:00:00+00:00")
    with database.writing(any_records) as session:
        page = Article(slug="page", created_at=at, updated_at=at)
        session.add(page)
        session.flush()
        before: dict[int, str] = {}
        for names in versions:
            text = body(*names)
            put(session, page, text, at)
            drafts = cut(text.title, text.summary, text.body, text.body_format)
            assert held(session, page) == [(d.ordinal, d.heading, d.text_hash) for d in drafts]
            after = {p.id: p.text_hash for p in articles_q.passages(session, page.id)}
            kept = sum((Counter(before.values()) & Counter(after.values())).values())
            assert len(before.keys() & after.keys()) == kept
            assert all(before[number] == after[number] for number in before.keys() & after.keys())
            before = after


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("## Cause\n\nRain.\n\n## Cure\n\nWait.", "## Cause\n\nRain.\n\nSnow.\n\n## Cure\n\nWait."),
        ("## Cure\n\nWait.", "## Cure\n\nWait.\n\n## Cause\n\nSnow."),
    ],
)
def test_a_sentence_goes_into_its_section(text: str, expected: str) -> None:
    revision = Revision(title="t", summary="s", body=text, body_format="markdown")
    assert amended(revision, [("Cause", "Snow.")]) == Text("t", "s", expected, "markdown")
