from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine as Records
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import database
from kb.errors import InvalidError, NotAllowedError, NotFoundError
from kb.models import Question
from kb.services import synonyms
from kb.services.asking import Asked, ask
from kb.services.completing import complete
from kb.services.gaps import SMALL
from kb.services.indexing import DatabaseSource
from kb.synonyms import also, plain, replaced
from kb.viewers import ANONYMOUS, Viewer
from search.engine import Engine
from tests.kb.desk_of_people import Desk, article

WIRELESS = ("Wi-Fi", "wireless network", "WLAN")


@pytest.mark.parametrize(
    ("text", "added"),
    [
        ("my wlan is slow", ("Wi-Fi", "wireless network")),
        ("my WI-FI is slow", ("wireless network", "WLAN")),
        ("the wireless   network is gone", ("Wi-Fi", "WLAN")),
        ("a wireless mouse and a network", ()),
        ("wlans", ()),
        ("wlan or wi fi", ("wireless network",)),
        ("", ()),
    ],
)
def test_a_phrase_brings_the_others_of_its_group(text: str, added: tuple[str, ...]) -> None:
    assert also(text, [WIRELESS, ("reader", "terminal")]) == added


def test_marks_and_accents_do_not_matter() -> None:
    assert plain(" Wi-Fi  Café ") == "wi fi cafe"


@pytest.mark.parametrize(
    ("before", "after", "pair"),
    [
        ("terminal is offline", "card reader is offline", ("terminal", "card reader")),
        ("how do i cancel my plan", "how do i terminate my plan", ("cancel", "terminate")),
        ("print the bon", "print a receipt", ("bon", "receipt")),
        ("terminal", "reader", None),
        ("card reder offline", "card reader offline", None),
        ("wi-fi slow", "wifi slow", None),
        ("reader offline", "reader offline again", None),
        ("print a receipt", "close the day", None),
        ("one two three four end", "five six seven eight end", None),
        ("", "", None),
        ("a b", "a b", None),
    ],
)
def test_only_one_phrase_in_anothers_place_is_a_synonym(before: str, after: str, pair: object) -> None:
    assert replaced(before, after, SMALL) == pair


@pytest.fixture
def shelf(session: Session, records: Records, desk: Desk, engine: Engine, now: datetime) -> Engine:
    article(session, now, "pair-the-reader", body="Switch the card reader off, wait, and pair it again.")
    article(session, now, "print-a-receipt", body="Any receipt can be printed again for ninety days.")
    session.commit()
    engine.index(DatabaseSource(lambda: database.reading(records)))
    return engine


def test_what_a_lead_saved_is_found_at_once_by_search_and_while_typing(
    session: Session, shelf: Engine, desk: Desk, now: datetime
) -> None:
    def lexical(question: str) -> set[int]:
        answer = ask(session, shelf, Asked(question), ANONYMOUS, now, record=False)
        assert answer.candidates is not None
        return {score.article_id for score in answer.candidates.lexical}

    assert lexical("zapper") == set()
    assert complete(session, shelf, "zapp", ANONYMOUS) == []
    saved = synonyms.save(session, desk.lead, ["zapper", "card reader"], now)
    assert len(lexical("zapper")) == 1
    assert [c.slug for c in complete(session, shelf, "zapper", ANONYMOUS)] == ["pair-the-reader"]
    synonyms.remove(session, desk.lead, saved.id, now)
    assert lexical("zapper") == set()


def test_groups_that_share_a_word_become_one(session: Session, desk: Desk, now: datetime) -> None:
    first = synonyms.save(session, desk.lead, ["Wi-Fi", " WLAN ", "wlan"], now)
    assert first.words == ("Wi-Fi", "wlan")
    joined = synonyms.save(session, desk.lead, ["wireless", "wi fi"], now)
    assert set(joined.words) == {"wi fi", "wlan", "wireless"}
    assert [group.id for group in synonyms.listed(session, desk.lead)] == [joined.id]
    changed = synonyms.save(session, desk.lead, ["wireless", "radio"], now, joined.id)
    assert changed.words == ("wireless", "radio")


@pytest.mark.parametrize(
    "words", [[], ["one"], ["one", "ONE "], ["one", "?"], ["x" * 61, "y"], [str(n) for n in range(21)]]
)
def test_words_that_make_no_group_are_refused(session: Session, desk: Desk, now: datetime, words: list[str]) -> None:
    with pytest.raises(InvalidError):
        synonyms.save(session, desk.lead, words, now)
    with pytest.raises(InvalidError):
        synonyms.decline(session, desk.lead, words, now)


def test_only_leads_decide(session: Session, desk: Desk, now: datetime) -> None:
    for viewer in (ANONYMOUS, desk.alma, desk.front):
        with pytest.raises(NotAllowedError):
            synonyms.save(session, viewer, ["a1", "b1"], now)
        with pytest.raises(NotAllowedError):
            synonyms.proposals(session, viewer, now)
    with pytest.raises(NotFoundError):
        synonyms.remove(session, desk.lead, 99, now)


def search(
    session: Session, engine: Engine, words: str, viewer: Viewer, now: datetime, *, answered: bool, after: str = ""
) -> str:
    key = ask(session, engine, Asked(words, after=after), viewer, now).question_key
    question = session.scalars(select(Question).where(Question.key == key)).one()
    # Whether it found something is not what these tests are about.
    question.answered = answered
    session.flush()
    return key


def rephrase(
    session: Session, engine: Engine, viewer: Viewer, now: datetime, *, key: bool = False, minutes: float = 1
) -> None:
    first = search(session, engine, "the zapper is offline", viewer, now, answered=False)
    later = now + timedelta(minutes=minutes)
    search(session, engine, "the card reader is offline", viewer, later, answered=True, after=first if key else "")


def test_what_two_people_rephrased_alike_is_proposed(
    session: Session, shelf: Engine, desk: Desk, now: datetime
) -> None:
    rephrase(session, shelf, desk.alma, now)
    assert synonyms.proposals(session, desk.lead, now) == ()
    rephrase(session, shelf, desk.alma, now + timedelta(hours=1))
    assert synonyms.proposals(session, desk.lead, now) == ()
    rephrase(session, shelf, ANONYMOUS, now, key=True)
    assert synonyms.proposals(session, desk.lead, now) == (
        synonyms.Proposal(("card reader", "zapper"), people=2, times=3),
    )


def test_searches_far_apart_or_of_different_people_are_not_taken_together(
    session: Session, shelf: Engine, desk: Desk, now: datetime
) -> None:
    rephrase(session, shelf, ANONYMOUS, now)
    rephrase(session, shelf, desk.alma, now, minutes=30)
    key = search(session, shelf, "the zapper is offline", desk.bert, now, answered=False)
    search(session, shelf, "the card reader is offline", ANONYMOUS, now, answered=True, after=key)
    assert session.scalars(select(Question).where(Question.after_id.is_not(None))).all() == []


@pytest.mark.parametrize("decision", ["save", "decline"])
def test_what_was_decided_is_not_proposed_again(
    session: Session, shelf: Engine, desk: Desk, now: datetime, decision: str
) -> None:
    rephrase(session, shelf, desk.alma, now)
    rephrase(session, shelf, desk.bert, now)
    (proposal,) = synonyms.proposals(session, desk.lead, now)
    getattr(synonyms, decision)(session, desk.lead, proposal.words, now)
    assert synonyms.proposals(session, desk.lead, now) == ()
    assert bool(synonyms.listed(session, desk.lead)) is (decision == "save")


def test_a_search_that_found_something_at_once_proposes_nothing(
    session: Session, shelf: Engine, desk: Desk, now: datetime
) -> None:
    for viewer in (desk.alma, desk.bert):
        search(session, shelf, "the zapper is offline", viewer, now, answered=True)
        search(session, shelf, "the card reader is offline", viewer, now, answered=True)
    assert synonyms.proposals(session, desk.lead, now) == ()
