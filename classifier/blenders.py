"""The blends that serve, as scikit-learn's classifiers of scores. Invariant: what is fitted here is what serves, by the same sums."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data

from classifier.blending import fit_blend, fit_class_blend

Floats = NDArray[np.float64]
ONE_CLASS = "This classifier needs samples of at least 2 classes in the data, but the data is of one class."


class ScoreBlend(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn ships no types
    """Scores of several models of one yes-or-no question, a column a model, into one probability."""

    def fit(self, X: Any, y: Any, counts: Any = None) -> ScoreBlend:  # noqa: N803, ANN401 - scikit-learn's own
        """Learn the weights; `counts` say how much each row's error counts."""
        X, y = validate_data(self, X, y, dtype=np.float64)  # noqa: N806
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) > 2:
            raise ValueError(f"Only binary classification is supported. The type of the target is {type_of_target(y)}.")
        if len(self.classes_) < 2:
            raise ValueError(ONE_CLASS)
        self.blend_ = fit_blend(X, codes.astype(np.int64), counts)
        return self

    def decision_function(self, X: Any) -> Floats:  # noqa: N803, ANN401 - scikit-learn's own
        """Log-odds of the second class, shape (n,)."""
        check_is_fitted(self)
        return self.blend_.log_odds(validate_data(self, X, dtype=np.float64, reset=False))

    def predict_proba(self, X: Any) -> Floats:  # noqa: N803, ANN401 - scikit-learn's own
        """Calibrated, shape (n, 2)."""
        check_is_fitted(self)
        chances = self.blend_(validate_data(self, X, dtype=np.float64, reset=False))
        return np.stack([1 - chances, chances], axis=1)

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803, ANN401 - scikit-learn's own
        """The likelier class."""
        likelier = (self.decision_function(X) > 0).astype(int)
        return np.asarray(self.classes_[likelier])

    def __sklearn_tags__(self) -> Any:  # noqa: ANN401 - scikit-learn's own
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        # It weighs scores, which say *more likely* where they are higher; of any other numbers it can make little.
        tags.classifier_tags.poor_score = True
        return tags


class ClassScoreBlend(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn ships no types
    """Scores of several models of which class, into one probability a class.

    The columns are those of the first class by each model, then of the second one, and so on; what is missing at the end
    counts as zero.

    Parameters
    ----------
    width : number of classes that have columns, of which `y` holds the places; None: those that `y` holds.
    """

    def __init__(self, width: int | None = None) -> None:
        self.width = width

    def fit(self, X: Any, y: Any) -> ClassScoreBlend:  # noqa: N803, ANN401 - scikit-learn's own
        """Learn the models' weights."""
        X, y = validate_data(self, X, y, dtype=np.float64)  # noqa: N806
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if self.width is not None:
            self.classes_, codes = np.arange(self.width), np.asarray(y, dtype=np.int64)
        if len(self.classes_) < 2:
            raise ValueError(ONE_CLASS)
        self.blend_ = fit_class_blend(self._by_class(X), codes.astype(np.int64))
        return self

    def predict_proba(self, X: Any) -> Floats:  # noqa: N803, ANN401 - scikit-learn's own
        """Calibrated, shape (n, classes)."""
        check_is_fitted(self)
        return self.blend_(self._by_class(validate_data(self, X, dtype=np.float64, reset=False)))

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803, ANN401 - scikit-learn's own
        """The likeliest class."""
        chances = self.predict_proba(X)
        return np.asarray(self.classes_[np.argmax(chances, axis=1)])

    def _by_class(self, scores: Floats) -> Floats:
        """Shape (n, classes, models)."""
        members = -(-scores.shape[1] // len(self.classes_))
        missing = members * len(self.classes_) - scores.shape[1]
        return np.pad(scores, ((0, 0), (0, missing))).reshape(len(scores), len(self.classes_), members)

    def __sklearn_tags__(self) -> Any:  # noqa: ANN401 - scikit-learn's own
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags
