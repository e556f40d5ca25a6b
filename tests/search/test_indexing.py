from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kb.redaction import redact
from search.contract import CaseDocument, Divergence, IndexStoppedError, PassageDocument, Query, Vectors
from search.embedding import Encoder
from search.engine import Engine
from search.generations import Generations
from search.indexing import BATCH
from search.vectors import VectorIndex
from tests.search.shelf import Shelf, case, passage

ROOT = Path(__file__).parents[2]
WITH_TITLES = 2 * BATCH
"""Texts of a batch of passages where each is of an article of its own."""


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every text that is embedded from here on, by the real encoder."""
    texts: list[str] = []
    encode = Encoder.encode

    def counting(self: Encoder, given: Sequence[str]) -> Vectors:
        texts.extend(given)
        return encode(self, given)

    monkeypatch.setattr(Encoder, "encode", counting)
    return texts


def found(engine: Engine, words: str, *audiences: str) -> list[int]:
    """Articles that words or meaning find at all, the best by words first."""
    query = Query(redact(words), redact(""), audiences=frozenset(audiences or {"public"}))
    candidates = engine.candidates(query)
    return list(dict.fromkeys(score.article_id for score in (*candidates.lexical, *candidates.semantic)))


def many(count: int) -> Shelf:
    """Passages that differ in a number; the first takes part in several batches."""
    return Shelf(
        {n: passage(n, (f"Notice {n}", "", f"Room {n} is closed on day {n % 7}.")) for n in range(1, count + 1)}
    )


def test_a_new_text_is_embedded_and_nothing_else(serving: Engine, shelf: Shelf, encoded: list[str]) -> None:
    shelf.shelved[20] = passage(20, ("Zirconium", "", "quartz"))
    report = serving.index(shelf)
    assert encoded == ["Zirconium\nquartz", "Zirconium"], "a passage, and its title alone"
    assert (report.embedded, report.updated, report.removed, report.unchanged) == (1, 0, 0, 12)
    assert (report.passages, report.cases, report.generation) == (9, 4, "gen-000002")
    assert found(serving, "zirconium")[0] == 20
    assert serving.check(shelf).clean


def test_changed_metadata_embeds_nothing(serving: Engine, shelf: Shelf, encoded: list[str]) -> None:
    assert 1 in found(serving, "bookmark")
    encoded.clear()
    shelf.shelved[1] = replace(shelf.shelved[1], audience="internal", products=("Till",))
    report = serving.index(shelf)
    assert encoded == []
    assert (report.embedded, report.updated, report.unchanged) == (0, 1, 11)
    assert 1 not in found(serving, "bookmark")
    assert found(serving, "bookmark", "internal")[0] == 1
    assert serving.check(shelf).clean


def test_a_text_that_went_is_found_no_more(serving: Engine, shelf: Shelf, encoded: list[str]) -> None:
    del shelf.shelved[1], shelf.solved[102]
    report = serving.index(shelf)
    assert encoded == []
    assert (report.removed, report.passages, report.cases) == (2, 7, 3)
    candidates = serving.candidates(Query(redact("bookmarks vanished"), redact("")))
    assert 1 not in candidates.allowed_articles | {score.article_id for score in candidates.semantic}
    assert 102 not in {neighbour.ticket_id for neighbour in candidates.neighbours}
    assert serving.check(shelf).clean


def test_an_edited_text_replaces_the_old_one(serving: Engine, shelf: Shelf) -> None:
    shelf.shelved[1] = passage(1, ("Restore a lost favourite", "", "Open the library."))
    shelf.solved[103] = case(103, "zirconium everywhere")
    assert serving.index(shelf).embedded == 2
    assert found(serving, "favourite")[0] == 1
    neighbours = serving.candidates(Query(redact("zirconium everywhere"), redact(""))).neighbours
    assert neighbours[0].ticket_id == 103
    assert neighbours[0].similarity > 0.95
    assert serving.check(shelf).clean


def test_nothing_changed_makes_no_generation(serving: Engine, shelf: Shelf, encoded: list[str]) -> None:
    report = serving.index(shelf)
    assert (report.generation, report.unchanged, encoded) == ("gen-000001", 12, [])


def test_full_embeds_everything_again(serving: Engine, shelf: Shelf, encoded: list[str]) -> None:
    report = serving.index(shelf, full=True)
    assert (report.generation, report.embedded, len(encoded)) == ("gen-000002", 12, 12 + 8), "and eight titles"
    assert serving.check(shelf).clean


def test_a_text_that_comes_back_is_not_embedded_again_if_the_cache_knows_it(
    engine: Engine, shelf: Shelf, encoded: list[str]
) -> None:
    engine.index(shelf)
    encoded.clear()
    for path in sorted((engine._generations.folder).glob("*")):
        if path.name.startswith("gen-"):
            (path / "manifest.json").unlink()
    assert engine.index(shelf).embedded == 12
    assert encoded == []


def test_an_empty_source_is_an_index_too(engine: Engine) -> None:
    report = engine.index(Shelf())
    assert (report.passages, report.cases) == (0, 0)
    candidates = engine.candidates(Query(redact("anything"), redact("")))
    assert (candidates.semantic, candidates.lexical, candidates.neighbours) == ((), (), ())
    assert engine.check(Shelf()) == Divergence()


def test_everything_gone_empties_the_index(serving: Engine) -> None:
    assert serving.index(Shelf()).removed == 12
    assert found(serving, "bookmark password reader") == []


def test_what_goes_while_it_is_read_is_left_out(engine: Engine, shelf: Shelf) -> None:
    class Leaky(Shelf):
        """Stamps that promise more than there is: somebody archives an article in between."""

        def passages(self, ids: Sequence[int]) -> Sequence[PassageDocument]:
            return [document for document in super().passages(ids) if document.passage_id != 1]

        def cases(self, ids: Sequence[int]) -> Sequence[CaseDocument]:
            return [document for document in super().cases(ids) if document.ticket_id != 101]

    engine.index(Leaky(shelf.shelved, shelf.solved))
    assert 1 not in found(engine, "bookmark")
    assert set(engine.check(shelf).missing) == {1, 101}
    assert engine.index(shelf).embedded == 2
    assert engine.check(shelf).clean


def test_one_text_in_two_passages(engine: Engine) -> None:
    twins = Shelf({n: passage(n, ("Same", "", "words twice")) for n in (1, 2)})
    engine.index(twins)
    candidates = engine.candidates(Query(redact("same words twice"), redact("")))
    assert {score.passage_id for score in candidates.semantic} == {1, 2}
    assert {score.passage_id for score in candidates.lexical} == {1, 2}


def test_progress_tells_every_step_to_its_end(engine: Engine, shelf: Shelf) -> None:
    told: list[tuple[str, int, int]] = []
    engine.index(shelf, progress=lambda step, done, total: told.append((step, done, total)))
    assert list(dict.fromkeys(step for step, _, _ in told)) == [
        "embedding passages", "embedding tickets", "writing",
    ]  # fmt: skip
    ends = {step: (done, total) for step, done, total in told}
    assert ends == {"embedding passages": (8, 8), "embedding tickets": (4, 4), "writing": (1, 1)}


def test_check_names_each_kind_of_difference(serving: Engine, shelf: Shelf) -> None:
    shelf.shelved[20] = passage(20, ("Zirconium", "", "quartz"))
    shelf.shelved[2] = passage(2, ("Print it again", "", "From the list."))
    shelf.shelved[4] = replace(shelf.shelved[4], audience="internal")
    del shelf.shelved[6]
    shelf.solved[105] = case(105, "a new one")
    assert serving.check(shelf) == Divergence(missing=(20, 105), stale=(2, 4), orphaned=(6,))
    serving.index(shelf)
    assert serving.check(shelf).clean


def test_a_stopped_run_keeps_what_it_embedded(engine: Engine, encoded: list[str]) -> None:
    source = many(3 * BATCH)
    with pytest.raises(IndexStoppedError, match="run it again to go on"):
        engine.index(source, stop=lambda: len(encoded) >= 2 * WITH_TITLES)
    assert engine.generation is None
    assert len(encoded) == 2 * WITH_TITLES
    encoded.clear()
    assert engine.index(source).passages == 3 * BATCH
    assert len(encoded) == WITH_TITLES
    assert engine.check(source).clean


def test_a_stop_while_another_run_writes(serving: Engine, shelf: Shelf) -> None:
    with serving._generations.writing(), pytest.raises(IndexStoppedError):
        serving.index(shelf, stop=lambda: True)


KILLED = """
import os, signal, sys
from pathlib import Path
from search.engine import Engine
from tests.search.test_indexing import many

def deadly(step, done, total):
    if step == sys.argv[2] and done >= int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)

Engine(Path(sys.argv[1]), index_threads=1).index(many(int(sys.argv[4])), progress=deadly)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("step", "done", "left"),
    [
        ("embedding passages", BATCH, BATCH + 20),
        ("embedding passages", 2 * BATCH, 20),
        ("writing", 0, 0),
        ("writing", 1, 0),
    ],
)
def test_a_killed_run_loses_a_batch_at_most(
    serving: Engine, indexed: Path, encoded: list[str], step: str, done: int, left: int
) -> None:
    source = many(2 * BATCH + 20)
    arguments = [str(indexed), step, str(done), str(len(source.shelved))]
    killed = subprocess.run([sys.executable, "-c", KILLED, *arguments], cwd=ROOT, check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    committed = (step, done) == ("writing", 1)
    assert serving.generation == ("gen-000002" if committed else "gen-000001")
    assert (found(serving, "bookmark")[0] == 1) is not committed
    encoded.clear()
    serving.index(source)
    assert len(encoded) == 2 * left, "each with its title"
    assert serving.check(source).clean
    assert not list((indexed / "generations").glob(".gen-*"))


def fail(monkeypatch: pytest.MonkeyPatch, name: str, number: int) -> list[int]:
    """Let the call of that number fail as a full disk does; the list counts the calls."""
    real: Callable[..., object] = getattr(os, name)
    calls: list[int] = []

    def maybe(*args: object, **kwargs: object) -> object:
        calls.append(1)
        if len(calls) == number:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*args, **kwargs)

    monkeypatch.setattr(os, name, maybe)
    return calls


@pytest.mark.slow
@pytest.mark.parametrize(("name", "stride"), [("fsync", 4), ("rename", 1), ("replace", 1)])
def test_whichever_write_fails_the_state_is_before_or_after(
    serving: Engine, indexed: Path, shelf: Shelf, name: str, stride: int
) -> None:
    states = set()
    for number in range(1, 80, stride):
        shelf.shelved[1000 + number] = passage(1000 + number, (f"Zirconium {number}", "", "quartz"))
        before = serving.generation
        with pytest.MonkeyPatch.context() as patch:
            calls = fail(patch, name, number)
            try:
                serving.index(shelf)
            except OSError:
                states.add("before" if serving.generation == before else "after")
        assert not list((indexed / "generations").glob(".*"))
        assert Engine(indexed).candidates(Query(redact("bookmark"), redact(""))).note == ""
        if len(calls) < number:
            break
        serving.index(shelf)
        assert serving.check(shelf).clean
    else:
        pytest.fail("it never ran through")
    assert "before" in states


def test_a_generation_that_was_never_pointed_at_does_no_harm(
    serving: Engine, indexed: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.shelved[20] = passage(20, ("Zirconium", "", "quartz"))
    with monkeypatch.context() as patch:
        fail(patch, "replace", 2)
        with pytest.raises(OSError, match="No space left"):
            serving.index(shelf)
    assert Generations(indexed / "generations").names() == ["gen-000001", "gen-000002"]
    assert Engine(indexed).generation == "gen-000001"
    assert serving.index(shelf).generation == "gen-000003"


def test_questions_are_answered_while_runs_go_on(serving: Engine, shelf: Shelf) -> None:
    """Each answer comes from one whole generation: an article is never half there."""
    failures: list[BaseException] = []
    done = threading.Event()

    def asking() -> None:
        try:
            while not done.is_set():
                candidates = serving.candidates(Query(redact("bookmark"), redact("")))
                assert candidates.note == ""
                assert candidates.lexical[0].article_id == 1
                assert {score.article_id for score in candidates.semantic} <= candidates.allowed_articles
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test reports it
            failures.append(error)

    threads = [threading.Thread(target=asking) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for number in range(20, 23):
            shelf.shelved[number] = passage(number, (f"Article {number}", "", "text"))
            serving.index(shelf)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert failures == []


def test_two_runs_at_once_come_one_after_the_other(serving: Engine, indexed: Path, shelf: Shelf) -> None:
    shelf.shelved[20] = passage(20, ("Zirconium", "", "quartz"))
    reports = []
    threads = [
        threading.Thread(target=lambda: reports.append(Engine(indexed, index_threads=1).index(shelf))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(report.embedded for report in reports) == [0, 0, 1]
    assert {report.generation for report in reports} == {"gen-000002"}


def test_vectors_by_number() -> None:
    rows = np.eye(384, dtype=np.float32)
    index = VectorIndex()
    assert index.search(rows[0], 5) == []
    index.add([7, 9, 7], rows[[0, 1, 2]])
    assert sorted(index.ids) == [7, 9]
    assert index.search(rows[2], 5) == [(7, 1.0), (9, 0.0)]
    index.remove([9, 12345])
    assert index.search(rows[1], 5) == [(7, 0.0)]
    index.remove([7])
    assert index.search(rows[1], 5) == []
