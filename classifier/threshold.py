"""From a probability to a decision. Invariant: pure; the same numbers give the same decision."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit
from sklearn.metrics import precision_recall_curve

from classifier.contract import Decision

UNSURE = 0.10
"""Share of tickets, those nearest to the threshold, of which the model says that it does not know."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """Escalate at `at` or above; unsure within `band` log-odds of it."""

    at: float
    band: float

    def decide(self, probability: float) -> Decision:
        """``escalate``, ``keep`` or ``unsure``."""
        if abs(_log_odds(probability) - _log_odds(self.at)) < self.band:
            return "unsure"
        return "escalate" if probability >= self.at else "keep"


def choose(chances: NDArray[np.float64], labels: NDArray[np.int64], unsure: float = UNSURE) -> Threshold:
    """The threshold with the best F1 on tickets the model did not train on, and the band of the `unsure` nearest."""
    precision, recall, thresholds = precision_recall_curve(labels, chances)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    at = float(np.clip(thresholds[int(np.argmax(f1[:-1]))], 0.01, 0.99))
    distance = np.abs(logit(np.clip(chances, 1e-6, 1 - 1e-6)) - _log_odds(at))
    return Threshold(at, float(np.quantile(distance, unsure)))


def _log_odds(probability: float) -> float:
    return float(logit(min(max(probability, 1e-6), 1 - 1e-6)))
