"""One ranking from three sources. Invariant: pure, and the parts of a score add up to it.

Each source's scores are standardised over the candidates before they are summed, because a cosine, a BM25 score and a
share of votes have nothing else in common. Without any votes the memory part is zero throughout, and words and meaning
decide alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.contract import ArticleScore, Candidates, PassageScore, Vote
from search.fusion import best_passages, standardised
from search.memory import Fading, Remembered, remember


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each source counts.

    Chosen on training questions, the latest fifth of each product asked and the earlier ones remembered; near the best
    values the figures are flat.
    """

    semantic: float = 1.0
    lexical: float = 0.3
    memory: float = 1.5
    fading: Fading = field(default_factory=Fading)


DEFAULT: Final = Weights()
LEAST_COSINE: Final = 0.35
LEAST_NEIGHBOUR: Final = 0.55
"""An answer is close in meaning itself, or solved a ticket that is."""


def rank(
    candidates: Candidates, votes: Sequence[Vote], limit: int = 10, weights: Weights = DEFAULT
) -> tuple[ArticleScore, ...]:
    """Articles, best first; ties by article number, so that the order is always the same."""
    by_meaning, by_words = best_passages(candidates.semantic), best_passages(candidates.lexical)
    remembered = remember(candidates, votes, weights.fading)
    articles = sorted((by_meaning.keys() | by_words.keys() | remembered.shares.keys()) & candidates.allowed_articles)
    if not articles or limit <= 0:
        return ()
    parts = {
        "semantic": weights.semantic * standardised(_scores(by_meaning), articles),
        "lexical": weights.lexical * standardised(_scores(by_words), articles),
        "memory": weights.memory * standardised(remembered.shares, articles, absent=0.0),
    }
    totals: NDArray[np.float64] = np.sum(list(parts.values()), axis=0)
    order = np.lexsort((np.asarray(articles), -totals))[:limit]
    return tuple(
        _scored(articles[place], {name: float(values[place]) for name, values in parts.items()}, by_meaning, by_words,
                remembered)
        for place in order
    )  # fmt: skip


def _scores(best: Mapping[int, PassageScore]) -> dict[int, float]:
    return {article: passage.score for article, passage in best.items()}


def _scored(
    article: int,
    parts: Mapping[str, float],
    by_meaning: Mapping[int, PassageScore],
    by_words: Mapping[int, PassageScore],
    remembered: Remembered,
) -> ArticleScore:
    passage = by_meaning.get(article) or by_words.get(article)
    cosine = by_meaning[article].score if article in by_meaning else 0.0
    return ArticleScore(
        article_id=article,
        passage_id=passage.passage_id if passage else None,
        score=sum(parts.values()),
        parts=parts,
        solved_similar=remembered.solved.get(article, 0),
        answers=cosine >= LEAST_COSINE or remembered.nearest.get(article, 0.0) >= LEAST_NEIGHBOUR,
    )
