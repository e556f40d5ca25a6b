"""Probabilities that hold. Invariant: pure; within one question the probability never falls as the rank rises.

A logistic regression (Platt 1999) on how far a candidate stands out among the others and on what is known of the question
as a whole: how close the best passage and the nearest solved ticket are, and how much of the vicinity has an answer here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.newton import logistic

Doubles = NDArray[np.float64]
NAMES: Final = (
    "stands out", "best cosine", "nearest solved ticket", "covered 20", "covered 100", "covered 400", "unanswerable",
    "certainty", "answer elsewhere",
)  # fmt: skip
ODDS: Final = np.isin(NAMES, ("stands out", "certainty"))
SHRINK: Final = 0.2
"""L2, over the number of questions: a small desk's probabilities lean less on what its few questions happen to show."""
BINS: Final = 15
DEEP: Final = 10
"""Ranks whose probabilities are fitted."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """`weights` by `NAMES` on standardised signs, and an intercept."""

    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float
    most_odds: float | None = None
    """Log odds beyond which standing out says no more: among a handful of articles something always does. None sets no end."""

    def of(self, signs: Doubles) -> Doubles:
        """Probabilities, shape (n,), of `signs` (n, names)."""
        heard = signs if self.most_odds is None else np.where(ODDS, np.minimum(signs, self.most_odds), signs)
        scaled = (heard - np.asarray(self.mean)) / np.asarray(self.deviation)
        return np.asarray(1 / (1 + np.exp(-(scaled @ np.asarray(self.weights) + self.intercept))), dtype=np.float64)


def signs(
    values: Doubles, cosine: float, nearest: float, covered: Sequence[float], unanswerable: float, elsewhere: float
) -> Doubles:
    """What a calibration goes by, a row for each of `values` (log odds of one question's candidates, best first)."""
    if not len(values):
        return np.zeros((0, len(NAMES)))
    shifted = np.exp(values - values.max())
    share = np.clip(shifted / shifted.sum(), 1e-6, 1 - 1e-6)
    odds = np.log(share / (1 - share))
    whole = np.array([cosine, nearest, *covered, unanswerable, odds[0], elsewhere])
    return np.column_stack([odds, np.tile(whole, (len(values), 1))])


def fit(rows: Doubles, right: NDArray[np.bool_], weight: Doubles, questions: int) -> Calibration:
    """Learn from `signs` of so many questions, shape (n, names), and whether each candidate was right."""
    shrink = SHRINK / questions
    mean, deviation = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    scaled, truth = (rows - mean) / deviation, right.astype(np.float64)
    found = logistic(scaled, truth, weight / len(rows), shrink)
    if found[0] < 0:
        # The better a candidate stands out, the surer: what a small sample says otherwise would turn the order around.
        scaled[:, 0] = 0.0
        found = logistic(scaled, truth, weight / len(rows), shrink)
    return Calibration(
        tuple(map(float, mean)), tuple(map(float, deviation)), tuple(map(float, found[:-1])), float(found[-1])
    )


def expected_error(probabilities: Doubles, right: NDArray[np.bool_], bins: int = BINS) -> float:
    """Expected calibration error over `bins` of equal size (Naeini et al. 2015)."""
    return float(
        sum(abs(said - came) * count for said, came, count in reliability(probabilities, right, bins))
        / max(1, len(probabilities))
    )


def reliability(
    probabilities: Doubles, right: NDArray[np.bool_], bins: int = BINS
) -> Sequence[tuple[float, float, int]]:
    """(mean probability, share that was right, how many) of each bin, lowest first."""
    order = np.argsort(probabilities, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return [(float(probabilities[part].mean()), float(right[part].mean()), len(part)) for part in parts]


def area_under_roc(scores: Doubles, positive: NDArray[np.bool_]) -> float:
    """The probability that a positive scores above a negative, ties half (Hanley and McNeil 1982)."""
    ranks = np.unique(scores, return_inverse=True)[1]
    counts = np.bincount(ranks)
    middle = np.cumsum(counts) - (counts - 1) / 2
    above = middle[ranks][positive].sum() - positive.sum() * (positive.sum() + 1) / 2
    pairs = positive.sum() * (~positive).sum()
    return float(above / pairs) if pairs else float("nan")
