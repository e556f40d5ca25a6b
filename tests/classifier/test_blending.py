from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from classifier.blending import fit_blend, fit_class_blend
from classifier.calibration import calibration_error

CHANCE = np.random.default_rng(0)
TRUE = CHANCE.normal(size=(8000, 2))
LABELS = (CHANCE.random(8000) < expit(1.5 * TRUE.sum(axis=1) - 2)).astype(np.int64)


def test_both_members_count_and_the_blend_is_calibrated() -> None:
    blend = fit_blend(TRUE[:4000], LABELS[:4000])
    assert blend.weights == pytest.approx([1.5, 1.5], rel=0.15)
    later = blend(TRUE[4000:])
    assert calibration_error(later, LABELS[4000:]) < 0.02
    assert roc_auc_score(LABELS[4000:], later) > roc_auc_score(LABELS[4000:], TRUE[4000:, 0]) + 0.05


def test_noise_and_contradiction_get_no_say() -> None:
    noise = CHANCE.normal(size=8000)
    blend = fit_blend(np.column_stack([TRUE.sum(axis=1), noise, -TRUE[:, 0]]), LABELS)
    assert blend.weights[0] > 1
    assert abs(blend.weights[1]) < 0.1
    assert (blend.weights >= 0).all()


def test_a_member_that_is_upside_down_still_orders() -> None:
    assert fit_blend(-TRUE[:, [0]], LABELS).weights[0] > 0


def test_never_certain() -> None:
    blend = fit_blend(np.array([[-1.0]] * 10 + [[1.0]] * 10), np.repeat([0, 1], 10))
    assert 0.8 < blend(np.array([[1.0]]))[0] < 0.99


def test_what_counts_more_sets_the_level() -> None:
    labels = np.repeat([0, 1], 500)
    weight = np.where(labels == 1, 0.25, 1.0)
    assert fit_blend(np.zeros((1000, 1)), labels, weight)(np.zeros((1, 1)))[0] == pytest.approx(0.2, abs=0.01)


def test_class_scores_are_weighed_and_calibrated() -> None:
    scores = CHANCE.normal(size=(4000, 5, 2))
    odds = 2.0 * scores[:, :, 0]
    truth = np.array([CHANCE.choice(5, p=row) for row in np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True)])
    blend = fit_class_blend(scores, truth)
    assert blend.weights[0] == pytest.approx(2.0, rel=0.15)
    assert blend.weights[1] < 0.15
    assert blend(scores).sum(axis=1) == pytest.approx(1)


def test_nothing_known_weighs_all_alike() -> None:
    assert fit_class_blend(np.zeros((3, 4, 2)), np.full(3, -1)).weights.tolist() == [1.0, 1.0]
