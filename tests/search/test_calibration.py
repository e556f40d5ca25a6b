from __future__ import annotations

import numpy as np
import pytest

from search import calibration


def rows_of(random: np.random.Generator, questions: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Signs of made-up questions whose first candidate is right as often as its log odds say."""
    rows, right = [], []
    for _ in range(questions):
        values = np.sort(random.normal(0, 2, 10))[::-1]
        rows.append(calibration.signs(values, 0.5, 0.5, (0.5, 0.5, 0.5), 0.0, -12.0))
        chance = np.exp(values - values.max())
        right.append(np.arange(10) == random.choice(10, p=chance / chance.sum()))
    return np.concatenate(rows), np.concatenate(right), np.ones(10 * questions)


def test_probabilities_hold_on_questions_that_were_not_fitted() -> None:
    random = np.random.default_rng(1)
    rows, right, weight = rows_of(random, 600)
    found = calibration.fit(rows, right, weight, 600)
    later, came, _ = rows_of(random, 600)
    assert calibration.expected_error(found.of(later), came) < 0.02


def test_within_a_question_the_probability_never_rises_even_if_the_sample_says_so() -> None:
    rows, right, weight = rows_of(np.random.default_rng(2), 80)
    found = calibration.fit(rows, ~right, weight, 80)
    first = found.of(rows[:10])
    assert np.all(np.diff(first) <= 1e-9)


def test_signs_survive_a_single_candidate_and_none() -> None:
    assert calibration.signs(np.zeros(0), 0.0, 0.0, (0.0,) * 3, 0.0, -12.0).shape == (0, len(calibration.NAMES))
    assert np.isfinite(calibration.signs(np.array([3.0]), 0.2, 0.1, (0.0,) * 3, 0.0, -12.0)).all()


def test_expected_error_is_the_gap_between_said_and_came() -> None:
    said = np.repeat([0.2, 0.8], 50)
    came = np.concatenate([np.arange(50) < 20, np.arange(50) < 40])
    assert calibration.expected_error(said, came, bins=2) == pytest.approx(0.1)


def test_area_counts_pairs_and_ties_half() -> None:
    scores = np.array([0.9, 0.4, 0.4, 0.1])
    assert calibration.area_under_roc(scores, np.array([True, True, False, False])) == pytest.approx(3.5 / 4)
    assert np.isnan(calibration.area_under_roc(scores, np.zeros(4, bool)))
