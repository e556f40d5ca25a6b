from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from classifier.contract import Choice, ChoiceError
from classifier.threshold import NARROWEST, Threshold, by_f1, chosen, with_band

CHANCE = np.random.default_rng(0)
CHANCES = CHANCE.beta(0.6, 1.2, 4000)
LABELS = (CHANCE.random(4000) < CHANCES).astype(np.int64)


def test_decisions_around_the_threshold() -> None:
    threshold = Threshold(0.4, 0.3, 0.6)
    assert [threshold.decide(p) for p in (0.0, 0.29, 0.3, 0.4, 0.59, 0.6, 1.0)] == [
        "keep", "keep", "unsure", "unsure", "unsure", "escalate", "escalate",
    ]  # fmt: skip
    assert threshold.unsure_between == (0.3, 0.6)


def test_without_a_band_nothing_is_unsure() -> None:
    assert [Threshold(0.5, 0.5, 0.5).decide(p) for p in (0.499, 0.5, 0.501)] == ["keep", "escalate", "escalate"]


def test_best_f1_is_found() -> None:
    chances = np.array([0.1, 0.2, 0.3, 0.35, 0.6, 0.9])
    assert by_f1(chances, np.array([0, 0, 0, 1, 1, 1])).at == pytest.approx(0.325)
    assert by_f1(chances, np.array([1, 1, 1, 1, 1, 1])).at == 0.1


def test_between_two_kinds_that_lie_apart_it_is_in_the_middle() -> None:
    threshold = by_f1(np.array([0.05] * 50 + [0.95] * 50), np.repeat([0, 1], 50))
    assert [threshold.decide(p) for p in (0.3, 0.7)] == ["keep", "escalate"]


@pytest.mark.parametrize("unsure", [0.05, 0.1, 0.3])
def test_no_more_are_unsure_than_may_be(unsure: float) -> None:
    threshold = by_f1(CHANCES[:2000], LABELS[:2000], unsure)
    later = np.array([threshold.decide(p) for p in CHANCES[2000:]])
    assert np.mean(later == "unsure") == pytest.approx(unsure, abs=0.03)


def test_outside_the_band_errors_are_fewer_on_both_sides() -> None:
    threshold = by_f1(CHANCES[:2000], LABELS[:2000], 0.3)
    later, truth = CHANCES[2000:], LABELS[2000:]
    low, high = threshold.unsure_between
    assert low < threshold.at < high
    missed, alarmed = np.mean(later[truth == 1] < threshold.at), np.mean(later[truth == 0] >= threshold.at)
    assert np.mean(later[truth == 1] < low) < 0.7 * missed
    assert np.mean(later[truth == 0] >= high) < 0.7 * alarmed


def test_a_model_that_errs_nowhere_is_unsure_only_beside_the_threshold() -> None:
    threshold = by_f1(np.array([0.2] * 50 + [0.8] * 50), np.repeat([0, 1], 50))
    middle = logit(threshold.at)
    assert threshold.unsure_between == pytest.approx((expit(middle - NARROWEST), expit(middle + NARROWEST)))


def test_one_class_only_has_a_band_too() -> None:
    assert with_band(0.5, CHANCES, np.zeros(4000, dtype=np.int64)).low < 0.5


def test_cost_moves_the_threshold_to_where_both_cost_the_same() -> None:
    assert chosen(Choice("cost", miss=9, alarm=1), CHANCES, LABELS, None).at == pytest.approx(0.1)
    assert chosen(Choice("cost", miss=1, alarm=1), CHANCES, LABELS, None).at == pytest.approx(0.5)


def test_a_threshold_by_cost_costs_least() -> None:
    def cost(at: float) -> float:
        return float(8 * ((at > CHANCES) & (LABELS == 1)).sum() + ((at <= CHANCES) & (LABELS == 0)).sum())

    best = cost(chosen(Choice("cost", miss=8, alarm=1), CHANCES, LABELS, None).at)
    assert all(best <= 1.02 * cost(at) for at in (0.02, 0.05, 0.2, 0.4, 0.6))


@pytest.mark.parametrize("per_day", [1, 20, 33.5])
def test_capacity_is_used_and_not_overrun(per_day: float) -> None:
    at = chosen(Choice("capacity", per_day=per_day), CHANCES, LABELS, 50.0).at
    assert (at <= CHANCES).sum() == int(per_day * 50)


def test_ties_do_not_overrun_the_capacity() -> None:
    chances = np.array([0.9, 0.5, 0.5, 0.5, 0.1])
    at = chosen(Choice("capacity", per_day=2), chances, np.array([1, 1, 0, 0, 0]), 1.0).at
    assert (chances >= at).sum() == 1


def test_room_for_all_names_all() -> None:
    assert chosen(Choice("capacity", per_day=1000), CHANCES, LABELS, 10.0).at == 0.0


@pytest.mark.parametrize(
    ("choice", "days", "why"),
    [
        (Choice("capacity", per_day=0), 3.0, "above zero"),
        (Choice("capacity", per_day=5), None, "no dates"),
        (Choice("cost", miss=-1), 3.0, "zero or more"),
        (Choice("cost", miss=0, alarm=0), 3.0, "above zero"),
    ],
)
def test_what_cannot_be_followed_is_said(choice: Choice, days: float | None, why: str) -> None:
    with pytest.raises(ChoiceError, match=why):
        chosen(choice, CHANCES, LABELS, days)
