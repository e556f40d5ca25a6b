"""How sure, honestly. Invariant: whatever is calibrated is calibrated on scores the model did not train on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_softmax
from sklearn.linear_model import LogisticRegression

Floats = NDArray[np.float64]


def fit_platt(scores: Floats, labels: NDArray[np.int64]) -> tuple[float, float]:
    """(slope, offset) such that ``expit(slope * score + offset)`` is a probability (Platt, 1999)."""
    model = LogisticRegression(C=1e6).fit(scores.reshape(-1, 1), labels)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def platt(scores: Floats, slope: float, offset: float) -> Floats:
    """Probabilities, shape of `scores`."""
    return np.asarray(expit(slope * scores + offset), dtype=np.float64)


def fit_temperature(scores: Floats, truth: NDArray[np.int64]) -> float:
    """The temperature that makes a softmax of class scores most likely (Guo et al., 2017).

    `scores` has shape (n, classes); `truth` the column of the right class.
    """

    def loss(log_temperature: float) -> float:
        chances = log_softmax(scores / np.exp(log_temperature), axis=1)
        return float(-chances[np.arange(len(truth)), truth].mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-3.0, 3.0), method="bounded").x))


def softmax(scores: Floats, temperature: float) -> Floats:
    """Probabilities, rows summing to one."""
    return np.asarray(np.exp(log_softmax(scores / temperature, axis=1)), dtype=np.float64)


def fit_sets(chances: Floats, truth: NDArray[np.int64], coverage: float) -> float:
    """How much probability a set must gather to hold the truth as often as `coverage` says.

    Split conformal prediction with adaptive sets (Romano, Sesia, Candès, 2020), without randomisation: sets are a
    little larger than they must be. Labels in `truth` below zero (a class never trained on) can never be covered.
    """
    order = np.argsort(-chances, axis=1)
    gathered = np.take_along_axis(chances, order, axis=1).cumsum(axis=1)
    place = np.argmax(order == truth[:, None], axis=1)
    needed = np.where(truth >= 0, gathered[np.arange(len(truth)), place], 1.0)
    level = min(1.0, np.ceil((len(truth) + 1) * coverage) / len(truth))
    return float(np.quantile(needed, level, method="higher"))


def prediction_set(chances: Floats, mass: float) -> NDArray[np.int64]:
    """Columns, best first, until `mass` is gathered; at least one. `chances` has shape (classes,)."""
    order = np.argsort(-chances)
    gathered = chances[order].cumsum()
    size = int(np.searchsorted(gathered, mass - 1e-12)) + 1
    return np.asarray(order[: min(size, len(order))])


def calibration_error(chances: Floats, labels: NDArray[np.int64], bins: int = 15) -> float:
    """Expected calibration error over bins of equal size."""
    total = 0.0
    for part in np.array_split(np.argsort(chances), bins):
        if len(part):
            total += len(part) / len(chances) * abs(float(chances[part].mean()) - float(labels[part].mean()))
    return total
