"""What changed when something happened: counts before and after it.

Invariant: pure; a change comes with its interval, and where there is too little to tell there is none.

Interrupted time series by segmented regression (Wagner, Soumerai, Zhang, Ross-Degnan, 2002): a Poisson regression of
weekly counts on a level, a trend and a step, its intervals widened by the overdispersion that the counts show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

Floats = NDArray[np.float64]
LEAST_WEEKS: Final = 4
"""On either side."""
LEAST_COUNT: Final = 5
"""In all, before."""
ROUNDS: Final = 50
CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True)
class Effect:
    """`ratio` of the rate after to what it would have been, with its 95 % interval; `spared` counts what did not come."""

    ratio: float
    low: float
    high: float
    spared: float
    spared_low: float
    spared_high: float
    weeks_before: int
    weeks_after: int


def interrupted(before: Sequence[int], after: Sequence[int]) -> Effect | None:
    """The step between two runs of weekly counts, oldest first; None where there is too little to tell."""
    if len(before) < LEAST_WEEKS or len(after) < LEAST_WEEKS or sum(before) < LEAST_COUNT:
        return None
    counts = np.array([*before, *after], dtype=np.float64)
    step = np.r_[np.zeros(len(before)), np.ones(len(after))]
    trend = (np.arange(len(counts)) - len(before)) / max(len(counts), 1)
    design = np.column_stack([np.ones(len(counts)), trend, step])
    fitted = _poisson(design, counts)
    if fitted is None:
        return None
    weights, covariance = fitted
    spread = norm.ppf(0.5 + CONFIDENCE / 2) * float(np.sqrt(covariance[2, 2]))
    logs = np.array([weights[2], weights[2] - spread, weights[2] + spread])
    ratio, low, high = (float(v) for v in np.exp(np.clip(logs, -20, 20)))
    seen = float(sum(after))
    spared, most, least = (seen / max(r, 1e-9) - seen if seen else 0.0 for r in (ratio, low, high))
    if not seen:
        spared = most = float(np.exp(design[len(before) :, :2] @ weights[:2]).sum())
        least = 0.0
    return Effect(ratio, low, high, spared, min(least, spared), max(most, spared), len(before), len(after))


def _poisson(design: Floats, counts: Floats) -> tuple[Floats, Floats] | None:
    """Weights and their covariance, by iteratively reweighted least squares with a little ridge on the trend."""
    ridge = np.diag([0.0, 1.0, 0.05])
    weights = np.array([np.log(max(float(counts.mean()), 0.1)), 0.0, 0.0])
    for _ in range(ROUNDS):
        rates = np.exp(np.clip(design @ weights, -20, 20))
        information = design.T @ (design * rates[:, None]) + ridge
        change = np.linalg.solve(information, design.T @ (counts - rates) - ridge @ weights)
        weights = weights + np.clip(change, -2, 2)
        if float(np.abs(change).max()) < 1e-8:
            break
    rates = np.exp(np.clip(design @ weights, -20, 20))
    if not np.isfinite(rates).all():
        return None
    dispersion = max(1.0, float(((counts - rates) ** 2 / np.maximum(rates, 1e-9)).sum() / max(len(counts) - 3, 1)))
    information = design.T @ (design * rates[:, None]) + ridge
    return weights, np.linalg.inv(information) * dispersion
