from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.contract import BrokenGenerationError, PassageDocument
from search.lexical import MOST_TERMS, LexicalIndex
from tests.search.conftest import small_shelf
from tests.search.poison import POISON
from tests.search.shelf import passage

ROOT = Path(__file__).parents[2]
EVERYBODY = frozenset({"public"})


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    """The small help centre's words; tests only search them."""
    index = LexicalIndex(tmp_path_factory.mktemp("words"))
    index.apply([], small_shelf().shelved.values())
    return index


@pytest.fixture
def words(tmp_path: Path) -> LexicalIndex:
    index = LexicalIndex(tmp_path / "words")
    index.apply([], small_shelf().shelved.values())
    return index


def found(index: LexicalIndex, text: str, *audiences: str, product: str = "", limit: int = 300) -> list[int]:
    scores = index.search(text, audiences=frozenset(audiences or EVERYBODY), product=product, limit=limit)
    return [score.passage_id for score in scores]


@pytest.mark.parametrize("name", POISON)
def test_no_query_breaks_a_search(kept: LexicalIndex, name: str) -> None:
    assert set(found(kept, POISON[name])) <= set(small_shelf().shelved)
    assert set(found(kept, f"{POISON[name]} bookmark")) <= set(small_shelf().shelved)
    assert found(kept, "bookmark")[0] == 1


@given(st.text())
def test_no_text_at_all_breaks_a_search(kept: LexicalIndex, text: str) -> None:
    assert set(found(kept, text)) <= set(small_shelf().shelved)


@pytest.mark.parametrize("name", ["quote", "and", "near", "minus", "not reader", "field", "slop", "brackets"])
def test_marks_mean_nothing(kept: LexicalIndex, name: str) -> None:
    assert found(kept, f"{POISON[name]} connect reader")[0] == 3


@pytest.mark.parametrize(
    ("text", "first"),
    [("bookmarks", 1), ("PRINTING receipts", 2), ("pairing", 3), ("connects", 3), ("password", 6), ("réfund", None)],
)
def test_case_endings_and_accents_do_not_matter(kept: LexicalIndex, text: str, first: int | None) -> None:
    assert found(kept, text)[:1] == ([first] if first else [])
    assert found(kept, "réfund", "internal") == [7]


def test_words_that_say_nothing_find_nothing(kept: LexicalIndex) -> None:
    assert found(kept, "the of and it") == []


@pytest.mark.parametrize(
    ("audiences", "expected"),
    [(("public",), set()), (("internal",), {7}), (("public", "internal"), {7}), (("team:4",), set()), ((), set())],
)
def test_only_the_audiences_asked_for(kept: LexicalIndex, audiences: tuple[str, ...], expected: set[int]) -> None:
    scores = kept.search("refund", audiences=frozenset(audiences))
    assert {score.passage_id for score in scores} == expected


def test_a_product_keeps_passages_of_no_product(kept: LexicalIndex) -> None:
    assert set(found(kept, "reader screen button password")) == {3, 6, 8}
    assert set(found(kept, "reader screen button password", product="reader")) == {3, 6}
    assert set(found(kept, "reader screen button password", product="TILL")) == {6, 8}
    assert set(found(kept, "reader screen button password", product="unheard of")) == {6}


def test_no_more_than_asked_for(kept: LexicalIndex) -> None:
    assert len(found(kept, "receipt bookmark password", limit=1)) == 1
    assert found(kept, "receipt", limit=0) == []


def test_of_a_long_question_the_rare_words_are_kept(tmp_path: Path) -> None:
    filler = " ".join(f"filler{number:03}" for number in range(MOST_TERMS + 40))
    index = LexicalIndex(tmp_path / "words")
    index.apply([], [passage(n, ("Common", "", filler)) for n in range(1, 6)] + [passage(9, ("Rare", "", "zirconium"))])
    assert 9 in found(index, f"{filler} zirconium")


def test_a_passage_taken_out_is_not_found(words: LexicalIndex) -> None:
    words.apply([1, 999], [])
    assert found(words, "bookmark") == []
    assert found(words, "password") == [6]


def test_a_passage_put_in_again_is_there_once(words: LexicalIndex) -> None:
    words.apply([1], [passage(1, ("Restore a lost favourite", "", "Open the library."), audience="internal")])
    assert found(words, "bookmark") == []
    assert found(words, "favourite library") == []
    assert found(words, "favourite library", "internal") == [1]


def test_what_was_written_is_there_after_opening_again(words: LexicalIndex, tmp_path: Path) -> None:
    assert found(LexicalIndex(tmp_path / "words"), "bookmark") == found(words, "bookmark") == [1]


def test_a_folder_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "meta.json").write_text("{}")
    with pytest.raises(BrokenGenerationError, match="cannot be read as an index of words"):
        LexicalIndex(tmp_path)


def test_a_source_that_fails_half_way_changes_nothing(words: LexicalIndex) -> None:
    def documents() -> Iterator[PassageDocument]:
        yield passage(20, ("Zirconium", "", "quartz"))
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        words.apply([1], documents())
    assert found(words, "bookmark") == [1]
    assert found(words, "zirconium quartz") == []


KILLED = """
import os, signal, sys
from pathlib import Path
from search.lexical import LexicalIndex
from tests.search.shelf import passage

def documents():
    yield passage(20, ("Zirconium", "", "quartz"))
    os.kill(os.getpid(), signal.SIGKILL)

LexicalIndex(Path(sys.argv[1])).apply([1], documents())
"""


def test_a_killed_writer_changes_nothing_and_does_not_lock_the_next_out(words: LexicalIndex, tmp_path: Path) -> None:
    folder = tmp_path / "words"
    killed = subprocess.run([sys.executable, "-c", KILLED, folder], cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert found(LexicalIndex(folder), "bookmark") == [1]
    again = LexicalIndex(folder)
    again.apply([1], [passage(20, ("Zirconium", "", "quartz"))])
    assert found(again, "bookmark") == []
    assert found(again, "zirconium") == [20]
