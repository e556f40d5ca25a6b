from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np
import pytest

from kb.redaction import redact
from search.contract import BrokenGenerationError, Candidates, NoIndexError, Query
from search.engine import Engine
from search.files import MANIFEST, read_manifest, write_manifest
from search.gathering import MEANING_ONLY, NO_MEMORY, WORDS_ONLY
from search.generation import CASES, DOCUMENTS, LEXICAL, PASSAGES, Generation
from search.generations import KEPT, POINTER, Generations
from search.recipe import Recipe
from tests.search.shelf import Shelf, passage

QUESTION = Query(redact("my bookmarks are lost"), redact(""))


def newest(indexed: Path) -> Path:
    return max((indexed / "generations").glob("gen-*"))


def ask(indexed: Path) -> Candidates:
    return Engine(indexed).candidates(QUESTION)


def put(path: Path, content: bytes) -> None:
    """In a new file of that name: what still has the old one before its eyes must not see it shrink."""
    path.unlink()
    path.write_bytes(content)


def cut(path: Path, _folder: Path) -> None:
    put(path, path.read_bytes()[: path.stat().st_size // 2])


def zero(path: Path, _folder: Path) -> None:
    put(path, bytes(path.stat().st_size))


def flip(path: Path, _folder: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) * 2 // 3] ^= 0x04
    put(path, content)


def empty(path: Path, _folder: Path) -> None:
    put(path, b"")


def grow(path: Path, _folder: Path) -> None:
    put(path, path.read_bytes() + b"\0")


def lose(path: Path, _folder: Path) -> None:
    path.unlink()


def swap(path: Path, folder: Path) -> None:
    """With the file that has the same form, as a slip of a hand or of a backup would."""
    others = {PASSAGES: CASES, CASES: PASSAGES}
    other = folder / others.get(path.name, PASSAGES)
    kept = path.read_bytes()
    put(path, other.read_bytes())
    if path.name in others:
        put(other, kept)


def narrow(path: Path, _folder: Path) -> None:
    """A whole and readable index of another dimension."""
    index = faiss.IndexIDMap2(faiss.IndexFlatIP(128))
    index.add_with_ids(np.ones((4, 128), np.float32), np.arange(1, 5))
    faiss.write_index(index, str(path))


HARMS = [cut, zero, flip, empty, grow, lose, swap]
Harm = Callable[[Path, Path], None]


def words_file(folder: Path) -> Path:
    """The largest file of the index of words."""
    return max((path for path in (folder / LEXICAL).iterdir() if path.is_file()), key=lambda path: path.stat().st_size)


@pytest.mark.parametrize("harm", [*HARMS, narrow])
def test_damaged_vectors_of_passages_leave_the_words(indexed: Path, shelf: Shelf, harm: Harm) -> None:
    harm(newest(indexed) / PASSAGES, newest(indexed))
    found = ask(indexed)
    assert found.semantic == ()
    assert found.lexical[0].article_id == 1
    assert found.note == WORDS_ONLY
    assert f"gen-000001/{PASSAGES}" in Engine(indexed).check(shelf).broken_files


@pytest.mark.parametrize("harm", [*HARMS, narrow])
def test_damaged_vectors_of_tickets_leave_the_rest(indexed: Path, shelf: Shelf, harm: Harm) -> None:
    harm(newest(indexed) / CASES, newest(indexed))
    found = ask(indexed)
    assert found.neighbours == ()
    # Swapped, the vectors of passages are wrong too.
    assert found.note == (WORDS_ONLY if harm is swap else NO_MEMORY)
    assert found.lexical[0].article_id == 1
    assert f"gen-000001/{CASES}" in Engine(indexed).check(shelf).broken_files


@pytest.mark.parametrize("harm", HARMS)
def test_damaged_words_leave_the_meaning(indexed: Path, shelf: Shelf, harm: Harm) -> None:
    path = words_file(newest(indexed))
    harm(path, newest(indexed))
    found = ask(indexed)
    assert found.lexical == ()
    assert found.semantic[0].article_id == 1
    assert found.note == MEANING_ONLY
    assert f"gen-000001/{LEXICAL}/{path.name}" in Engine(indexed).check(shelf).broken_files


@pytest.mark.parametrize("name", [DOCUMENTS, MANIFEST])
@pytest.mark.parametrize("harm", HARMS)
def test_without_its_documents_a_generation_does_not_serve(indexed: Path, shelf: Shelf, name: str, harm: Harm) -> None:
    harm(newest(indexed) / name, newest(indexed))
    with pytest.raises(BrokenGenerationError, match="Run: deflect index"):
        ask(indexed)
    assert Engine(indexed).generation is None
    assert f"gen-000001/{name}" in Engine(indexed).check(shelf).broken_files or name == DOCUMENTS
    assert not Engine(indexed).check(shelf).clean


@pytest.mark.parametrize("name", [PASSAGES, CASES, DOCUMENTS, MANIFEST, LEXICAL])
def test_an_index_run_heals_whatever_was_harmed(indexed: Path, shelf: Shelf, name: str) -> None:
    path = words_file(newest(indexed)) if name == LEXICAL else newest(indexed) / name
    flip(path, newest(indexed))
    engine = Engine(indexed, index_threads=1)
    assert engine.index(shelf).generation == "gen-000002"
    assert engine.check(shelf).clean
    assert engine.candidates(QUESTION).note == ""
    assert ask(indexed).note == ""


@pytest.mark.parametrize("name", [PASSAGES, DOCUMENTS, MANIFEST])
def test_an_older_generation_serves_where_the_newest_cannot(indexed: Path, shelf: Shelf, name: str) -> None:
    shelf.shelved[20] = passage(20, ("Zirconium", "", "quartz"))
    Engine(indexed, index_threads=1).index(shelf)
    assert Engine(indexed).generation == "gen-000002"
    empty(newest(indexed) / name, newest(indexed))
    if name == PASSAGES:
        empty(words_file(newest(indexed)), newest(indexed))
    engine = Engine(indexed)
    assert engine.generation == "gen-000001"
    assert engine.candidates(QUESTION).semantic[0].article_id == 1
    assert not engine.check(shelf).clean


def test_what_is_in_memory_goes_on_serving(indexed: Path, shelf: Shelf) -> None:
    engine = Engine(indexed)
    before = engine.candidates(QUESTION)
    shutil.rmtree(newest(indexed))
    (indexed / "generations" / POINTER).write_text("gen-000001")
    after = engine.candidates(QUESTION)
    assert after.semantic == before.semantic
    assert after.lexical == before.lexical


@pytest.mark.parametrize(
    "pointer", ["", "gen-1", "gen-000099", "../generations/gen-000001", "\x00", "\xff\xfe", "latest"]
)
def test_a_pointer_to_nowhere(indexed: Path, shelf: Shelf, pointer: str) -> None:
    (indexed / "generations" / POINTER).write_bytes(pointer.encode("latin-1"))
    engine = Engine(indexed, index_threads=1)
    # What was sealed before is whole, and better than nothing.
    assert engine.candidates(QUESTION).semantic[0].article_id == 1
    assert not engine.check(shelf).clean
    assert engine.index(shelf).passages == len(shelf.shelved)
    assert engine.check(shelf).clean


def test_a_pointer_that_cannot_be_read(indexed: Path, shelf: Shelf) -> None:
    pointer = indexed / "generations" / POINTER
    pointer.unlink()
    pointer.mkdir()
    engine = Engine(indexed)
    assert engine.candidates(QUESTION).semantic[0].article_id == 1
    assert engine.check(shelf).broken_files == (POINTER,)


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "generations").write_text("not a folder")
    engine = Engine(tmp_path)
    assert engine.generation is None
    with pytest.raises(BrokenGenerationError, match="cannot be read: Not a directory"):
        engine.candidates(QUESTION)


def test_nothing_indexed_yet(tmp_path: Path, shelf: Shelf) -> None:
    with pytest.raises(NoIndexError, match="Run: deflect index"):
        Engine(tmp_path).candidates(QUESTION)
    with pytest.raises(NoIndexError):
        Engine(tmp_path).check(shelf)
    assert Engine(tmp_path).generation is None


def test_a_manifest_is_written_last(indexed: Path) -> None:
    folder = newest(indexed)
    written = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    assert max(written, key=written.__getitem__) == folder / MANIFEST
    manifest = read_manifest(folder)
    names = {path.relative_to(folder).as_posix() for path in written if not path.name.endswith(".lock")}
    assert set(manifest["files"]) == names - {MANIFEST}
    assert manifest["recipe"] == Recipe.current().fingerprint


def test_a_folder_without_a_manifest_is_not_a_generation(indexed: Path) -> None:
    shutil.copytree(newest(indexed), indexed / "generations" / "gen-000002")
    (indexed / "generations" / "gen-000002" / MANIFEST).unlink()
    (indexed / "generations" / POINTER).write_text("gen-000002")
    assert Engine(indexed).generation == "gen-000001"


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"schema": 99}, "newer Deflect"), ({"schema": 1}, "older Deflect"), ({"schema": "two"}, "newer Deflect")],
)
def test_a_generation_of_another_time(indexed: Path, changed: dict[str, object], said: str) -> None:
    manifest = read_manifest(newest(indexed)) | changed
    write_manifest(newest(indexed), manifest)
    with pytest.raises(BrokenGenerationError, match=said):
        Generation(newest(indexed))


def test_vectors_of_another_recipe_are_not_compared(indexed: Path, shelf: Shelf) -> None:
    write_manifest(newest(indexed), read_manifest(newest(indexed)) | {"recipe": "0" * 64})
    found = ask(indexed)
    assert (found.semantic, found.neighbours, found.note) == ((), (), WORDS_ONLY)
    assert found.lexical[0].article_id == 1
    assert set(Engine(indexed).check(shelf).stale) == {*shelf.shelved, *shelf.solved}
    assert Engine(indexed, index_threads=1).index(shelf).embedded == len(shelf.shelved) + len(shelf.solved)
    assert ask(indexed).note == ""


def test_vectors_of_another_dimension_are_refused_even_under_a_matching_manifest(indexed: Path) -> None:
    narrow(newest(indexed) / PASSAGES, newest(indexed))
    write_manifest(newest(indexed), {k: v for k, v in read_manifest(newest(indexed)).items() if k != "files"})
    assert ask(indexed).note == WORDS_ONLY


def test_words_of_another_recipe_are_not_searched(indexed: Path) -> None:
    write_manifest(newest(indexed), read_manifest(newest(indexed)) | {"words": "french"})
    found = ask(indexed)
    assert (found.lexical, found.note) == ((), MEANING_ONLY)


def test_a_changed_manifest_is_noticed_even_if_it_is_valid(indexed: Path) -> None:
    path = newest(indexed) / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | {"passages": 0}))
    with pytest.raises(BrokenGenerationError, match="manifest cannot be read"):
        Generation(newest(indexed))


def test_only_the_newest_are_kept(indexed: Path, shelf: Shelf) -> None:
    for number in range(30, 33):
        shelf.shelved[number] = passage(number, (f"Article {number}", "", "text"))
        Engine(indexed, index_threads=1).index(shelf)
    assert Generations(indexed / "generations").names() == ["gen-000003", "gen-000004"]
    assert KEPT == 2
    assert Engine(indexed).generation == "gen-000004"


def test_what_was_taken_out_stays_in_no_earlier_generation(indexed: Path, shelf: Shelf) -> None:
    shelf.shelved[30] = passage(30, ("Article 30", "", "text"))
    Engine(indexed, index_threads=1).index(shelf)
    reading = Engine(indexed)
    reading.refresh()
    del shelf.shelved[30]
    Engine(indexed, index_threads=1).index(shelf)
    assert Generations(indexed / "generations").names() == ["gen-000003"]
    assert reading.generation == "gen-000003"


def test_numbers_go_on_past_a_million(indexed: Path, shelf: Shelf) -> None:
    folder = indexed / "generations"
    newest(indexed).rename(folder / "gen-999999")
    (folder / POINTER).write_text("gen-999999")
    for number in (30, 31):
        shelf.shelved[number] = passage(number, (f"Article {number}", "", "text"))
        Engine(indexed, index_threads=1).index(shelf)
    assert Generations(folder).names() == ["gen-1000000", "gen-1000001"]
    assert Engine(indexed).generation == "gen-1000001"


def test_another_engine_follows_the_pointer(indexed: Path, shelf: Shelf) -> None:
    reader = Engine(indexed)
    assert reader.candidates(Query(redact("zirconium"), redact(""))).lexical == ()
    shelf.shelved[20] = passage(20, ("Zirconium", "", "quartz"))
    Engine(indexed, index_threads=1).index(shelf)
    assert [score.article_id for score in reader.candidates(Query(redact("zirconium"), redact(""))).lexical] == [20]
    assert reader.generation == "gen-000002"


def test_a_read_only_folder_still_serves(indexed: Path) -> None:
    subprocess.run(["chmod", "-R", "a-w", str(indexed / "generations")], check=True)  # noqa: S607 - a tool of every system
    try:
        assert ask(indexed).note == ""
    finally:
        subprocess.run(["chmod", "-R", "u+w", str(indexed / "generations")], check=True)  # noqa: S607
