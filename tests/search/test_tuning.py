"""The encoder is tuned by the real process, on a made-up desk whose customers speak otherwise than its articles."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from search.contract import Lesson, Vote
from search.engine import Engine
from search.learning import teach
from search.lessons import Lessons
from search.ranker import Ranker
from search.rankers import BROKEN
from search.tuned import PAIRS, STATE, Tuned, Tuning
from tests.search.test_learning import desk


@pytest.fixture(scope="module")
def served(encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Engine, list[Lesson]]:
    folder = tmp_path_factory.mktemp("tuned")
    (folder / "encoders").symlink_to(encoder_folder, target_is_directory=True)
    engine = Engine(folder, index_threads=1)
    shelf, lessons = desk()
    engine.index(shelf)
    return engine, lessons


@pytest.fixture(scope="module")
def tuned(served: tuple[Engine, list[Lesson]], tmp_path_factory: pytest.TempPathFactory) -> Made:
    engine, lessons = served
    folder = tmp_path_factory.mktemp("tuning")
    told: list[tuple[str, int, int]] = []
    known = Lessons(engine._loaded(), lessons)
    tuning = Tuning(folder, engine._encoders.get(1), 1, least=50)
    made = tuning(known, np.arange(100), lambda *said: told.append(said))
    assert made is not None
    return known, made, told, folder


Made = tuple[Lessons, Tuned, list[tuple[str, int, int]], Path]


def test_tuning_tells_how_far_it_is_and_leaves_no_text_behind(tuned: Made) -> None:
    _, made, told, folder = tuned
    done = [done for _, done, _ in told]
    assert done == sorted(done)
    assert told[-1][1] == told[-1][2]
    assert not list(folder.rglob(PAIRS))
    assert {path.name for path in made.folder.parent.iterdir()} == {STATE, made.folder.name}


def test_a_tuned_encoder_reads_later_questions_better_than_chance(tuned: Made) -> None:
    known, made, _, _ = tuned
    later = np.arange(100, len(known.all))
    vectors = made.vectors(known, later)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    everything = frozenset(known.articles)
    chosen = [
        max(said, key=lambda article: said[article]) for said in (made.affinity.of(v, "", everything) for v in vectors)
    ]
    assert np.mean([a in known.all[row].solved_by for a, row in zip(chosen, later, strict=True)]) > 0.9


def test_too_few_questions_are_not_worth_it(served: tuple[Engine, list[Lesson]], tmp_path: Path) -> None:
    engine, lessons = served
    tuning = Tuning(tmp_path, engine._encoders.get(1), 1, least=101)
    assert tuning(Lessons(engine._loaded(), lessons), np.arange(100), lambda *_: None) is None


def test_a_process_that_fails_is_logged_and_learning_goes_on(
    served: tuple[Engine, list[Lesson]],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine, lessons = served
    monkeypatch.setattr("search.tuned.PAIRS", "elsewhere.npz")
    tuning = Tuning(tmp_path, engine._encoders.get(1), 1, least=50)
    for _ in range(2):
        assert tuning(Lessons(engine._loaded(), lessons), np.arange(100), lambda *_: None) is None
    assert caplog.text.count("was not tuned") == 2
    assert not list(tmp_path.rglob("*.npz"))


def test_a_version_brings_its_encoder_along_and_is_whole_or_damaged(
    served: tuple[Engine, list[Lesson]], tuned: Made
) -> None:
    engine, lessons = served
    known, made, _, _ = tuned
    plain = teach(known).final
    ranker = replace(plain, tuned=made.affinity, encoder=made.folder)
    name = engine.rankers.add(ranker, {})
    engine.rankers.promote(name)
    found = engine.candidates(lessons[-1].query)
    assert found.tuned is not None
    assert found.tuned_by == str(engine.rankers.folder / name / "encoder")
    assert np.allclose(found.tuned, made.vectors(known, np.array([len(known.all) - 1]))[0], atol=1e-5)
    assert engine.rank(found, ())
    _the_other_version_ranks_without_its_vector(engine, plain, found)
    engine.rankers.promote(name)
    graph = next((engine.rankers.folder / name / "encoder").glob("*.onnx"))
    graph.write_bytes(graph.read_bytes()[:-9] + bytes(9))
    assert Engine(engine.rankers.folder.parent, index_threads=1).candidates(lessons[0].query).note == BROKEN


def _the_other_version_ranks_without_its_vector(engine: Engine, plain: Ranker, found: object) -> None:
    engine.rankers.promote(engine.rankers.add(plain, {}))
    assert engine.rank(found, [Vote(1, 1)])  # type: ignore[arg-type]
