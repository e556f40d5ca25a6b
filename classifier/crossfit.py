"""What is fitted fold by fold on tickets that the members had not seen.

Invariant: what a ticket's probability or set is made with was learned of the other folds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax
from sklearn.metrics import log_loss

from classifier.blending import Blend, ClassBlend, fit_blend, fit_class_blend
from classifier.calibration import Floats, Labels, fit_sets
from classifier.members import Candidates


def one_of_each(
    scores: NDArray[np.floating], names: Sequence[str], labels: Labels, counts: Floats
) -> tuple[Floats, Candidates, dict[str, float]]:
    """The scores with the best line and the best trees only, which those are, and the log loss of each column alone."""
    losses = {}
    for n, name in enumerate(names):
        alone = scores[:, [n]]
        losses[name] = float(log_loss(labels, fit_blend(alone, labels, counts)(alone)))
    tried, order = Candidates(), np.array(list(losses.values()))
    lines, both = len(tried.strengths), len(tried.strengths) + len(tried.leaves)
    line, trees = int(np.argmin(order[:lines])), int(np.argmin(order[lines:both]))
    kept = [line, lines + trees, *range(both, scores.shape[1])]
    chosen = Candidates((tried.strengths[line],), (tried.leaves[trees],))
    return scores[:, kept].astype(np.float64), chosen, losses


def cross_fitted(scores: Floats, labels: Labels, fold: Labels, counts: Floats) -> Floats:
    """Probability of each ticket, blended by what was learned of the other folds."""
    chances = np.zeros(len(labels))
    for one in np.unique(fold):
        here, others = fold == one, fold != one
        basis = others if len(set(labels[others].tolist())) == 2 else ~np.zeros_like(others)
        blend: Blend = fit_blend(scores[basis], labels[basis], counts[basis])
        chances[here] = blend(scores[here])
    return chances


def leasts(chances: Floats, truth: Labels, fold: Labels, coverage: float) -> dict[int, float]:
    """What belongs to a set in each fold, as the other folds say."""
    found = {}
    for one in np.unique(fold).tolist():
        others = fold != one
        basis = others if others.any() else ~others
        found[one] = fit_sets(chances[basis], truth[basis], coverage)
    return found


def class_loss(scores: NDArray[np.floating], truth: Labels) -> float:
    """Log loss of one member alone, with what makes probabilities of its scores learned of the same tickets."""
    blend: ClassBlend = fit_class_blend(scores, truth)
    known = np.flatnonzero(truth >= 0)
    logs = log_softmax(scores[known].astype(np.float64) @ blend.weights, axis=1)
    return float(-logs[np.arange(len(known)), truth[known]].mean())
