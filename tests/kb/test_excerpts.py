from hypothesis import given
from hypothesis import strategies as st

from kb.excerpts import excerpt_with_matches


def marked(text: str, *words: str) -> list[str]:
    return [piece for piece, matched in excerpt_with_matches(text, words) if matched]


def test_other_forms_of_a_word_are_marked() -> None:
    assert marked("Printers that printed a print-out, for the prince", "printing") == ["Printers", "printed", "print"]


def test_case_and_accents_do_not_matter() -> None:
    assert marked("Café or CAFE", "cafe") == ["Café", "CAFE"]


def test_words_that_say_nothing_are_marked_only_where_nothing_else_was_asked_for() -> None:
    assert marked("The till is not on the network", "why is the till not on") == ["till"]
    assert marked("It is what it is", "what is it") == ["It", "is", "what", "it", "is"]


@given(st.text(max_size=200), st.text(max_size=60))
def test_the_pieces_joined_are_the_text(text: str, words: str) -> None:
    assert "".join(piece for piece, _ in excerpt_with_matches(text, [words])) == text
