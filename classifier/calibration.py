"""How sure, honestly.

Invariant: what is calibrated here is calibrated on scores of tickets that the model did not learn from; the callers
see to that, and every function is pure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_softmax
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Platt:
    """``expit(slope * score + offset)`` is a probability (Platt, 1999). A straight line in log-odds: reasons still add up.

    Isotonic regression, measured beside it on unseen tickets, had the same log loss; its calibration error was less where
    half of the tickets escalate and more where few do, and by tying scores it lost average precision in both.
    """

    slope: float
    offset: float

    def __call__(self, scores: Floats) -> Floats:
        """Probabilities, shape of `scores`."""
        return np.asarray(expit(self.slope * scores + self.offset), dtype=np.float64)


def fit_platt(scores: Floats, labels: Labels) -> Platt:
    """From scores and 0/1 `labels`, shape (n,), both of which occur.

    Labels are softened as Platt advises, so that a perfect separation does not become certainty.
    """
    positive, negative = int(labels.sum()), int(len(labels) - labels.sum())
    high, low = (positive + 1) / (positive + 2), 1 / (negative + 2)
    soft = np.where(labels == 1, high, low)
    twice = np.concatenate([scores, scores]).reshape(-1, 1)
    model = LogisticRegression(C=1e4, max_iter=1000)
    model.fit(twice, np.repeat([1, 0], len(scores)), sample_weight=np.concatenate([soft, 1 - soft]))
    return Platt(max(float(model.coef_[0, 0]), 1e-6), float(model.intercept_[0]))


def fit_temperature(scores: Floats, truth: Labels) -> float:
    """The temperature that makes a softmax of class scores most likely (Guo et al., 2017).

    `scores` has shape (n, classes); `truth` the column of the right class, below zero where no column is right.
    """
    known = truth >= 0
    rows, right = scores[known], truth[known]
    if not len(right):
        return 1.0

    def loss(log_temperature: float) -> float:
        chances = log_softmax(rows / np.exp(log_temperature), axis=1)
        return float(-chances[np.arange(len(right)), right].mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-5.0, 3.0), method="bounded").x))


def softmax(scores: Floats, temperature: float) -> Floats:
    """Probabilities, rows summing to one."""
    return np.asarray(np.exp(log_softmax(scores / temperature, axis=1)), dtype=np.float64)


def fit_sets(chances: Floats, truth: Labels, coverage: float) -> float:
    """The least probability with which a class belongs to the set that holds the truth as often as `coverage` says.

    Split conformal prediction with the least ambiguous sets (Sadinle, Lei, Wasserman, 2019): on tickets exchangeable
    with these, the truth is in the set at least as often as promised. A `truth` below zero can never be covered.
    """
    known = np.clip(truth, 0, None)
    right = np.where(truth >= 0, chances[np.arange(len(truth)), known], 0.0)
    misses = int(np.floor((len(truth) + 1) * (1 - coverage)))
    return float(np.sort(right)[misses - 1]) if misses >= 1 else 0.0


def fit_sets_of_each(chances: Floats, truth: Labels, coverage: float) -> Floats:
    """The same for each class by itself, shape (classes,): sets then hold every class, also a rare one, as often as said.

    Label-conditional conformal prediction (Vovk, 2012). Of a class with few tickets nothing less than all can be
    promised: it belongs to every set.
    """
    return np.array([
        fit_sets(chances[truth == one], truth[truth == one], coverage) for one in range(chances.shape[1])
    ], dtype=np.float64)  # fmt: skip


def prediction_set(chances: Floats, least: float | Floats) -> NDArray[np.int64]:
    """Columns with at least probability `least`, best first; the best one always. `chances` has shape (classes,)."""
    order = np.argsort(-chances, kind="stable")
    inside = order[(chances >= least)[order]]
    return np.asarray(inside if len(inside) else order[:1], dtype=np.int64)


def calibration_error(chances: Floats, labels: Labels, bins: int = 15) -> float:
    """Expected calibration error: mean distance of said and seen rate, over bins that hold equally many tickets."""
    parts = [part for part in np.array_split(np.argsort(chances), bins) if len(part)]
    gaps = [len(part) * abs(float(chances[part].mean()) - float(labels[part].mean())) for part in parts]
    return sum(gaps) / max(1, len(chances))


def brier(chances: Floats, labels: Labels) -> float:
    """Mean squared distance of the probability from what happened (Brier, 1950)."""
    return float(brier_score_loss(labels, chances))
