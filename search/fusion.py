"""Scores of different kinds made comparable. Invariant: pure; what a source did not find never beats what it found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.contract import Candidates, PassageScore

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


def mean_of_best(candidates: Candidates, most: int = 3) -> dict[int, float]:
    """Each article's mean cosine over its best three passages: one lucky passage says less than three good ones.

    A passage that was not found counts as the last one that was; an article of fewer passages is judged by those it has.
    """
    found: dict[int, list[float]] = defaultdict(list)
    for passage in candidates.semantic:
        found[passage.article_id].append(passage.score)
    lowest = min((passage.score for passage in candidates.semantic), default=0.0)
    means: dict[int, float] = {}
    for article, scores in found.items():
        size = max(1, min(most, candidates.sizes.get(article, len(scores))))
        best = sorted(scores, reverse=True)[:size]
        means[article] = (sum(best) + lowest * (size - len(best))) / size
    return means


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
