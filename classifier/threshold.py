"""From a probability to a decision. Invariant: pure; the same numbers give the same decision.

The default threshold is the one with the best F1 on tickets that the model did not learn from: misses and false alarms
count alike, whatever the base rate. "Unsure" are the tickets nearest to it, one in ten by default: a person reads them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.metrics import precision_recall_curve

from classifier.contract import Decision

UNSURE = 0.10
"""Share of tickets, those nearest to the threshold, of which the model says that it does not know."""
NARROWEST = 0.05
"""Log-odds: so near to the threshold nothing can be told apart, however few tickets lie there."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """Escalate at probability `at` or above; unsure within `band` log-odds of it."""

    at: float
    band: float = 0.0

    def decide(self, probability: float) -> Decision:
        """``escalate``, ``keep`` or ``unsure``."""
        if abs(_log_odds(probability) - _log_odds(self.at)) < self.band:
            return "unsure"
        return "escalate" if probability >= self.at else "keep"

    @property
    def unsure_between(self) -> tuple[float, float]:
        """The probabilities between which the decision is "unsure"."""
        middle = _log_odds(self.at)
        return float(expit(middle - self.band)), float(expit(middle + self.band))


def by_f1(chances: NDArray[np.float64], labels: NDArray[np.int64], unsure: float = UNSURE) -> Threshold:
    """The threshold with the best F1 for these probabilities and 0/1 `labels`, and the band of the `unsure` nearest."""
    precision, recall, thresholds = precision_recall_curve(labels, chances)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    at = float(np.clip(thresholds[int(np.argmax(f1[:-1]))], 0.01, 0.99))
    distance = np.abs(np.array([_log_odds(float(chance)) for chance in chances]) - _log_odds(at))
    return Threshold(at, max(NARROWEST, float(np.quantile(distance, unsure))))


def _log_odds(probability: float) -> float:
    return float(logit(min(max(probability, 1e-6), 1 - 1e-6)))
