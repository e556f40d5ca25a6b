"""Minima of smooth convex functions of a few hundred numbers. Invariant: pure, and no step makes things worse.

Newton's method with step halving (Boyd and Vandenberghe, "Convex optimization", 9.5).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Curve = Callable[[Doubles], tuple[float, Doubles, Doubles]]
"""Of a point (n,): the value, the slope (n,) and the curvature (n, n)."""
STEPS: Final = 60
HALVINGS: Final = 30
ENOUGH: Final = 1e-9
"""Relative gain below which it stops."""


def minimum(curve: Curve, start: Doubles) -> Doubles:
    """Where `curve` is least."""
    point = np.array(start, dtype=np.float64)
    value, slope, curvature = curve(point)
    for _ in range(STEPS):
        step = np.linalg.lstsq(curvature, slope, rcond=None)[0]
        size = 1.0
        for _ in range(HALVINGS):
            further = curve(point - size * step)
            if further[0] <= value:
                break
            size /= 2
        else:
            return point
        gained = value - further[0]
        point = point - size * step
        value, slope, curvature = further
        if gained <= ENOUGH * max(1.0, abs(value)):
            return point
    return point


def logistic(rows: Doubles, truth: Doubles, weight: Doubles, shrink: float) -> Doubles:
    """Weights of a logistic regression and, last, its intercept; `shrink` is the L2 on the weights."""
    wide = np.column_stack([rows, np.ones(len(rows))])
    penalty = np.append(np.full(rows.shape[1], shrink), 1e-9)

    def curve(point: Doubles) -> tuple[float, Doubles, Doubles]:
        logits = wide @ point
        chance = 1 / (1 + np.exp(-np.clip(logits, -500, 500)))
        value = float((weight * (np.logaddexp(0, logits) - truth * logits)).sum() + (penalty * point**2).sum() / 2)
        slope = wide.T @ (weight * (chance - truth)) + penalty * point
        curvature = (wide * (weight * chance * (1 - chance))[:, None]).T @ wide + np.diag(penalty)
        return value, slope, curvature

    return minimum(curve, np.zeros(wide.shape[1]))
