from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from kb.redaction import redact
from search.contract import PUBLIC, Query, Vectors
from search.engine import Engine
from search.extracts import MOST, SHORTLIST, SentenceVectors, choose
from search.lexical import analyser

TERMS = analyser().analyze
PASSAGE = (
    "Receipts are kept for ninety days.",
    "To print a receipt again, open the sale and choose Print.",
    "The weather was fine.",
    "A lost receipt can be mailed to the customer.",
    "Our shops open at nine.",
    "Printers need paper.",
)


def test_the_sentences_with_the_rarest_shared_words_are_chosen_in_reading_order() -> None:
    (chosen,) = choose("print a lost receipt", [PASSAGE], TERMS, None)
    assert list(chosen) == sorted(chosen)
    assert {1, 3} <= set(chosen)
    assert not {2, 4} & set(chosen)


def test_nothing_is_chosen_where_neither_words_nor_meaning_are_shared() -> None:
    assert choose("zebra", [PASSAGE, ()], TERMS, None) == ((), ())
    assert choose("😀", [PASSAGE], TERMS, lambda sentences: np.zeros(len(sentences))) == ((),)


def test_meaning_is_asked_for_a_shortlist_of_the_best_passages_only() -> None:
    asked: list[str] = []

    def cosines(sentences: Sequence[str]) -> np.ndarray:
        asked.extend(sentences)
        return np.full(len(sentences), 0.5)

    long = tuple(f"Receipt number {number} of the day." for number in range(40))
    choose("receipt", [long, long, long, long], TERMS, cosines)
    assert len(asked) == 3 * SHORTLIST


def test_meaning_decides_among_the_shortlisted() -> None:
    passage = ("receipt one", "receipt two", "receipt three", "receipt four")
    (chosen,) = choose("receipt", [passage], TERMS, lambda s: np.array([0.1, 0.8, 0.3, 0.9])[: len(s)])
    assert chosen == (1, 3)


def test_a_sentence_that_ends_in_a_colon_brings_what_follows() -> None:
    passage = ("Receipts matter.", "To print a receipt do this:", "1. Open the sale.", "A receipt is paper.")
    (chosen,) = choose("how do I print a receipt", [passage], TERMS, None)
    assert {1, 2} <= set(chosen)
    assert len(chosen) <= MOST


def test_the_same_question_gives_the_same_choice_whatever_was_asked_before(engine: Engine) -> None:
    query = Query(redact("my receipt is gone"), redact(""), audiences=frozenset({PUBLIC}))
    vector = engine.embed([redact("my receipt is gone")])[0]
    passages = [[redact(sentence) for sentence in PASSAGE]]
    first = engine.extract(query, vector, passages)
    engine.extract(query, vector, [[redact(sentence) for sentence in reversed(PASSAGE)]])
    assert engine.extract(query, vector, passages) == first
    assert 3 in first[0]


def test_without_a_vector_words_decide(engine: Engine) -> None:
    query = Query(redact("open"), redact(""))
    assert engine.extract(query, None, [[redact(sentence) for sentence in PASSAGE]]) == ((1, 4),)


def test_a_sentence_is_embedded_once_and_the_oldest_is_forgotten() -> None:
    asked: list[str] = []

    def encode(texts: Sequence[str]) -> Vectors:
        asked.extend(texts)
        return np.eye(len(texts), 384, dtype=np.float32)

    vectors = SentenceVectors(kept=2)
    vectors.of(["a", "b", "a"], encode)
    vectors.of(["b"], encode)
    assert asked == ["a", "b"]
    vectors.of(["c"], encode)
    vectors.of(["a"], encode)
    assert asked == ["a", "b", "c", "a"]
    assert vectors.of([], encode).shape == (0, 384)


@pytest.mark.parametrize("question", ["", "\x00", "a" * 1_000_000, "\ud800", "‮", "👩‍👩‍👧‍👦 " * 1000])
def test_hostile_questions_choose_something_sane(engine: Engine, question: str) -> None:
    query = Query(redact(question), redact(""))
    (chosen,) = engine.extract(query, None, [[redact(sentence) for sentence in PASSAGE]])
    assert len(chosen) <= MOST
