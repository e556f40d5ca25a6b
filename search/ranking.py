"""One ranking from three sources. Invariant: pure, and the parts of a score add up to it.

Each source's scores are standardised over the candidates before they are summed, because a cosine, a BM25 score and a
share of votes have nothing else in common. The weights were chosen on the earlier four fifths of the training
questions and checked on the last fifth.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from search.contract import ArticleScore, Candidates, PassageScore, Vote


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each source counts, and how fast a vote fades with distance."""

    semantic: float = 1.0
    lexical: float = 0.3
    memory: float = 0.3
    neighbours: int = 100
    power: float = 3.0


DEFAULT: Final = Weights()
LEAST_COSINE: Final = 0.45
LEAST_SHARE: Final = 0.10
LEAST_SOLVED: Final = 2
"""An answer is close in meaning, or solved at least two and a tenth of the like."""


def rank(
    candidates: Candidates, votes: Sequence[Vote], limit: int = 10, weights: Weights = DEFAULT
) -> tuple[ArticleScore, ...]:
    """Articles, best first; ties by article number, so that the order is always the same."""
    best = _best_passages(candidates.semantic)
    by_words = _best_passages(candidates.lexical)
    shares, solved = memory(candidates, votes, weights)
    articles = sorted((best.keys() | by_words.keys() | shares.keys()) & candidates.allowed_articles)
    if not articles:
        return ()
    parts = {
        "semantic": weights.semantic * _standardised({a: best[a].score for a in best}, articles),
        "lexical": weights.lexical * _standardised({a: by_words[a].score for a in by_words}, articles),
        "memory": weights.memory * _standardised(shares, articles, absent=0.0),
    }
    totals = sum(parts.values())
    order = np.lexsort((articles, -np.asarray(totals)))[:limit]
    found = []
    for place in order:
        article = articles[place]
        passage = best.get(article) or by_words.get(article)
        cosine = best[article].score if article in best else 0.0
        found.append(ArticleScore(
            article_id=article, passage_id=passage.passage_id if passage else None,
            parts=(own := {name: float(values[place]) for name, values in parts.items()}), score=sum(own.values()),
            solved_similar=solved.get(article, 0), answers=_answers(cosine, shares.get(article, 0.0), solved.get(article, 0)),
        ))  # fmt: skip
    return tuple(found)


def memory(
    candidates: Candidates, votes: Sequence[Vote], weights: Weights = DEFAULT
) -> tuple[dict[int, float], dict[int, int]]:
    """Resolution memory: (share of the neighbours' weight an article solved, how many of them), by article.

    A neighbour weighs its cosine to the power of `weights.power`: a near one counts for several far ones.
    """
    near = sorted(candidates.neighbours, key=lambda n: -n.similarity)[: weights.neighbours]
    weight = {n.ticket_id: max(n.similarity, 0.0) ** weights.power for n in near}
    total = sum(weight.values()) or 1.0
    shares: dict[int, float] = defaultdict(float)
    voters: dict[int, set[int]] = defaultdict(set)
    for vote in votes:
        if vote.ticket_id in weight:
            shares[vote.article_id] += weight[vote.ticket_id] * vote.weight / total
            voters[vote.article_id].add(vote.ticket_id)
    return dict(shares), {article: len(tickets) for article, tickets in voters.items()}


def _answers(cosine: float, share: float, solved: int) -> bool:
    return cosine >= LEAST_COSINE or (share >= LEAST_SHARE and solved >= LEAST_SOLVED)


def _best_passages(scores: Iterable[PassageScore]) -> dict[int, PassageScore]:
    best: dict[int, PassageScore] = {}
    for score in scores:
        held = best.get(score.article_id)
        if held is None or score.score > held.score:
            best[score.article_id] = score
    return best


def _standardised(
    scores: Mapping[int, float], articles: Sequence[int], absent: float | None = None
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Zero mean, unit deviation over `articles`; one that the source did not find gets its lowest score."""
    if not scores:
        return np.zeros(len(articles))
    lowest = min(scores.values()) if absent is None else absent
    values = np.array([scores.get(article, lowest) for article in articles], dtype=np.float64)
    deviation = values.std()
    return (values - values.mean()) / deviation if deviation > 0 else np.zeros(len(articles))
