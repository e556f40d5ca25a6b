from __future__ import annotations

import numpy as np
import pytest
import skops.io
from sklearn.ensemble import HistGradientBoostingClassifier

from classifier.trees import BINS, BoostedTrees

CHANCE = np.random.default_rng(0)
ROWS = np.hstack([CHANCE.integers(0, 40, (1500, 2)).astype(float), CHANCE.normal(size=(1500, 3))])
ROWS[CHANCE.random(ROWS.shape) < 0.05] = np.nan
SCORE = np.nan_to_num(ROWS[:, 0]) % 3 + np.nan_to_num(ROWS[:, 3])
TWO = (SCORE > 1.5).astype(np.int64)
FOUR = np.digitize(SCORE, [0.0, 1.0, 2.0])


@pytest.fixture(scope="module")
def two() -> BoostedTrees:
    return BoostedTrees(categories=2, rounds=30).fit(ROWS, TWO)


def library(rows: np.ndarray, labels: np.ndarray) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        max_iter=30, learning_rate=0.05, max_leaf_nodes=15, min_samples_leaf=20, max_features=0.3, l2_regularization=5.0,
        early_stopping=False, random_state=0, categorical_features=[0, 1],
    ).fit(rows, labels)  # fmt: skip


@pytest.mark.parametrize("labels", [TWO, FOUR], ids=["two classes", "four classes"])
def test_plain_arrays_score_as_the_library_does(labels: np.ndarray) -> None:
    few = np.hstack([ROWS[:, :2], np.round(ROWS[:, 2:], 1)])
    ours, theirs = BoostedTrees(categories=2, rounds=30).fit(few, labels), library(few, labels)
    assert np.allclose(ours.decision_function(few), theirs.decision_function(few), atol=1e-12)
    assert (ours.predict(few) == theirs.predict(few)).all()


def test_many_different_amounts_are_cut_into_as_many_parts_of_about_one_size() -> None:
    cut = ROWS.copy()
    for n in (2, 3, 4):
        values = ROWS[~np.isnan(ROWS[:, n]), n]
        bounds = np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1], method="midpoint"))
        cut[:, n] = np.where(np.isnan(ROWS[:, n]), np.nan, np.searchsorted(bounds, ROWS[:, n]))
    ours, theirs = BoostedTrees(categories=2, rounds=30).fit(ROWS, TWO), library(cut, TWO)
    assert np.allclose(ours.decision_function(ROWS), theirs.decision_function(cut), atol=1e-12)


def test_stored_and_read_they_score_bit_by_bit_the_same(two: BoostedTrees) -> None:
    again = BoostedTrees.from_parts(skops.io.loads(skops.io.dumps(two.to_parts()), trusted=[]))
    assert (again.decision_function(ROWS) == two.decision_function(ROWS)).all()


def test_contributions_add_up_to_the_score(two: BoostedTrees) -> None:
    found = two.contributions(ROWS)
    assert np.allclose(found.sum(axis=1) + two.start_[0], two.decision_function(ROWS), atol=1e-9)
    telling = np.abs(found).mean(axis=0)
    assert set(np.argsort(-telling)[:2].tolist()) == {0, 3}


def test_a_row_does_not_depend_on_its_neighbours(two: BoostedTrees) -> None:
    together = two.decision_function(ROWS[:20])
    assert (together == np.concatenate([two.decision_function(ROWS[n : n + 1]) for n in range(20)])).all()


def test_a_value_never_seen_is_missing(two: BoostedTrees) -> None:
    strange, missing = ROWS[:50].copy(), ROWS[:50].copy()
    strange[:, 0], missing[:, 0] = 999.0, np.nan
    assert (two.decision_function(strange) == two.decision_function(missing)).all()


def test_a_column_of_which_nothing_is_known() -> None:
    rows = ROWS.copy()
    rows[:, [1, 4]] = np.nan
    made = BoostedTrees(categories=2, rounds=5).fit(rows, TWO)
    assert not made.contributions(ROWS)[:, [1, 4]].any()
