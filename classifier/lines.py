"""One straight line a class. Invariant: a class that was not among the examples scores like the worst possible."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.svm import LinearSVC
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

Floats = NDArray[np.float64]
WORST: Final = -2.0


class Lines(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn ships no types
    """Linear support vector machines, one class against the rest.

    Parameters
    ----------
    strength : inverse of regularisation.
    balanced : whether each class weighs alike, however rare it is.
    """

    def __init__(self, strength: float = 0.4, *, balanced: bool = False) -> None:
        self.strength = strength
        self.balanced = balanced

    def fit(self, X: Any, y: Any) -> Lines:  # noqa: N803, ANN401 - scikit-learn's own
        """One line a class; two classes have two lines as well, each the other's opposite."""
        X, y = validate_data(self, X, y, accept_sparse="csr", dtype=np.float64)  # noqa: N806
        check_classification_targets(y)
        self.classes_ = np.unique(y)
        if len(self.classes_) < 2:
            raise ValueError(
                "This classifier needs samples of at least 2 classes in the data, but the data is of one class."
            )
        weight = "balanced" if self.balanced else None
        # A tenth of that changed no decision on the desks it was measured on, and took up to a fifth longer.
        model = LinearSVC(C=self.strength, class_weight=weight, random_state=0, max_iter=5000, tol=1e-2).fit(X, y)
        two = len(self.classes_) == 2
        self.coef_ = np.concatenate([-model.coef_, model.coef_]) if two else model.coef_
        self.intercept_ = np.concatenate([-model.intercept_, model.intercept_]) if two else model.intercept_
        return self

    def decision_function(self, X: Any) -> Floats:  # noqa: N803, ANN401 - scikit-learn's own
        """Distance from each line, shape (n, classes); for two classes that from the second's, shape (n,)."""
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", dtype=np.float64, reset=False)  # noqa: N806
        scores = np.asarray(X @ self.coef_.T, dtype=np.float64) + np.asarray(self.intercept_, dtype=np.float64)
        return scores[:, 1] if len(self.classes_) == 2 else scores

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803, ANN401 - scikit-learn's own
        """The class whose line is farthest."""
        scores = self.decision_function(X)
        best = (scores > 0).astype(int) if scores.ndim == 1 else np.argmax(scores, axis=1)
        return np.asarray(self.classes_[best])

    def __sklearn_tags__(self) -> Any:  # noqa: ANN401 - scikit-learn's own
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
