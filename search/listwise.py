"""A linear ranker by softmax over each question's candidates (ListNet's top one, Cao et al. 2007). Invariant: pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from search.newton import minimum

Doubles = NDArray[np.float64]
LEAST = 0.02
"""Deviation of a feature that hardly ever varied: little was learned of it, so its rare values must not count for much."""
SHRINK = 3.0
"""L2 on standardised weights; from .3 to 30 the figures stay within three thousandths."""


def fit(features: Doubles, relevance: Doubles, held: NDArray[np.bool_]) -> tuple[Doubles, Doubles, Doubles]:
    """Learn from `features` (questions, candidates, d) and `relevance` (questions, candidates; 0 is not right).

    `held` (questions, candidates) is false where a list is shorter. Gives mean, deviation and weight of each feature, so
    that ``(features - mean) / deviation @ weight`` ranks. A question without a right candidate teaches nothing.
    """
    flat = features[held]
    mean, deviation = flat.mean(axis=0), np.maximum(flat.std(axis=0), LEAST)
    kept = (relevance * held).sum(axis=1) > 0
    scaled, mask = (features[kept] - mean) / deviation, held[kept]
    weight = relevance[kept].sum(axis=1)
    target = relevance[kept] / weight[:, None]

    def curve(weights: Doubles) -> tuple[float, Doubles, Doubles]:
        scores = np.where(mask, scaled @ weights, -np.inf)
        scores -= scores.max(axis=1, keepdims=True)
        total = np.log(np.exp(scores).sum(axis=1, keepdims=True))
        logs = np.where(mask, scores - total, 0.0)
        chance = np.where(mask, np.exp(logs), 0.0)
        value = -float((weight[:, None] * target * logs).sum()) + SHRINK / 2 * float(weights @ weights)
        slope = np.tensordot(weight[:, None] * (chance - target), scaled, axes=([0, 1], [0, 1])) + SHRINK * weights
        expected = np.einsum("qc,qcd->qd", chance, scaled)
        spread = np.einsum("qc,qcd,qce->de", chance * weight[:, None], scaled, scaled, optimize=True)
        return value, slope, spread - (expected * weight[:, None]).T @ expected + SHRINK * np.eye(len(weights))

    return mean, deviation, minimum(curve, np.zeros(features.shape[2]))
