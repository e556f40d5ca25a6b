"""Several scores into one that is calibrated.

Invariant: weights are never negative, so a member that says *more likely* never makes it less likely; they are found on
tickets that the members had not seen; and the blend is a weighted sum, so that reasons still add up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, log_softmax

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Scores = NDArray[np.floating]
RIDGE: Final = 1e-3
"""Pull of the weights towards nothing, in log loss: of two members that say the same, each gets half."""

SAMPLE: Final = 8_000
"""Tickets on which class weights are found, evenly taken from all; a handful of weights need no more."""


@dataclass(frozen=True, slots=True)
class Blend:
    """``expit(scores @ weights + offset)`` is a probability. `weights` has shape (members,)."""

    weights: Floats
    offset: float

    def log_odds(self, scores: Scores) -> Floats:
        """Shape (n,), of scores of shape (n, members)."""
        # Summed row by row, so that a ticket's score does not depend on how many are scored at once.
        return np.asarray((scores * self.weights).sum(axis=-1) + self.offset)

    def __call__(self, scores: Scores) -> Floats:
        """Calibrated probabilities, shape (n,)."""
        return np.asarray(expit(self.log_odds(scores)), dtype=np.float64)


def fit_blend(scores: Scores, labels: Labels, weight: Floats | None = None) -> Blend:
    """From scores, shape (n, members), and 0/1 `labels` of which both occur; `weight` says how much each ticket counts.

    Labels are softened as Platt (1999) advises, so that a perfect separation does not become certainty.
    """
    counts = np.ones(len(labels)) if weight is None else weight / weight.mean()
    positive, negative = float(labels.sum()), float(len(labels) - labels.sum())
    soft = np.where(labels == 1, (positive + 1) / (positive + 2), 1 / (negative + 2))
    middle, spread = scores.mean(axis=0, dtype=np.float64), scores.std(axis=0, dtype=np.float64) + 1e-9
    standard = (scores - middle) / spread

    def loss(x: Floats) -> tuple[float, Floats]:
        odds = standard @ x[:-1] + x[-1]
        gap = counts * (expit(odds) - soft)
        value = float(np.mean(counts * (np.logaddexp(0, odds) - soft * odds))) + RIDGE * float(x[:-1] @ x[:-1])
        return value, np.append(standard.T @ gap / len(labels) + 2 * RIDGE * x[:-1], gap.mean())

    start = np.append(np.full(scores.shape[1], 0.5), 0.0)
    bounds = [(0.0, None)] * scores.shape[1] + [(None, None)]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    weights = found[:-1] / spread
    if not weights.any():
        weights[0] = 1e-6  # Nothing tells anything: still a score, so that tickets have an order.
    return Blend(weights, float(found[-1] - middle @ weights))


@dataclass(frozen=True, slots=True)
class ClassBlend:
    """A softmax of the weighted sum of members' class scores. `weights` has shape (members,)."""

    weights: Floats

    def __call__(self, scores: Scores) -> Floats:
        """Calibrated probabilities, shape (n, classes), of scores of shape (n, classes, members)."""
        return np.asarray(np.exp(log_softmax((scores * self.weights).sum(axis=-1), axis=1)), dtype=np.float64)


def fit_class_blend(scores: Scores, truth: Labels) -> ClassBlend:
    """From scores, shape (n, classes, members), and the right column of each ticket; below zero: none is right."""
    some = np.flatnonzero(truth >= 0)
    some = some[:: 1 + len(some) // SAMPLE]
    rows, right = scores[some].astype(np.float64), truth[some]
    members = scores.shape[2]
    if not len(right):
        return ClassBlend(np.ones(members))
    spread = rows.std(axis=(0, 1)) + 1e-9
    standard, at = rows / spread, np.arange(len(right))
    chosen = standard[at, right]

    def loss(x: Floats) -> tuple[float, Floats]:
        logs = log_softmax(standard @ x, axis=1)
        expected = np.einsum("nk,nkm->nm", np.exp(logs), standard)
        return float(-logs[at, right].mean()) + RIDGE * float(x @ x), (expected - chosen).mean(axis=0) + 2 * RIDGE * x

    found = minimize(loss, np.full(members, 0.5), jac=True, method="L-BFGS-B", bounds=[(0.0, None)] * members).x
    return ClassBlend(np.maximum(found / spread, 1e-6))
