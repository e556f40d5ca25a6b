from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from classifier.contract import TicketFeatures
from classifier.counting import (
    NOBODYS,
    counted,
    fit_block,
    pieces_of,
    pieces_vectorizer,
    weigh_block,
    words_vectorizer,
)
from classifier.features import MANY, TicketVectorizer, counts_of
from classifier.wording import normal
from tests.classifier import desk

Empty = Callable[[int, int], TfidfVectorizer]
WORDS = [
    "printer",
    "tray",
    "paper",
    "jam",
    "jams",
    "jammed",
    "vpn",
    "tunnel",
    "drops",
    "again",
    "and",
    "again",
    "at",
    "the",
    "branch",
    "é",
    "ñandu",
    "1",
    "22",
    "333",
    "a",
]
LEARN, REST = np.arange(300), np.arange(300, 400)


@pytest.fixture(scope="module")
def texts() -> list[str]:
    chance = np.random.default_rng(0)
    made = [" ".join(chance.choice(WORDS, size=chance.integers(0, 30))) for _ in range(400)]
    return [normal(text) for text in made]


def same(one: csr_matrix, other: csr_matrix) -> bool:
    return one.shape == other.shape and all(
        np.array_equal(getattr(one, part), getattr(other, part)) for part in ("indptr", "indices", "data")
    )


@pytest.mark.parametrize(("name", "empty"), [("words", words_vectorizer), ("pieces", pieces_vectorizer)])
@pytest.mark.parametrize(("least", "most"), [(1, 50_000), (3, 50_000), (2, 40), (1, 7)])
def test_a_block_is_to_the_bit_what_the_library_learns(
    texts: list[str], name: str, empty: Empty, least: int, most: int
) -> None:
    learn, rest = texts[:300], texts[300:]
    theirs = empty(least, most).fit(learn)
    block = counted(texts, texts).blocks[name]
    ours = empty(least, most)
    kept = fit_block(ours, block[LEARN])
    assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()
    assert np.array_equal(ours.idf_, theirs.idf_)
    assert same(weigh_block(ours, block[LEARN], kept), theirs.transform(learn))
    assert same(weigh_block(ours, block[REST], kept), theirs.transform(rest))
    assert same(ours.transform(rest), theirs.transform(rest))


def test_pieces_of_many_texts_are_those_of_each(texts: list[str]) -> None:
    vectorizer = pieces_vectorizer(2, 500).fit(texts[:300])
    assert same(pieces_of(vectorizer, texts[300:]), vectorizer.transform(texts[300:]))
    assert same(pieces_of(vectorizer, ["", ""]), vectorizer.transform(["", ""]))


@pytest.mark.parametrize("name", ["words", "pieces"])
def test_without_any_word_a_block_has_one_that_nobody_writes(name: str) -> None:
    vectorizer = (words_vectorizer if name == "words" else pieces_vectorizer)(2, 100)
    block = counted(["", "once"], ["", ""]).blocks[name]
    kept = fit_block(vectorizer, block)
    assert vectorizer.get_feature_names_out().tolist() == ([NOBODYS] if name == "words" else [f" {NOBODYS} "])
    assert weigh_block(vectorizer, block, kept).nnz == 0
    assert counted(["", ""], ["", ""]).blocks[name].terms == ()


def test_tickets_counted_with_others_are_read_as_by_themselves() -> None:
    tickets: list[TicketFeatures] = [example.ticket for example in desk.examples(260)]
    some, others = tickets[:220], tickets[220:]
    together = counts_of(tickets)
    learned = TicketVectorizer(most=300).learn(some, together[np.arange(220)])
    alone = TicketVectorizer(most=300).fit(some)
    assert len(others) > MANY
    assert same(learned.weigh(others, together[np.arange(220, 260)]), alone.transform(others))
    assert same(learned.weigh(some, together[np.arange(220)]), TicketVectorizer(most=300).fit_transform(some))
    assert same(csr_matrix(learned.transform(others[:3])), alone.transform(others)[:3])
