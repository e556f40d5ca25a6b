from __future__ import annotations

import numpy as np
import pytest

from classifier.series import interrupted


def weeks(rate: float, count: int, seed: int = 0) -> list[int]:
    return np.random.default_rng(seed).poisson(rate, count).tolist()


def test_a_fall_is_found_with_an_interval_that_holds_it() -> None:
    found = interrupted(weeks(10, 26), weeks(4, 26, 1))
    assert found is not None
    assert found.low < 0.4 < found.high < 1
    assert found.spared_low < 26 * 6 < found.spared_high


def test_no_change_is_not_called_one() -> None:
    wrong = 0
    for seed in range(40):
        found = interrupted(weeks(8, 20, 2 * seed), weeks(8, 20, 2 * seed + 1))
        assert found is not None
        wrong += not found.low <= 1 <= found.high
    assert wrong <= 6


def test_a_trend_that_was_there_already_is_not_the_articles_doing() -> None:
    falling = [round(20 - 0.35 * week) for week in range(52)]
    found = interrupted(falling[:26], falling[26:])
    assert found is not None
    assert found.low <= 1 <= found.high


@pytest.mark.parametrize(("before", "after"), [([1, 2], [1] * 9), ([5] * 9, [1, 0]), ([0] * 9, [3] * 9), ([], [])])
def test_too_little_is_nothing(before: list[int], after: list[int]) -> None:
    assert interrupted(before, after) is None


def test_none_at_all_afterwards_is_a_fall_to_nothing() -> None:
    found = interrupted([6] * 12, [0] * 12)
    assert found is not None
    assert found.high < 0.5
    assert found.spared > 0
