"""Damage as the people at the desk meet it: a note, an answer all the same, and a worker that mends it unasked."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from kb.services.asking import Answer, Asked, ask
from kb.services.completing import complete
from kb.viewers import ANONYMOUS
from search.gathering import MEANING_ONLY, NO_MEMORY, WORDS_ONLY
from tests.kb.desk_of_people import article, solved
from tests.search.poison import POISON
from web.desk import Desk
from web.settings import Settings
from web.worker import Worker


@pytest.fixture
def desk(ready_home: Path, now: datetime) -> Desk:
    made = Desk(Settings(home=ready_home, index_threads=1))
    with made.writing() as session:
        article(session, now, "print-a-receipt", body="Any receipt can be printed again for ninety days.")
        article(session, now, "pair-the-reader", body="Switch the reader off, wait, and pair it again.")
        solved(session, now, "T1", articles=("print-a-receipt",))
        session.commit()
    made.search.index(made.source)
    return made


def started_again(desk: Desk) -> Desk:
    return Desk(desk.settings)


def asked(desk: Desk, question: str, now: datetime) -> Answer:
    with desk.reading() as session:
        return ask(session, desk.search, Asked(question), ANONYMOUS, now, record=False)


def generation(desk: Desk) -> Path:
    return desk.settings.home / "index" / "generations" / str(desk.search.generation)


def flip(path: Path) -> None:
    """In its place: what serves still has the file before its eyes, and a shorter one would be the end of the process."""
    place = path.stat().st_size // 2
    with path.open("r+b") as file:
        file.seek(place)
        (byte,) = file.read(1)
        file.seek(place)
        file.write(bytes([byte ^ 1]))


@pytest.mark.parametrize(
    ("pattern", "note"),
    [("passages.vectors", WORDS_ONLY), ("cases.vectors", NO_MEMORY), ("lexical/*.term", MEANING_ONLY)],
)
def test_one_flipped_bit_is_said_and_the_worker_mends_it(desk: Desk, now: datetime, pattern: str, note: str) -> None:
    for path in generation(desk).glob(pattern):
        flip(path)
    harmed = started_again(desk)
    answer = asked(harmed, "print my receipt again", now)
    assert answer.note == note
    assert answer.hits[0].slug == "print-a-receipt"
    Worker(harmed).round()
    mended = asked(harmed, "print my receipt again", now)
    assert mended.note == ""
    assert mended.hits[0].slug == "print-a-receipt"
    assert harmed.search.check(harmed.source).clean


def test_completing_needs_no_meaning_and_without_words_it_waits_for_the_pause(desk: Desk, now: datetime) -> None:
    for path in generation(desk).glob("lexical/*.term"):
        flip(path)
    harmed = started_again(desk)
    with harmed.reading() as session:
        assert complete(session, harmed.search, "print my receipt", ANONYMOUS) == []
        (first, *_) = complete(session, harmed.search, "print my receipt", ANONYMOUS, paused=now)
    assert (first.slug, first.by_meaning) == ("print-a-receipt", True)


def test_a_harmed_encoder_leaves_the_words_until_it_is_made_again(
    desk: Desk, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from search import encoders
    from search.contract import SearchError

    def refuse(_folder: Path) -> Path:
        raise SearchError("The sentence encoder could not be prepared: the disk is full")

    monkeypatch.setattr(encoders, "ensure", refuse)
    answer = asked(started_again(desk), "print my receipt again", now)
    assert answer.note == WORDS_ONLY
    assert answer.hits[0].slug == "print-a-receipt"
    assert any(answers for _, answers in answer.hits[0].extract)


def test_hostile_questions_are_answered_like_any_other(desk: Desk, now: datetime) -> None:
    for name, text in POISON.items():
        for question in (Asked(text), Asked("", text), Asked("receipt", text, product=text[:200], topic=text[:200])):
            with desk.reading() as session:
                answer = ask(session, desk.search, question, ANONYMOUS, now, record=False)
                complete(session, desk.search, text, ANONYMOUS, text[:200], paused=now)
            assert {hit.slug for hit in answer.hits} <= {"print-a-receipt", "pair-the-reader"}, name
            assert all("".join(piece for piece, _ in hit.extract) == hit.passage for hit in answer.hits), name


def test_hostile_questions_can_be_recorded(desk: Desk, now: datetime) -> None:
    with desk.writing() as session:
        for name, text in POISON.items():
            answer = ask(session, desk.search, Asked(f"receipt {text}"), ANONYMOUS, now)
            assert answer.question_key, name
        session.commit()


def test_a_question_without_a_letter_has_no_answer_and_no_guess(desk: Desk, now: datetime) -> None:
    for question in ("", "  ", "?!", "😀", "\u200d", '"""'):
        answer = asked(desk, question, now)
        assert (answer.hits, answer.answered, answer.note) == ((), False, "")
