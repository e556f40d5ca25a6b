"""A small neural network, kept as plain arrays.

Invariant: what is stored is numbers only; a row's score does not depend on the rows beside it, bit by bit. Learning is
scikit-learn's multi-layer perceptron, one pass after the other, so that what it costs is known beforehand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.neural_network import MLPClassifier
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits

Floats = NDArray[np.float64]
LIKELIEST: Final = -14.0
"""Log of the least probability that is said."""


class SmallNet(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn ships no types
    """One hidden layer of rectified units, the mean of several that began elsewhere.

    Parameters
    ----------
    units : hidden units.
    passes : times that each row is seen.
    decay : pull of the weights towards nothing.
    rate : learning rate.
    batch : rows a step.
    several : networks whose log-probabilities are averaged.
    random_state : seed of the first.
    """

    def __init__(
        self, units: int = 192, passes: int = 25, decay: float = 3e-3, rate: float = 2e-3, batch: int = 64,
        several: int = 3, random_state: int = 0,
    ) -> None:  # fmt: skip
        self.units = units
        self.passes = passes
        self.decay = decay
        self.rate = rate
        self.batch = batch
        self.several = several
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> SmallNet:  # noqa: N803, ANN401 - scikit-learn's own
        """Learn rows and classes."""
        X, y = validate_data(self, X, y, dtype=np.float32)  # noqa: N806
        check_classification_targets(y)
        self.classes_ = np.unique(y)
        if len(self.classes_) < 2:
            raise ValueError(
                "This classifier needs samples of at least 2 classes in the data, but the data is of one class."
            )
        found = [self._one(X, y, self.random_state + n) for n in range(self.several)]
        self.inner_ = np.stack([one.coefs_[0] for one in found])
        self.inner_start_ = np.stack([one.intercepts_[0] for one in found])
        self.outer_ = np.stack([one.coefs_[1] for one in found])
        self.outer_start_ = np.stack([one.intercepts_[1] for one in found])
        return self

    def _one(self, X: Any, y: Any, seed: int) -> MLPClassifier:  # noqa: N803, ANN401 - scikit-learn's own
        model = MLPClassifier(
            (self.units,), alpha=self.decay, learning_rate_init=self.rate, batch_size=min(self.batch, len(X)),
            random_state=seed,
        )  # fmt: skip
        # Threads cost more than they save on matrices this small: with two a network took six times as long.
        with threadpool_limits(1, user_api="blas"):
            for _ in range(self.passes):
                model.partial_fit(X, y, classes=self.classes_)
        return model

    def log_chances(self, X: Any) -> Floats:  # noqa: N803, ANN401 - scikit-learn's own
        """Mean log-probability over the networks, shape (n, classes)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float32, reset=False)  # noqa: N806
        found = np.zeros((len(X), len(self.classes_)))
        for n in range(len(self.inner_)):
            # Not by the library's matrix product: a row's sum must not depend on how many rows there are.
            hidden = np.maximum(np.einsum("nd,dh->nh", X, self.inner_[n]) + self.inner_start_[n], 0)
            odds = np.einsum("nh,hk->nk", hidden, self.outer_[n]) + self.outer_start_[n]
            if odds.shape[1] == 1:
                odds = np.concatenate([np.zeros_like(odds), odds], axis=1)
            found += np.maximum(log_softmax(odds.astype(np.float64), axis=1), LIKELIEST)
        return found / len(self.inner_)

    def decision_function(self, X: Any) -> Floats:  # noqa: N803, ANN401 - scikit-learn's own
        """Log-odds, shape (n,), for two classes; else the log-probability of each class, shape (n, classes)."""
        logs = self.log_chances(X)
        return logs[:, 1] - logs[:, 0] if logs.shape[1] == 2 else logs

    def predict_proba(self, X: Any) -> Floats:  # noqa: N803, ANN401 - scikit-learn's own
        """Probabilities, shape (n, classes)."""
        return np.asarray(np.exp(log_softmax(self.log_chances(X), axis=1)))

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803, ANN401 - scikit-learn's own
        """The likeliest class."""
        check_is_fitted(self)
        return np.asarray(self.classes_[np.argmax(self.log_chances(X), axis=1)])

    def to_parts(self) -> dict[str, Any]:
        """Plain arrays, as the registry stores them."""
        return {"classes": self.classes_, "inner": self.inner_, "inner_start": self.inner_start_, "outer": self.outer_,
                "outer_start": self.outer_start_}  # fmt: skip

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any]) -> SmallNet:
        """What `to_parts` made; KeyError where it is something else."""
        made = cls(several=len(parts["inner"]))
        for name in ("classes", "inner", "inner_start", "outer", "outer_start"):
            setattr(made, f"{name}_", parts[name])
        made.n_features_in_ = made.inner_.shape[1]
        return made
