from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.excerpts import excerpt_with_typed
from kb.spelling import begins_within, within

WORDS = st.text(alphabet="abc", max_size=6)


@pytest.mark.parametrize(
    ("left", "right", "typos"),
    [("", "", 0), ("ab", "ba", 1), ("ab", "abc", 1), ("abc", "adc", 1), ("kitten", "sitting", 3), ("ca", "abc", 3)],
)
def test_each_slip_is_one_typo(left: str, right: str, typos: int) -> None:
    assert within(left, right, typos)
    assert not typos or not within(left, right, typos - 1)


@given(WORDS, WORDS, st.integers(0, 4))
def test_it_does_not_matter_which_spelling_comes_first(left: str, right: str, typos: int) -> None:
    assert within(left, right, typos) == within(right, left, typos)


@given(WORDS, WORDS)
def test_enough_typos_make_any_word_of_any_other(left: str, right: str) -> None:
    assert within(left, right, max(len(left), len(right)))


@given(WORDS, WORDS)
def test_a_word_begins_like_itself(word: str, rest: str) -> None:
    assert not word or begins_within(word + rest, word, 0)


def marked(text: str, typed: str) -> list[str]:
    segments = excerpt_with_typed(text, typed)
    assert "".join(piece for piece, _ in segments) == text
    return [piece for piece, matched in segments if matched]


@pytest.mark.parametrize(
    ("typed", "pieces"),
    [
        ("card rea", ["card", "rea"]),
        ("connec", ["connec"]),
        ("Cards ", ["card"]),
        ("conect ", ["connect"]),
        ("conec", ["connect"]),
        ("xyz", []),
        ("", []),
        ("the", ["The"]),
        ("re ", []),
    ],
)
def test_what_was_typed_is_marked(typed: str, pieces: list[str]) -> None:
    assert marked("The card reader does not connect", typed) == pieces


@given(st.text(max_size=60), st.text(max_size=30))
def test_whatever_was_typed_the_text_stays_whole(text: str, typed: str) -> None:
    marked(text, typed)
