"""Scores of different kinds made comparable. Invariant: pure; what a source did not find never beats what it found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.contract import PassageScore

RRF_CONSTANT: Final = 60
"""As in Cormack, Clarke and Büttcher, "Reciprocal rank fusion outperforms Condorcet" (SIGIR 2009)."""


def best_passages(scores: Iterable[PassageScore]) -> dict[int, PassageScore]:
    """Each article's best passage; of equals the first."""
    best: dict[int, PassageScore] = {}
    for score in scores:
        held = best.get(score.article_id)
        if held is None or score.score > held.score:
            best[score.article_id] = score
    return best


def standardised(
    scores: Mapping[int, float], articles: Sequence[int], absent: float | None = None
) -> NDArray[np.float64]:
    """Shape (len(articles),): zero mean and unit deviation over `articles`.

    An article without a score counts as `absent`, or as the lowest score there is. Zeros where all are alike.
    """
    if not scores:
        return np.zeros(len(articles))
    lowest = min(scores.values()) if absent is None else absent
    values = np.array([scores.get(article, lowest) for article in articles], dtype=np.float64)
    deviation = values.std()
    # Below that the differences are rounding, which a division would blow up.
    if deviation <= 1e-12 * max(1.0, float(np.abs(values).max())):
        return np.zeros(len(articles))
    return np.asarray((values - values.mean()) / deviation, dtype=np.float64)


def reciprocal_rank(rankings: Iterable[Sequence[int]]) -> list[int]:
    """Articles by the sum of 1 / (60 + rank) over the rankings, best first; ties by number."""
    scores: dict[int, float] = defaultdict(float)
    for ranking in rankings:
        for rank, article in enumerate(ranking, start=1):
            scores[article] += 1 / (RRF_CONSTANT + rank)
    return sorted(scores, key=lambda article: (-scores[article], article))
