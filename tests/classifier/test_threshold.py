from __future__ import annotations

import numpy as np
import pytest

from classifier.threshold import NARROWEST, Threshold, by_f1


def test_decisions_around_the_threshold() -> None:
    threshold = Threshold(0.4, 0.3)
    low, high = threshold.unsure_between
    assert [threshold.decide(p) for p in (0.0, low - 0.01, 0.4, high + 0.01, 1.0)] == [
        "keep", "keep", "unsure", "escalate", "escalate",
    ]  # fmt: skip


def test_without_a_band_nothing_is_unsure() -> None:
    assert [Threshold(0.5).decide(p) for p in (0.499, 0.5, 0.501)] == ["keep", "escalate", "escalate"]


def test_best_f1_is_found() -> None:
    chances = np.array([0.1, 0.2, 0.3, 0.35, 0.6, 0.9])
    assert by_f1(chances, np.array([0, 0, 0, 1, 1, 1])).at == 0.35


def test_the_nearest_tenth_is_unsure() -> None:
    chances = np.linspace(0.01, 0.99, 1000)
    threshold = by_f1(chances, (chances > 0.5).astype(np.int64))
    assert np.mean([threshold.decide(p) == "unsure" for p in chances]) == pytest.approx(0.1, abs=0.01)


def test_the_band_never_vanishes() -> None:
    assert by_f1(np.array([0.2] * 50 + [0.8] * 50), np.repeat([0, 1], 50)).band == NARROWEST
