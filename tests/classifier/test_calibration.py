from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from classifier.calibration import (
    brier,
    calibration_error,
    fit_platt,
    fit_sets,
    fit_sets_of_each,
    fit_temperature,
    prediction_set,
    softmax,
)


def test_platt_finds_the_line_that_made_the_labels() -> None:
    chance = np.random.default_rng(0)
    scores = chance.normal(size=20_000)
    labels = (chance.random(20_000) < expit(2.0 * scores - 1.0)).astype(np.int64)
    platt = fit_platt(scores, labels)
    assert platt.slope == pytest.approx(2.0, abs=0.1)
    assert platt.offset == pytest.approx(-1.0, abs=0.1)
    assert calibration_error(platt(scores), labels) < 0.015


def test_platt_is_never_certain_nor_upside_down() -> None:
    apart = fit_platt(np.array([-1.0] * 10 + [1.0] * 10), np.repeat([0, 1], 10))
    assert 0.8 < apart(np.array([1.0]))[0] < 0.97
    wrong = fit_platt(np.array([1.0] * 10 + [-1.0] * 10), np.repeat([0, 1], 10))
    assert wrong.slope > 0


def test_temperature_calibrates_scores_that_are_too_sure() -> None:
    chance = np.random.default_rng(0)
    scores = chance.normal(size=(5000, 4))
    truth = np.array([chance.choice(4, p=row) for row in softmax(scores, 1.0)])
    assert fit_temperature(scores * 5, truth) == pytest.approx(5, rel=0.1)
    assert fit_temperature(scores, np.full(5000, -1)) == 1.0
    assert np.allclose(softmax(scores, 3.0).sum(axis=1), 1)


@pytest.mark.parametrize("coverage", [0.8, 0.9, 0.95])
def test_sets_cover_later_tickets_as_promised(coverage: float) -> None:
    chance = np.random.default_rng(1)
    chances = softmax(chance.normal(size=(8000, 6)), 0.7)
    truth = np.array([chance.choice(6, p=row) for row in chances])
    least = fit_sets(chances[:4000], truth[:4000], coverage)
    held = [right in prediction_set(row, least) for row, right in zip(chances[4000:], truth[4000:], strict=True)]
    assert np.mean(held) == pytest.approx(coverage, abs=0.02)


def test_each_class_is_held_as_often_as_stated() -> None:
    chance = np.random.default_rng(2)
    odds = chance.normal(size=(12_000, 4)) + np.array([2.0, 0.0, 0.0, -1.5])
    chances = softmax(odds, 0.8)
    truth = np.array([chance.choice(4, p=row) for row in chances])
    leasts = fit_sets_of_each(chances[:6000], truth[:6000], 0.9)
    later = list(zip(chances[6000:], truth[6000:], strict=True))
    for one in range(4):
        held = [one in prediction_set(row, leasts) for row, right in later if right == one]
        assert np.mean(held) == pytest.approx(0.9, abs=0.05)
    overall = fit_sets(chances[:6000], truth[:6000], 0.9)
    assert np.mean([3 in prediction_set(row, overall) for row, right in later if right == 3]) < 0.8


def test_of_a_rare_class_all_is_promised() -> None:
    chances = softmax(np.random.default_rng(0).normal(size=(50, 3)), 1.0)
    assert fit_sets_of_each(chances, np.array([0] * 25 + [1] * 22 + [2] * 3), 0.9)[2] == 0.0


def test_sets_promise_nothing_that_few_tickets_cannot_show() -> None:
    chances = softmax(np.random.default_rng(0).normal(size=(5, 3)), 1.0)
    assert fit_sets(chances, np.zeros(5, dtype=np.int64), 0.9) == 0.0


def test_teams_that_were_never_learned_count_as_missed() -> None:
    chances = np.tile([0.7, 0.2, 0.1], (100, 1))
    some = fit_sets(chances, np.array([0] * 95 + [-1] * 5), 0.9)
    many = fit_sets(chances, np.array([0] * 80 + [-1] * 20), 0.9)
    assert some == 0.7
    assert many == 0.0


def test_a_set_is_never_empty_and_best_first() -> None:
    assert prediction_set(np.array([0.2, 0.5, 0.3]), 0.9).tolist() == [1]
    assert prediction_set(np.array([0.2, 0.5, 0.3]), 0.25).tolist() == [1, 2]


def test_calibration_error_and_brier_by_hand() -> None:
    chances, labels = np.array([0.1, 0.1, 0.8, 0.8]), np.array([0, 0, 1, 0])
    assert calibration_error(chances, labels, bins=2) == pytest.approx(0.5 * 0.1 + 0.5 * 0.3)
    assert brier(chances, labels) == pytest.approx((0.01 + 0.01 + 0.04 + 0.64) / 4)
