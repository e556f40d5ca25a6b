"""A linear ranker by softmax over each question's candidates (ListNet's top one, Cao et al. 2007). Invariant: pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Doubles = NDArray[np.float64]
SHRINK = 3.0
"""L2 on standardised weights; from .3 to 30 the figures stay within three thousandths."""


def fit(features: Doubles, relevance: Doubles, held: NDArray[np.bool_]) -> tuple[Doubles, Doubles, Doubles]:
    """Learn from `features` (questions, candidates, d) and `relevance` (questions, candidates; 0 is not right).

    `held` (questions, candidates) is false where a list is shorter. Gives mean, deviation and weight of each feature, so
    that ``(features - mean) / deviation @ weight`` ranks. A question without a right candidate teaches nothing.
    """
    flat = features[held]
    mean, deviation = flat.mean(axis=0), flat.std(axis=0) + 1e-6
    kept = (relevance * held).sum(axis=1) > 0
    scaled, mask = (features[kept] - mean) / deviation, held[kept]
    weight = relevance[kept].sum(axis=1)
    target = relevance[kept] / weight[:, None]

    def loss(weights: Doubles) -> tuple[float, Doubles]:
        scores = np.where(mask, scaled @ weights, -np.inf)
        scores -= scores.max(axis=1, keepdims=True)
        total = np.log(np.exp(scores).sum(axis=1, keepdims=True))
        logs = np.where(mask, scores - total, 0.0)
        error = weight[:, None] * (np.where(mask, np.exp(logs), 0.0) - target)
        slope = np.tensordot(error, scaled, axes=([0, 1], [0, 1]))
        value = -float((weight[:, None] * target * logs).sum())
        return value + SHRINK / 2 * float(weights @ weights), slope + SHRINK * weights

    found = minimize(loss, np.zeros(features.shape[2]), jac=True, method="L-BFGS-B", options={"maxiter": 200})
    return mean, deviation, np.asarray(found.x, dtype=np.float64)
