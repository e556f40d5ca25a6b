"""The stores of the replay know only what they may."""

from __future__ import annotations

import numpy as np
import pytest

from kb.redaction import redact
from search.contract import Candidates, Lesson, Neighbour, PassageScore, Query, Vectors
from tests.benchmarks.replay import CLOSES, ENOUGH, NEVER, REMEMBERS, Store, gain, opened

THERE, GONE = 1, 2
QUERY = Query(redact("Blank labels"), redact("All of them."))


def lesson(number: int, *articles: int) -> Lesson:
    return Lesson(number, QUERY, articles, float(number))


def seen(number: int) -> Candidates:
    """Both articles are found, the missing one first, and every earlier question is a neighbour."""
    vector: Vectors = np.array([1.0, 0.0], np.float32)
    passages = (PassageScore(20, GONE, 0.9), PassageScore(10, THERE, 0.5))
    earlier = tuple(Neighbour(n, 0.9) for n in range(1, number))
    return Candidates(passages, (), earlier, frozenset({THERE, GONE}), vector)


@pytest.mark.parametrize(
    ("name", "hits", "published"),
    [(NEVER, 0, {THERE}), (REMEMBERS, 0, {THERE}), (CLOSES, 2, {THERE, GONE})],
)  # fmt: skip
def test_an_article_appears_once_enough_have_asked_for_it_and_only_where_the_loop_closes(
    name: str, hits: int, published: set[int]
) -> None:
    store = Store(name, {THERE})
    for number in range(1, ENOUGH + 3):
        store.ask(seen(number), lesson(number, GONE))
    assert (sum(store.hits), store.published) == (hits, published)
    assert store.appeared == ([ENOUGH] if name == CLOSES else [])
    linked = {number: articles for number, articles in store.solved.items() if articles}
    assert linked == (dict.fromkeys(range(1, ENOUGH + 3), (GONE,)) if name == CLOSES else {})


def test_a_link_to_what_is_missing_is_no_link() -> None:
    store = Store(REMEMBERS, {THERE})
    store.ask(seen(1), lesson(1, THERE, GONE))
    assert store.solved == {1: (THERE,)}


def test_three_in_ten_of_what_questions_need_are_missing_but_not_for_the_measure_of_all() -> None:
    asked = [lesson(n, n) for n in range(1, 11)]
    stores, gone = opened(asked, frozenset(range(1, 31)), 0)
    assert len(gone) == 3
    assert {len(store.published) for store in stores} == {27, 30}


def test_a_gain_is_of_the_last_fifth() -> None:
    left, right = np.zeros(100, np.float32), np.zeros(100, np.float32)
    left[80:] = 1.0
    assert gain(left, right) == (1.0, 1.0, 1.0)
