"""scikit-learn's own shared checks, for every model that is learned from rows of numbers."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from sklearn.exceptions import SkipTestWarning
from sklearn.utils.estimator_checks import check_estimator

from classifier.lines import Lines
from classifier.neighbours import Neighbours
from classifier.nets import SmallNet
from classifier.trees import BoostedTrees


@pytest.mark.slow
@pytest.mark.parametrize(
    "estimator",
    [BoostedTrees(rounds=20), Neighbours(), Lines(), Lines(balanced=True), SmallNet(20)],
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
