from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.sentences import is_step, sentences
from kb.services.extracting import pieces


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Use e.g. Paper or i.e. Pulp. Then stop.", ["Use e.g. Paper or i.e. Pulp.", "Then stop."]),
        ("Version 2.1 is out. Get it.", ["Version 2.1 is out.", "Get it."]),
        ('He said "stop." Then left.', ['He said "stop."', "Then left."]),
        ("1. Open it. Wait.\n2. Close it.", ["1. Open it. Wait.", "2. Close it."]),
        ("Do this:\n- one\n- two", ["Do this:", "- one", "- two"]),
        ("開きます。閉じます。", ["開きます。", "閉じます。"]),
        ("", []),
        (" \n ", []),
        ("no end", ["no end"]),
    ],
)
def test_a_passage_is_cut_where_a_reader_would(text: str, parts: list[str]) -> None:
    assert cut(text) == parts


@pytest.mark.parametrize(("text", "step"), [("1. Open", True), ("- one", True), ("12) go", True), ("1.5 volts", False)])
def test_a_step_is_known_by_its_mark(text: str, step: bool) -> None:
    assert is_step(text) is step


@given(st.text(alphabet="aB. !?\n-1。", max_size=80))
def test_nothing_but_space_is_lost_and_nothing_is_said_twice(text: str) -> None:
    places = sentences(text)
    assert all(left[1] <= right[0] for left, right in itertools.pairwise(places))
    assert "".join("".join(text[a:b].split()) for a, b in places) == "".join(text.split())


@given(st.text(alphabet="aB. \n-", max_size=60), st.data())
def test_marked_pieces_joined_are_the_passage(text: str, data: st.DataObject) -> None:
    places = sentences(text)
    chosen = [place for place in places if data.draw(st.booleans())]
    found = pieces(text, chosen)
    assert "".join(piece for piece, _ in found) == text
    assert all(
        any(piece.endswith(text[a:b]) or text[a:b] in piece for piece, marked in found if marked) for a, b in chosen
    )


def test_marked_neighbours_become_one_piece() -> None:
    assert pieces("One. Two. Three.", sentences("One. Two. Three.")[:2]) == (("One. Two.", True), (" Three.", False))


def test_a_passage_too_long_to_cut_stays_whole() -> None:
    assert len(cut("word " * 10_000)) == 2
