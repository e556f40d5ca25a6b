"""From a probability to a decision. Invariant: pure; the same numbers give the same decision.

The default threshold is the one with the best F1 on tickets that the model did not learn from: misses and false alarms
count alike, whatever the base rate. A lead may weigh them otherwise, or say how many alarms a day can be looked at.
Around any threshold lies a band of "unsure", which a person reads: it is as wide as a stated share of tickets allows,
and its edges are conformal quantiles of each class.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.metrics import precision_recall_curve

from classifier.contract import Choice, ChoiceError, Decision

UNSURE: Final = 0.10
"""Largest share of tickets of which the model may say that it does not know."""
NARROWEST: Final = 0.05
"""Log-odds: so near to the threshold nothing can be told apart, however few tickets lie there."""
SHARES: Final = tuple(np.linspace(0.0, 1.0, 101).tolist())
"""Shares of the errors at the threshold that may be left outside the band, from none to all."""
Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Threshold:
    """Escalate at probability `at` or above; unsure from `low` up to `high`, which enclose it."""

    at: float
    low: float
    high: float

    def decide(self, probability: float) -> Decision:
        """``escalate``, ``keep`` or ``unsure``."""
        if self.low <= probability < self.high:
            return "unsure"
        return "escalate" if probability >= self.at else "keep"

    @property
    def unsure_between(self) -> tuple[float, float]:
        """The probabilities between which the decision is "unsure"."""
        return self.low, self.high


def by_f1(chances: Floats, labels: Labels, unsure: float = UNSURE) -> Threshold:
    """The threshold with the best F1 for these probabilities and 0/1 `labels`.

    It lies halfway to the next probability below: where a history falls apart into two, what lies between is not all "keep".
    """
    precision, recall, thresholds = precision_recall_curve(labels, chances)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    best = int(np.argmax(f1[:-1]))
    at = float(np.clip(thresholds[max(best - 1, 0) : best + 1].mean(), 0.01, 0.99))
    return with_band(at, chances, labels, unsure)


def chosen(choice: Choice, chances: Floats, labels: Labels, days: float | None, unsure: float = UNSURE) -> Threshold:
    """The threshold that `choice` asks for; `days` is how long these tickets took to arrive, None where unknown.

    Raises:
        ChoiceError: a cost below zero, both nothing, a capacity of nothing, or a capacity a day without dates.
    """
    if choice.kind == "balance":
        return by_f1(chances, labels, unsure)
    at = _by_cost(choice) if choice.kind == "cost" else _by_capacity(choice.per_day, chances, days)
    return with_band(at, chances, labels, unsure)


def with_band(at: float, chances: Floats, labels: Labels, unsure: float = UNSURE) -> Threshold:
    """The band around `at` that leaves the fewest errors of both kinds outside, with at most a share `unsure` inside.

    Its lower edge lies at the conformal quantile of tickets that escalated, its upper one at that of those that did
    not (label-conditional conformal prediction, Vovk, 2012), at an error rate which is the same part of what each class
    has at the threshold. Exchangeable later tickets are outside on the wrong side at most that often.
    """
    yes, no = np.sort(chances[labels == 1]), np.sort(chances[labels == 0])
    missed, alarmed = float((yes < at).sum()), float((no >= at).sum())
    low, high = _around(at, at, at)
    for share in SHARES:
        # Of n tickets the k-th smallest leaves at most k of n + 1 exchangeable ones below it.
        left, right = int(share * missed), int(share * alarmed)
        lower = float(yes[left]) if missed and left < len(yes) else at
        upper = float(no[len(no) - 1 - right]) if alarmed and right < len(no) else at
        lower, upper = _around(at, min(lower, at), max(upper, at))
        if np.mean((chances >= lower) & (chances < upper)) <= unsure:
            low, high = lower, upper
            break
    return Threshold(at, low, high)


def _around(at: float, low: float, high: float) -> tuple[float, float]:
    """At least `NARROWEST` to each side, in log-odds."""
    middle = float(logit(np.clip(at, 1e-6, 1 - 1e-6)))
    return min(low, float(expit(middle - NARROWEST))), max(high, float(expit(middle + NARROWEST)))


def _by_cost(choice: Choice) -> float:
    """Where a miss and a false alarm cost the same on average (Elkan, 2001): the probabilities are calibrated."""
    if min(choice.miss, choice.alarm) < 0 or choice.miss + choice.alarm <= 0:
        raise ChoiceError("A cost must be zero or more, and one of the two above zero.")
    return choice.alarm / (choice.miss + choice.alarm)


def _by_capacity(per_day: float, chances: Floats, days: float | None) -> float:
    """The lowest probability among as many tickets as `per_day` allows over these days."""
    if per_day <= 0:
        raise ChoiceError("The number of alarms a day must be above zero.")
    if days is None:
        raise ChoiceError("The tickets learned from have no dates, so a number a day means nothing. Choose by cost.")
    allowed = int(per_day * days)
    if allowed >= len(chances):
        return 0.0
    ranked = np.sort(chances)[::-1]
    # Just above the first that there is no room for, so that ties do not overrun the capacity.
    return float(np.nextafter(ranked[allowed], 1.0))
