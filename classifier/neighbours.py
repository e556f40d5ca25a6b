"""The most similar past tickets.

Invariant: only numbers are kept of them, never a word; similarity is the cosine of condensed texts or embeddings, and
it is bit by bit the same whatever other tickets are compared at the same time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

Floats = NDArray[np.float64]
AT_ONCE: Final = 512
"""Tickets compared at a time; with 10,000 remembered that is 20 MB."""
NOBODY: Final = -1
FINE: Final = 4000.0
"""Steps to which a unit row is rounded. Every sum of products is then a whole number below 2^24, which single precision
holds exactly, in whatever order a library adds."""
FAR: Final = -1.0
"""Similarity to a class of which no ticket is remembered."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found around tickets.

    `votes` and `nearest` have shape (n, classes): shares of the votes, and the cosine with the nearest ticket of each
    class. `codes` are places of classes, those of the nearest tickets, best first, shape (n, count); `NOBODY` where no
    ticket is near at all.
    """

    votes: Floats
    nearest: Floats
    codes: NDArray[np.int32]


class Neighbours(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn ships no types
    """Votes of the `count` nearest remembered tickets, each as the `power`-th power of its cosine.

    Parameters
    ----------
    count : tickets that vote.
    power : how much more the nearest count.
    doubt : votes that the classes' shares have beside theirs.
    most : tickets that are remembered; the last of those given.
    """

    def __init__(self, count: int = 40, power: float = 4.0, doubt: float = 0.5, most: int = 10_000) -> None:
        self.count = count
        self.power = power
        self.doubt = doubt
        self.most = most

    def fit(self, X: Any, y: Any) -> Neighbours:  # noqa: N803, ANN401 - scikit-learn's own
        """Remember rows and classes."""
        X, y = validate_data(self, X, y, dtype=np.float32)  # noqa: N806
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                "This classifier needs samples of at least 2 classes in the data, but the data is of one class."
            )
        self.shares_ = np.bincount(codes) / len(codes)
        self.centre_ = X.mean(axis=0)
        self._remember(self._unit(X[-self.most :]), codes[-self.most :].astype(np.int32))
        return self

    def decision_function(self, X: Any) -> Floats:  # noqa: N803, ANN401 - scikit-learn's own
        """Log-odds of the votes, shape (n,), for two classes; else the log of each class's share, shape (n, classes)."""
        chances = self.predict_proba(X)
        logs = np.log(np.clip(chances, 1e-6, None))
        return logs[:, 1] - logs[:, 0] if logs.shape[1] == 2 else logs

    def predict_proba(self, X: Any) -> Floats:  # noqa: N803, ANN401 - scikit-learn's own
        """Shares of the votes, shape (n, classes)."""
        return self.look(X).votes

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803, ANN401 - scikit-learn's own
        """The class with most votes."""
        chances = self.predict_proba(X)
        return np.asarray(self.classes_[np.argmax(chances, axis=1)])

    def look(self, X: Any) -> Looked:  # noqa: N803, ANN401 - scikit-learn's own
        """Votes of the nearest, the nearest of each class, and the classes of the nearest."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float32, reset=False)  # noqa: N806
        parts = [self._look(X[start : start + AT_ONCE]) for start in range(0, len(X), AT_ONCE)]
        return Looked(*(np.concatenate([getattr(part, name) for part in parts]) for name in Looked.__slots__))

    def _look(self, rows: NDArray[np.float32]) -> Looked:
        cosines = (self._unit(rows) @ self.rows_.T) / (FINE * FINE)
        count = min(self.count, cosines.shape[1])
        at = np.argpartition(-cosines, count - 1, axis=1)[:, :count]
        near = np.take_along_axis(cosines, at, 1).astype(np.float64)
        # Of equals the one remembered first, so that the order is always the same.
        order = np.lexsort((at, -near), axis=1)
        near, codes = np.take_along_axis(near, order, 1), self.codes_[np.take_along_axis(at, order, 1)]
        codes = np.where(near > 0, codes, NOBODY)
        votes = np.zeros((len(rows), len(self.classes_)))
        here = np.repeat(np.arange(len(rows)), count)
        np.add.at(votes, (here, np.maximum(codes, 0).ravel()), (np.maximum(near, 0.0) ** self.power).ravel())
        total = votes.sum(axis=1, keepdims=True)
        best = np.full(votes.shape, FAR)
        best[:, self.present_] = np.maximum.reduceat(cosines, self.starts_, axis=1)
        return Looked((votes + self.doubt * self.shares_) / (total + self.doubt), best, codes)

    def to_parts(self) -> dict[str, Any]:
        """Parameters and arrays, as the registry stores them."""
        check_is_fitted(self)
        return {
            "parameters": self.get_params(), "rows": self.rows_.astype(np.int16), "codes": self.codes_,
            "classes": self.classes_, "shares": self.shares_, "centre": self.centre_,
        }  # fmt: skip

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any]) -> Neighbours:
        """What `to_parts` made; KeyError or TypeError where it is something else."""
        made = cls(**parts["parameters"])
        made.classes_ = parts["classes"]
        made._remember(parts["rows"].astype(np.float32), parts["codes"])
        made.shares_, made.centre_ = parts["shares"], parts["centre"]
        made.n_features_in_ = made.rows_.shape[1]
        return made

    def _unit(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        centred = rows - self.centre_
        length = np.sqrt(np.einsum("nd,nd->n", centred, centred))[:, None]
        return np.asarray(np.rint(centred / np.maximum(length, 1e-9) * FINE), dtype=np.float32)

    def _remember(self, rows: NDArray[np.float32], codes: NDArray[np.int32]) -> None:
        """Class by class, so that the nearest of each is found in one sweep."""
        order = np.argsort(codes, kind="stable")
        self.rows_, self.codes_ = rows[order], codes[order]
        self.starts_ = np.flatnonzero(np.concatenate([[True], self.codes_[1:] != self.codes_[:-1]]))
        self.present_ = self.codes_[self.starts_]
