"""scikit-learn's own shared checks, for every model that is learned from rows of numbers."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import SkipTestWarning
from sklearn.utils.estimator_checks import check_estimator

from classifier.blenders import ClassScoreBlend, ScoreBlend
from classifier.blending import fit_blend, fit_class_blend
from classifier.lines import Lines
from classifier.neighbours import Neighbours
from classifier.nets import SmallNet
from classifier.trees import BoostedTrees


@pytest.mark.slow
@pytest.mark.parametrize(
    "estimator",
    [
        BoostedTrees(rounds=20),
        Neighbours(),
        Lines(),
        Lines(balanced=True),
        SmallNet(20),
        ScoreBlend(),
        ClassScoreBlend(),
    ],
    ids=lambda one: str(one),
)
def test_the_shared_checks_pass(estimator: Any) -> None:  # noqa: ANN401 - any estimator
    with warnings.catch_warnings():
        # Some checks need packages that are not installed; they say so in a warning, and numeric ones in theirs.
        warnings.simplefilter("ignore", SkipTestWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        warnings.simplefilter("ignore", UserWarning)
        found = check_estimator(estimator, on_fail=None)
    failed = {one["check_name"]: repr(one["exception"]) for one in found if one["status"] == "failed"}
    assert failed == {}
    assert sum(one["status"] == "passed" for one in found) > 30


def test_the_blends_of_a_version_are_those_of_the_estimators() -> None:
    chance = np.random.default_rng(0)
    labels = chance.integers(0, 2, 200)
    scores = labels[:, None] * [0.5, 1.5] + chance.normal(size=(200, 2))
    counts = chance.random(200)
    made, plain = ScoreBlend().fit(scores, labels, counts), fit_blend(scores, labels, counts)
    assert np.array_equal(made.blend_.weights, plain.weights)
    assert np.array_equal(made.predict_proba(scores)[:, 1], plain(scores))
    truth = chance.integers(0, 3, 300)
    of_classes = chance.normal(size=(300, 4, 3)).astype(np.float32)
    of_classes[np.arange(300), truth] += 1
    several = ClassScoreBlend(4).fit(of_classes.reshape(300, -1), truth)
    assert np.array_equal(several.blend_.weights, fit_class_blend(of_classes, truth).weights)
    assert np.array_equal(
        several.predict_proba(of_classes.reshape(300, -1)), several.blend_(of_classes.astype(np.float64))
    )
    assert several.score(of_classes.reshape(300, -1), truth) > 0.6
