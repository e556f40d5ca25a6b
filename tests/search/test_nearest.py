"""One suite for both indexes of vectors: what a caller may rely on does not depend on how many there are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from search import compressed, nearest
from search.compressed import CompressedIndex
from search.contract import BrokenGenerationError, Vectors
from search.nearest import Nearest, fitted, read
from search.recipe import DIMENSIONS
from search.vectors import Only, VectorIndex

COUNT = 6000
Kind = type[VectorIndex] | type[CompressedIndex]


def unit(rows: np.ndarray) -> Vectors:
    found: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return found


@pytest.fixture(scope="module")
def many() -> Vectors:
    """Vectors in clusters, as passages are."""
    random = np.random.default_rng(4)
    centres = random.standard_normal((200, DIMENSIONS))
    return unit(centres[random.integers(0, 200, COUNT)] + 0.7 * random.standard_normal((COUNT, DIMENSIONS)))


@pytest.fixture(scope="module")
def asked(many: Vectors) -> Vectors:
    random = np.random.default_rng(5)
    return unit(many[random.integers(0, COUNT, 40)] + 0.02 * random.standard_normal((40, DIMENSIONS)))


@pytest.fixture(autouse=True)
def looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """As few closer looks among these few vectors as there are among very many."""
    monkeypatch.setattr(compressed, "CLOSER", 1000)
    monkeypatch.setattr(compressed, "CLOSEST", 200)


@pytest.fixture(params=[VectorIndex, CompressedIndex], ids=["exact", "compressed"])
def kind(request: pytest.FixtureRequest) -> Kind:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def index(kind: Kind, many: Vectors) -> Nearest:
    made = kind()
    for start in range(0, COUNT, 500):
        made.add(range(start + 1, start + 501), many[start : start + 500])
    return made


def best(many: Vectors, vector: Vectors, among: np.ndarray, count: int = 10) -> set[int]:
    return set(among[np.argsort(-(many[among - 1] @ vector))[:count]].tolist())


def recall(index: Nearest, many: Vectors, asked: Vectors, among: np.ndarray, only: Only | None = None) -> float:
    found = [{i for i, _ in index.search(vector, 10, only)} for vector in asked]
    return float(np.mean([len(f & best(many, v, among)) / 10 for f, v in zip(found, asked, strict=True)]))


def test_the_nearest_come_first_with_their_cosine(index: Nearest, many: Vectors, asked: Vectors) -> None:
    assert recall(index, many, asked, np.arange(1, COUNT + 1)) >= 0.99
    for vector in asked[:5]:
        scores = [score for _, score in index.search(vector, 20)]
        assert scores == sorted(scores, reverse=True)
        number, score = index.search(vector, 1)[0]
        assert score == pytest.approx(float(many[number - 1] @ vector), abs=2e-3)


@pytest.mark.parametrize("share", [0.0005, 0.02, 0.2, 0.5, 0.95])
def test_a_filter_holds_exactly(index: Nearest, many: Vectors, asked: Vectors, share: float) -> None:
    random = np.random.default_rng(6)
    passed = np.sort(random.choice(np.arange(1, COUNT + 1), int(COUNT * share), replace=False))
    only = Only(passed.tolist())
    assert recall(index, many, asked, passed, only) >= 0.99 * min(10, len(passed)) / 10
    for vector in asked[:5]:
        found = [i for i, _ in index.search(vector, 50, only)]
        assert set(found) <= set(passed.tolist())
        assert len(found) == len(set(found)) == min(50, len(passed))


def test_a_broad_filter_that_keeps_out_just_the_nearest_finds_the_next(index: Nearest, many: Vectors) -> None:
    vector = many[0]
    near = np.argsort(-(many @ vector))
    passed = np.sort(near[COUNT // 2 :]) + 1
    found = [i for i, _ in index.search(vector, 10, Only(passed.tolist()))]
    # All of these are far from the question and hardly differ, so that any of the nearest hundred will do.
    assert len(found) == 10
    assert len(set(found) & best(many, vector, passed, 100)) >= 9


def test_a_filter_may_name_ids_that_are_not_there(index: Nearest, asked: Vectors) -> None:
    assert {i for i, _ in index.search(asked[0], 10, Only([3, 99_999, 5, 0]))} == {3, 5}
    assert index.search(asked[0], 10, Only([])) == []


def test_what_is_removed_is_gone_at_once_and_from_the_files(index: Nearest, many: Vectors, tmp_path: Path) -> None:
    target = many[41]
    assert index.search(target, 1)[0][0] == 42
    index.remove([42, 43, 1_000_000])
    assert len(index) == COUNT - 2
    assert not {42, 43} & {i for i, _ in index.search(target, 200)}
    index.write(tmp_path / "vectors")
    again = read(tmp_path / "vectors")
    assert not {42, 43} & set(again.ids.tolist())
    assert all(not np.isclose(rows @ target, 1, atol=1e-3).any() for _, rows in again.blocks())


def test_an_id_given_again_is_replaced_and_of_one_given_twice_the_last_counts(index: Nearest, many: Vectors) -> None:
    index.add([7], many[100:101])
    assert len(index) == COUNT
    assert {i for i, _ in index.search(many[100], 2)} == {7, 101}
    index.add([8, 8], np.stack([many[200], many[300]]))
    assert 8 in {i for i, _ in index.search(many[300], 2)}
    assert len(index) == COUNT
    index.add([], many[:0])
    assert len(index) == COUNT


def test_what_was_added_and_removed_before_a_search_never_comes(kind: Kind, many: Vectors) -> None:
    made = kind()
    made.add([1, 2, 3], many[:3])
    made.remove([2])
    made.add([3, 4], many[10:12])
    assert sorted(made.ids.tolist()) == [1, 3, 4]
    assert {i for i, _ in made.search(many[1], 10)} == {1, 3, 4}
    assert made.search(many[10], 1)[0][0] == 3


def test_nothing_is_found_in_nothing(kind: Kind, asked: Vectors, tmp_path: Path) -> None:
    made = kind()
    assert made.search(asked[0], 10) == []
    assert made.search(asked[0], 0) == []
    made.write(tmp_path / "none")
    assert len(read(tmp_path / "none")) == 0


def test_what_was_written_answers_as_before(index: Nearest, asked: Vectors, tmp_path: Path) -> None:
    before = [index.search(vector, 10) for vector in asked]
    index.write(tmp_path / "vectors")
    again = read(tmp_path / "vectors")
    assert type(again) is type(index)
    assert [again.search(vector, 10) for vector in asked] == before


def test_vectors_that_come_later_are_found_too(index: Nearest, many: Vectors, tmp_path: Path) -> None:
    index.write(tmp_path / "vectors")
    again = read(tmp_path / "vectors")
    new = unit(np.random.default_rng(9).standard_normal((3, DIMENSIONS)))
    again.add([COUNT + 9, COUNT + 5, 0], new)
    for number, vector in zip((COUNT + 9, COUNT + 5, 0), new, strict=True):
        assert again.search(vector, 1)[0][0] == number
    assert again.search(many[5], 1)[0][0] == 6


def test_a_quantiser_learns_anew_when_there_is_twice_as_much_to_learn_from(many: Vectors, asked: Vectors) -> None:
    made = CompressedIndex()
    made.add(range(1, 1501), many[:1500])
    made.search(asked[0], 1)
    made.add(range(1501, COUNT + 1), many[1500:])
    assert recall(made, many, asked, np.arange(1, COUNT + 1)) >= 0.99
    assert made.learnt == COUNT


def test_the_index_is_chosen_by_number_with_a_margin(monkeypatch: pytest.MonkeyPatch, many: Vectors) -> None:
    monkeypatch.setattr(nearest, "EXACT_UP_TO", 3000)
    monkeypatch.setattr(nearest, "COMPRESSED_DOWN_TO", 2000)
    small = fitted(None, 3000)
    assert isinstance(small, VectorIndex)
    small.add(range(1, 3001), many[:3000])
    assert fitted(small, 3000) is small
    large = fitted(small, 3001)
    assert isinstance(large, CompressedIndex)
    assert sorted(large.ids.tolist()) == list(range(1, 3001))
    assert fitted(large, 2001) is large
    back = fitted(large, 2000)
    assert isinstance(back, VectorIndex)
    assert [back.search(v, 1)[0][0] for v in many[:50]] == list(range(1, 51))


@pytest.mark.parametrize("name", ["ids.npy", "coarse.npy", "codes.npy", "book.npy", "learnt.npy"])
@pytest.mark.parametrize("harm", ["empty", "cut", "other", "missing"])
def test_files_that_do_not_fit_are_refused(many: Vectors, tmp_path: Path, name: str, harm: str) -> None:
    made = CompressedIndex()
    made.add(range(1, 1201), many[:1200])
    made.write(tmp_path / "vectors")
    path = tmp_path / "vectors" / name
    if harm == "missing":
        path.unlink()
    elif harm == "other":
        with path.open("wb") as file:
            np.save(file, np.zeros((3, 3), np.float32))
    else:
        content = path.read_bytes()
        path.write_bytes(content[: 0 if harm == "empty" else len(content) - 5])
    with pytest.raises(BrokenGenerationError):
        read(tmp_path / "vectors")


def test_several_threads_may_search_with_filters_of_their_own(many: Vectors, asked: Vectors) -> None:
    from concurrent.futures import ThreadPoolExecutor

    made = CompressedIndex()
    made.add(range(1, COUNT + 1), many)
    filters = [Only(range(part, COUNT + 1, 7)) for part in range(1, 8)]
    with ThreadPoolExecutor(4) as pool:
        jobs = [(pool.submit(made.search, v, 10, only), only) for v in asked for only in filters]
        for job, only in jobs:
            assert {i for i, _ in job.result()} <= set(only.ids.tolist())
    assert sum(len(rows) for _, rows, _ in made._filtered.values()) <= compressed.FILTERED_KEPT * COUNT
