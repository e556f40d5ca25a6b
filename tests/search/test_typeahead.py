from __future__ import annotations

from pathlib import Path

import pytest

from search.lexical import LexicalIndex
from tests.search.shelf import passage

EVERYBODY = frozenset({"public"})
SHELF = {
    1: ("Restore a lost bookmark", "From a backup", "Open the library and choose a date."),
    2: ("Print a receipt again", "", "Every receipt can be printed for ninety days."),
    3: ("The card reader does not connect", "Bluetooth", "Switch the reader off and pair it again."),
    4: ("Change the café's address", "", "The new address stands on every receipt from the next day."),
    5: ("How to close the day", "", "Count the drawer, then restore the float."),
}


@pytest.fixture
def words(tmp_path: Path) -> LexicalIndex:
    index = LexicalIndex(tmp_path / "words")
    index.apply([], [passage(number, text) for number, text in SHELF.items()])
    return index


def found(index: LexicalIndex, text: str, **scope: str) -> list[int]:
    return [score.article_id for score in index.complete(text, audiences=EVERYBODY, **scope)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("re", 1),
        ("rest", 1),
        ("card rea", 3),
        ("bluet", 3),
        ("cafe", 4),
        ("CAFÉ", 4),
        ("printing", 2),
        ("how to", 5),
        ("how to cl", 5),
        ("bookmark ", 1),
    ],
)
def test_the_beginning_of_a_word_finds_its_article(words: LexicalIndex, typed: str, first: int) -> None:
    assert found(words, typed)[0] == first


@pytest.mark.parametrize(
    ("typed", "first"), [("bokmark", 1), ("raeder", 3), ("conect", 3), ("reciept", 2), ("bluethoot", 3), ("bokma", 1)]
)
def test_a_typo_still_finds_the_article(words: LexicalIndex, typed: str, first: int) -> None:
    assert found(words, typed)[0] == first


def test_a_short_word_must_be_spelt_right(words: LexicalIndex) -> None:
    assert found(words, "dax ") == []


def test_typos_are_forgiven_only_where_nothing_is_spelt_as_typed(words: LexicalIndex) -> None:
    # “reader” and “readers” are both near “reade”, but only one begins so.
    words.apply([], [passage(6, ("Header of a report", "", "Choose a header."))])
    assert found(words, "heade") == [6]


def test_a_title_comes_before_a_text(words: LexicalIndex) -> None:
    assert found(words, "restore ") == [1, 5]
    assert found(words, "receipt ") == [2, 4]


def test_of_an_article_only_the_best_passage_comes(tmp_path: Path) -> None:
    index = LexicalIndex(tmp_path / "words")
    parts = [passage(1, ("Printer", "", "ink")), passage(2, ("Printer", "Paper jam", "open the lid"))]
    from dataclasses import replace

    index.apply([], [parts[0], replace(parts[1], article_id=1)])
    (only,) = index.complete("printer ja", audiences=EVERYBODY)
    assert (only.article_id, only.passage_id) == (1, 2)


def test_what_others_may_read_does_not_complete(words: LexicalIndex) -> None:
    words.apply([], [passage(7, ("Vault combination", "", "zanzibar"), audience="internal")])
    assert found(words, "vau") == []
    assert found(words, "zanzib") == []
    assert found(words, "zanzibra ") == []
    assert [s.article_id for s in words.complete("zanzib", audiences=EVERYBODY | {"internal"})] == [7]


def test_a_product_narrows_and_an_article_of_no_product_stays(words: LexicalIndex) -> None:
    words.apply([], [passage(8, ("Restore the till", "", "x"), products=("Till",))])
    assert found(words, "restor", product="Reader") == [1, 5]
    assert 8 in found(words, "restor", product="Till")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("my reader broke yesterday and I ca", [3]),
        ("gone bookmark", [1]),
        ("why did my card reader stop at noon", [3]),
        ("another copy of some bookmark for our auntie", [1]),
        ("which wine goes well with salmon", []),
        ("how do I get what I want from you", []),
    ],
)
def test_of_a_sentence_half_the_words_must_stand_together_or_one_in_a_title(
    words: LexicalIndex, typed: str, expected: list[int]
) -> None:
    assert found(words, typed) == expected


@pytest.mark.parametrize(
    "typed",
    ["", " ", "\x00", "\ud800", '"', "a AND", "NEAR(", "^", "-", "%00", "*", "title:", "😀", "‮", "é" * 5000, "a" * 1_000_000,
     "x " * 500_000, "[1 TO *]", "\\", "+-!(){}", "パスワードを忘れました"],
)  # fmt: skip
def test_hostile_text_completes_to_something_sane(words: LexicalIndex, typed: str) -> None:
    assert set(found(words, typed)) <= set(SHELF)


def test_a_passage_that_was_taken_out_completes_no_longer(words: LexicalIndex) -> None:
    assert found(words, "bookm") == [1]
    words.apply([1], [])
    assert found(words, "bookm") == []


def test_a_search_forgives_typos_in_words_that_no_passage_holds(words: LexicalIndex) -> None:
    assert [s.article_id for s in words.search("bokmark", audiences=EVERYBODY)] == [1]
    assert [s.article_id for s in words.search("bookmark", audiences=EVERYBODY)] == [1]
