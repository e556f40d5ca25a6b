"""Probabilities are judged on tickets that did not calibrate them."""

from __future__ import annotations

import numpy as np

from search.calibration import expected_error
from search.comparing import Example
from search.judging import judged
from search.learning import calibrated, first
from tests.search.test_promoting import asked, ranker


def by_lot(number: int, random: np.random.Generator) -> list[Example]:
    """Whether the first suggestion is right has nothing to do with anything that a calibration sees."""
    return [asked(n, int(random.integers(1, 3)), 1) for n in range(number)]


def test_what_a_calibration_learned_by_heart_is_not_taken_for_knowledge() -> None:
    later = by_lot(24, np.random.default_rng(4))
    own = calibrated(ranker(1.0), later, [])
    by_heart = expected_error(*first(own, later))
    came = judged(own, later, [])
    assert len(came.said) == len(later)
    assert expected_error(came.said, came.right) > by_heart


def test_with_many_tickets_it_makes_no_difference() -> None:
    later = by_lot(2000, np.random.default_rng(5))
    came = judged(ranker(1.0), later, [])
    by_heart = expected_error(*first(calibrated(ranker(1.0), later, []), later))
    assert abs(expected_error(came.said, came.right) - by_heart) < 0.01
    assert sorted(map(bool, came.right)) == sorted(bool(right) for right in first(ranker(1.0), later)[1])
    assert len(came.here) == len(later)
    assert len(came.gone) == 0


def test_one_ticket_alone_is_judged_as_it_is() -> None:
    came = judged(ranker(1.0), by_lot(1, np.random.default_rng(6)), [])
    assert len(came.said) == 1
