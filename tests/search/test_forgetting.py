"""What was learned of an article goes with it, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from search.affinity import Affinity
from search.contract import Candidates, Neighbour, PassageScore, Vote
from search.features import NAMES
from search.forgetting import forget_all_but, known_to
from search.popularity import ALL, Popularity
from search.ranker import BARS, Ranker
from search.rankers import ARRAYS, Rankers
from search.ranking import CALIBRATION, rank
from search.recipe import DIMENSIONS


def affinity(seed: int) -> Affinity:
    """Of three articles that are here and one that is not."""
    random = np.random.default_rng(seed)
    return Affinity(
        np.array([1, 2, 3, -1]), ("till",), random.normal(size=(4, DIMENSIONS)).astype(np.float32),
        random.normal(size=(4, 2)).astype(np.float32), np.array([-3.0, 1.0], np.float32),
        np.zeros(DIMENSIONS + 1, np.float32),
    )  # fmt: skip


def ranker(folder: Path | None = None) -> Ranker:
    counts = {1: 5.0, 2: 3.0, 3: 1.0}
    return Ranker(
        np.zeros(len(NAMES)), np.ones(len(NAMES)), np.linspace(0.1, 1, len(NAMES)), affinity(1),
        Popularity({ALL: 9, ("till", ""): 9}, {ALL: counts, ("till", ""): counts}), CALIBRATION,
        refused=BARS, answered=BARS, right=BARS, tuned=affinity(2) if folder else None, encoder=folder,
    )  # fmt: skip


@pytest.fixture
def rankers(tmp_path: Path) -> Rankers:
    made = Rankers(tmp_path / "rankers")
    made.folder.mkdir()
    encoder = tmp_path / "encoder"
    encoder.mkdir()
    (encoder / "weights").write_text("numbers")
    for one in (ranker(encoder), ranker()):
        made.promote(
            made.add(one, {"lessons": 9, "figures": {"learned mrr@10": 0.7}, "at": "2026-11-24T12:00:00+00:00"})
        )
    return made


def asked() -> Candidates:
    """Article 2 is gone from the index already."""
    vector = np.random.default_rng(3).normal(size=DIMENSIONS).astype(np.float32)
    found = tuple(PassageScore(10 * article, article, 0.9 - article / 10) for article in (1, 3))
    return Candidates(
        found, found, (Neighbour(7, 0.8),), frozenset({1, 3}), vector / np.linalg.norm(vector), product="till"
    )


def test_a_removed_article_is_in_no_stored_ranker_and_the_others_rank_as_before(rankers: Rankers) -> None:
    assert all(known_to(rankers.folder / name) == {1, 2, 3} for name in rankers.names())
    before = rank(asked(), [Vote(7, 3)], ranker=rankers.load()[0])
    assert forget_all_but(rankers, {1, 3, 99}) == ("ranker-000003", "ranker-000004")
    assert rankers.names() == ["ranker-000003", "ranker-000004"]
    assert all(known_to(rankers.folder / name) == {1, 3} for name in rankers.names())
    assert rankers.current() == "ranker-000004", "what served serves on, under its new name"
    serving, note = rankers.load()
    assert note == ""
    assert serving is not None
    assert serving.affinity is not None
    assert list(serving.affinity.articles) == [1, 3, -1], "what was never here goes on teaching that it is elsewhere"
    after = rank(asked(), [Vote(7, 3)], ranker=serving)
    assert [one.article_id for one in after] == [one.article_id for one in before]
    # A product of fewer rows may differ in the last digit.
    assert [one.score for one in after] == pytest.approx([one.score for one in before], abs=1e-6)
    kept, _ = rankers.read("ranker-000003")
    assert kept is not None
    assert kept.encoder is not None
    assert kept.tuned is not None
    assert (kept.encoder / "weights").read_text() == "numbers"
    assert [(one.lessons, one.at, one.figures) for one in rankers.described()] == [
        (9, "2026-11-24T12:00:00+00:00", {"learned mrr@10": 0.7})
    ] * 2


def test_where_nothing_is_gone_nothing_is_made_anew(rankers: Rankers) -> None:
    mark = rankers.mark()
    assert forget_all_but(rankers, {1, 2, 3, 4}) == ()
    assert rankers.names() == ["ranker-000001", "ranker-000002"]
    assert rankers.mark() == mark
    assert forget_all_but(Rankers(rankers.folder / "none"), frozenset()) == ()


def test_every_article_may_go(rankers: Rankers) -> None:
    forget_all_but(rankers, frozenset())
    serving, note = rankers.load()
    assert (serving is not None, note) == (True, "")
    assert rank(asked(), [], ranker=serving)


def test_a_damaged_version_does_not_keep_the_others_from_forgetting(rankers: Rankers) -> None:
    arrays = rankers.folder / "ranker-000001" / ARRAYS
    arrays.write_bytes(arrays.read_bytes()[:100])
    assert forget_all_but(rankers, {1, 3}) == ("ranker-000003",)
    assert rankers.current() == "ranker-000003"


def test_more_versions_than_are_kept_are_all_made_anew(rankers: Rankers) -> None:
    for _ in range(3):
        rankers.add(replace(ranker(), balanced=0.4), {})
    forget_all_but(rankers, {1, 3})
    assert len(rankers.names()) == 5
    assert all(known_to(rankers.folder / name) == {1, 3} for name in rankers.names())
    assert rankers.load()[0] is not None
