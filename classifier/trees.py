"""Gradient boosted trees, kept as plain arrays.

Invariant: what is stored is numbers only, so that no object of a library is ever read back from a file; and the arrays
score a row bit by bit as when they were made. Growing the trees is scikit-learn's histogram gradient boosting.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

Floats = NDArray[np.float64]
MOST_VALUES: Final = 250
"""Different values of a categorical column that trees can tell apart; rarer ones count as missing."""
BINS: Final = 255
"""Cuts of an amount that a tree can choose from, and one more."""
LEAF: Final = -1
FIELDS: Final = ("column", "threshold", "left", "right", "missing_left", "value", "bits")


class BoostedTrees(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn ships no types
    """Boosted trees for two or more classes.

    Parameters
    ----------
    categories : number of leading columns that hold codes of values rather than amounts (whole numbers from 0; NaN: none).
    rounds : trees a class.
    rate : learning rate.
    leaves : most leaves of a tree.
    least : fewest tickets of a leaf.
    share : share of columns that each split may choose from.
    random_state : seed of that choice.
    """

    def __init__(
        self, categories: int = 0, rounds: int = 300, rate: float = 0.05, leaves: int = 15, least: int = 20,
        share: float = 0.3, random_state: int | None = 0,
    ) -> None:  # fmt: skip
        self.categories = categories
        self.rounds = rounds
        self.rate = rate
        self.leaves = leaves
        self.least = least
        self.share = share
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> BoostedTrees:  # noqa: N803, ANN401 - scikit-learn's own
        """Grow the trees. NaN is a missing amount."""
        X, y = validate_data(self, X, y, dtype=np.float64, ensure_all_finite="allow-nan")  # noqa: N806
        check_classification_targets(y)
        self.classes_ = np.unique(y)
        if len(self.classes_) < 2:
            raise ValueError(
                "This classifier needs samples of at least 2 classes in the data, but the data is of one class."
            )
        self.known_ = [np.unique(X[np.isfinite(X[:, n]), n])[:MOST_VALUES] for n in range(self.categories)]
        model = HistGradientBoostingClassifier(
            max_iter=self.rounds, learning_rate=self.rate, max_leaf_nodes=self.leaves, min_samples_leaf=self.least,
            max_features=self.share, l2_regularization=5.0, early_stopping=False, random_state=self.random_state,
            categorical_features=list(range(self.categories)) or None,
        )  # fmt: skip
        coded = self._coded(X)
        edges = {n: e for n in range(self.categories, X.shape[1]) if len(e := _edges(X[:, n]))}
        for n, bounds in edges.items():
            coded[:, n] = np.where(np.isnan(X[:, n]), np.nan, np.searchsorted(bounds, X[:, n]))
        # A column that nothing is known of cannot be asked; the library wants to see a number in it all the same.
        model.fit(np.where(np.isnan(coded).all(axis=0), 0.0, coded), y, sample_weight)
        self.start_ = np.asarray(model._baseline_prediction, dtype=np.float64).ravel()
        self._keep([tree for round_ in model._predictors for tree in round_])
        for n, bounds in edges.items():
            asked = np.flatnonzero(self.column_ == n)
            self.threshold_[asked] = bounds[np.minimum(self.threshold_[asked], len(bounds) - 1).astype(int)]
        return self

    def decision_function(self, X: Any) -> Floats:  # noqa: N803, ANN401 - scikit-learn's own
        """Log-odds, shape (n,), for two classes; else a score a class, shape (n, classes)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)  # noqa: N806
        scores = self._leaves(self._coded(X)) + self.start_
        return scores[:, 0] if scores.shape[1] == 1 else scores

    def predict_proba(self, X: Any) -> Floats:  # noqa: N803, ANN401 - scikit-learn's own
        """Probabilities, shape (n, classes)."""
        scores = self.decision_function(X)
        if scores.ndim == 1:
            return np.stack([expit(-scores), expit(scores)], axis=1)
        return np.asarray(softmax(scores, axis=1), dtype=np.float64)

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803, ANN401 - scikit-learn's own
        """The likeliest class."""
        chances = self.predict_proba(X)
        return np.asarray(self.classes_[np.argmax(chances, axis=1)])

    def contributions(self, X: Any) -> Floats:  # noqa: N803, ANN401 - scikit-learn's own
        """What each column adds to the log-odds of the second of two classes; shape (n, columns).

        Each step down a tree moves the mean of the tickets below it; the column asked at that step gets the difference
        (Saabas, 2014). With `start_` they add up to the score.
        """
        check_is_fitted(self)
        X = self._coded(validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False))  # noqa: N806
        width, found = X.shape[1], np.zeros(X.size)
        node = np.repeat(self.roots_[None, :], len(X), axis=0).ravel()
        row = np.repeat(np.arange(len(X), dtype=np.int32), len(self.roots_))
        moving = np.flatnonzero(self.column_[node] != LEAF)
        while len(moving):
            at, column = node[moving], self.column_[node[moving]]
            left = self._goes_left(at, X[row[moving], column])
            node[moving] = np.where(left, self.left_[at], self.right_[at])
            step = self.value_[node[moving]] - self.value_[at]
            found += np.bincount(row[moving].astype(np.int64) * width + column, step, X.size)
            moving = moving[self.column_[node[moving]] != LEAF]
        return found.reshape(X.shape)

    def to_parts(self) -> dict[str, Any]:
        """Parameters and arrays, as the registry stores them."""
        check_is_fitted(self)
        arrays = {name: getattr(self, f"{name}_") for name in (*FIELDS, "roots", "start", "classes")}
        return {"parameters": self.get_params(), "columns": self.n_features_in_, "known": self.known_, **arrays}

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any]) -> BoostedTrees:
        """What `to_parts` made; KeyError or TypeError where it is something else."""
        made = cls(**parts["parameters"])
        made.n_features_in_, made.known_ = int(parts["columns"]), list(parts["known"])
        for name in (*FIELDS, "roots", "start", "classes"):
            setattr(made, f"{name}_", parts[name])
        return made

    def _coded(self, X: Floats) -> Floats:  # noqa: N803 - scikit-learn's own
        """Categorical columns as places among the values that were learned; NaN for any other."""
        coded = X.copy()
        for n, known in enumerate(self.known_):
            place = np.searchsorted(known, X[:, n])
            found = known[np.minimum(place, len(known) - 1)] == X[:, n] if len(known) else np.zeros(len(X), dtype=bool)
            coded[:, n] = np.where(found, place, np.nan)
        return coded

    def _keep(self, trees: list[Any]) -> None:
        """All nodes of all trees one after the other; children by their place in that row."""
        sizes = [len(tree.nodes) for tree in trees]
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32)
        nodes = np.concatenate([tree.nodes for tree in trees])
        offset = np.repeat(starts, sizes)
        leaf, categorical = nodes["is_leaf"].astype(bool), nodes["is_categorical"].astype(bool)
        self.roots_ = starts
        self.column_ = np.where(leaf, LEAF, nodes["feature_idx"]).astype(np.int32)
        self.threshold_ = np.where(categorical, np.nan, nodes["num_threshold"]).astype(np.float64)
        self.left_ = (nodes["left"] + offset).astype(np.int32)
        self.right_ = (nodes["right"] + offset).astype(np.int32)
        self.missing_left_ = nodes["missing_go_to_left"].astype(np.bool_)
        # Leaves are shrunk by the learning rate already, the nodes above them are not; a root stands at nothing.
        self.value_ = np.where(leaf, nodes["value"], nodes["value"] * self.rate)
        alone = self.column_[starts] == LEAF
        self.value_[starts[~alone]] = 0.0
        self.bits_ = np.zeros((len(nodes), 8) if categorical.any() else (0, 8), dtype=np.uint32)
        if categorical.any():
            self.bits_[categorical] = np.concatenate([
                tree.raw_left_cat_bitsets[tree.nodes["bitset_idx"][tree.nodes["is_categorical"].astype(bool)]]
                for tree in trees
            ])  # fmt: skip

    def _leaves(self, X: Floats) -> Floats:  # noqa: N803 - scikit-learn's own
        """Sum of the leaves that each row reaches, a column a class."""
        trees, width = len(self.roots_), len(self.start_)
        node = np.repeat(self.roots_[None, :], len(X), axis=0).ravel()
        row = np.repeat(np.arange(len(X), dtype=np.int32), trees)
        moving = np.flatnonzero(self.column_[node] != LEAF)
        while len(moving):
            at = node[moving]
            node[moving] = np.where(
                self._goes_left(at, X[row[moving], self.column_[at]]), self.left_[at], self.right_[at]
            )
            moving = moving[self.column_[node[moving]] != LEAF]
        values = self.value_[node].reshape(len(X), trees // width, width)
        return np.asarray(values.sum(axis=1), dtype=np.float64)

    def _goes_left(self, at: NDArray[np.int32], values: Floats) -> NDArray[np.bool_]:
        with np.errstate(invalid="ignore"):
            left = values <= self.threshold_[at]
        missing = np.isnan(values)
        if len(self.bits_):
            categorical = np.isnan(self.threshold_[at]) & ~missing
            code = values[categorical].astype(np.uint32)
            words = self.bits_[at[categorical], code // 32]
            left[categorical] = (words >> (code % 32)) & 1 == 1
        left[missing] = self.missing_left_[at[missing]]
        return left

    def __sklearn_tags__(self) -> Any:  # noqa: ANN401 - scikit-learn's own
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


def _edges(column: Floats) -> Floats:
    """Where a column of many different amounts is cut into `BINS` of about as many tickets each; none where it has few.

    The library's own cutting takes weights into account and, with weights, most of the time that trees take to grow.
    """
    values = column[~np.isnan(column)]
    if len(np.unique(values)) <= BINS:
        return np.empty(0)
    return np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1], method="midpoint"))
