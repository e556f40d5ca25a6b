"""Whether a learned order may serve: only where it beats the fixed rule on later tickets by more than chance."""

from __future__ import annotations

import numpy as np
import pytest

from kb.redaction import redact
from search.calibration import Calibration
from search.comparing import Example, gain, ordered
from search.contract import Lesson, Query
from search.features import NAMES, Table
from search.memory import Recalled
from search.popularity import Popularity
from search.promoting import compared
from search.ranker import Ranker

FLAT = Calibration((0.0,) * 9, (1.0,) * 9, (1.0, *(0.0,) * 8), 0.0)


def ranker(weight: float, *, fixed: bool = False) -> Ranker:
    """Orders by the first feature alone, which is the place of the right article turned around."""
    weights = np.zeros(len(NAMES))
    weights[0] = weight
    return Ranker(np.zeros(len(NAMES)), np.ones(len(NAMES)), weights, None, Popularity(), FLAT, fixed=fixed)


def asked(number: int, learned_rank: int, fixed_rank: int) -> Example:
    """Ten candidates; article 1 is right, and stands at those ranks."""
    values = np.zeros((10, len(NAMES)))
    values[:, 0] = [11.5 - learned_rank, *(10.0 - place for place in range(9))]
    by_rule = np.array([11.5 - fixed_rank, *(10.0 - place for place in range(9))])
    table = Table(tuple(range(1, 11)), values, {}, {}, Recalled(), 0.0)
    lesson = Lesson(number, Query(redact("x"), redact("")), (1,), float(number))
    return Example(lesson, table, by_rule, np.array([1.0] + [0.0] * 9), 1.0)


def test_what_is_always_better_is_better_by_more_than_chance() -> None:
    better = gain(ranker(1.0), [asked(n, 1, 2) for n in range(60)])
    assert better == (pytest.approx(0.5), pytest.approx(0.5))


@pytest.mark.parametrize(("learned", "fixed"), [(1, 1), (3, 2), (9, 1)])
def test_what_is_alike_or_worse_is_not(learned: int, fixed: int) -> None:
    assert gain(ranker(1.0), [asked(n, learned, fixed) for n in range(60)])[1] <= 0


def test_a_gain_that_a_few_tickets_made_may_be_chance() -> None:
    few = [asked(n, 1, 2) for n in range(6)] + [asked(n, 2, 1) for n in range(6, 11)]
    mean, low = gain(ranker(1.0), few)
    assert mean > 0 > low


def test_where_the_fixed_rule_serves_it_orders_and_the_figures_name_both() -> None:
    later = [asked(n, 1, 4) for n in range(30)]
    assert ordered(ranker(1.0), later[0])[0] == 0
    assert ordered(ranker(1.0, fixed=True), later[0])[0] != 0
    figures = compared(ranker(1.0), later, [])
    assert (figures["learned hit@1"], figures["fixed hit@1"], figures["fixed mrr@10"]) == (1.0, 0.0, 0.25)
