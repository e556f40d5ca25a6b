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
    """How much each source counts, how fast a vote fades with distance, how much mere popularity is discounted."""

    semantic: float = 1.0
    lexical: float = 0.3
    memory: float = 1.0
    neighbours: int = 100
    power: float = 4.0
    popularity: float = 0.5


DEFAULT: Final = Weights()
SMOOTHING: Final = 0.01
LEAST_COSINE: Final = 0.35
LEAST_NEIGHBOUR: Final = 0.55
"""An answer is close in meaning itself, or solved a ticket that is. On training questions nine in ten of what belongs
to the desk passes, and less than one in twenty of small talk."""


def rank(
    candidates: Candidates, votes: Sequence[Vote], limit: int = 10, weights: Weights = DEFAULT
) -> tuple[ArticleScore, ...]:
    """Articles, best first; ties by article number, so that the order is always the same."""
    best = _best_passages(candidates.semantic)
    by_words = _best_passages(candidates.lexical)
    remembered = memory(candidates, votes, weights)
    shares = remembered.shares
    articles = sorted((best.keys() | by_words.keys() | shares.keys()) & candidates.allowed_articles)
    if not articles:
        return ()
    parts = {
        "semantic": weights.semantic * _standardised({a: best[a].score for a in best}, articles),
        "lexical": weights.lexical * _standardised({a: by_words[a].score for a in by_words}, articles),
        "memory": weights.memory * _standardised(shares, articles, absent=0.0),
    }
    totals = sum(parts.values())
    order = np.lexsort((np.asarray(articles), -np.asarray(totals)))[:limit]
    found = []
    for place in order:
        article = articles[place]
        passage = best.get(article) or by_words.get(article)
        cosine = best[article].score if article in best else 0.0
        found.append(ArticleScore(
            article_id=article, passage_id=passage.passage_id if passage else None,
            parts=(own := {name: float(values[place]) for name, values in parts.items()}), score=sum(own.values()),
            solved_similar=remembered.solved.get(article, 0),
            answers=cosine >= LEAST_COSINE or remembered.nearest.get(article, 0.0) >= LEAST_NEIGHBOUR,
        ))  # fmt: skip
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Remembered:
    """By article: its discounted share of the neighbours' weight, how many of them it solved, the nearest of those."""

    shares: Mapping[int, float]
    solved: Mapping[int, int]
    nearest: Mapping[int, float]


def memory(candidates: Candidates, votes: Sequence[Vote], weights: Weights = DEFAULT) -> Remembered:
    """Resolution memory: what solved the neighbours.

    A neighbour weighs its cosine to the power of `weights.power`: a near one counts for several far ones. An article
    that solved much of everything around (its share of a much wider neighbourhood) says little about this question, so
    the share is divided by a power of that.
    """
    ordered = sorted(candidates.neighbours, key=lambda n: -n.similarity)
    weight = {n.ticket_id: max(n.similarity, 0.0) ** weights.power for n in ordered[: weights.neighbours]}
    total = sum(weight.values()) or 1.0
    shares: dict[int, float] = defaultdict(float)
    around: dict[int, float] = defaultdict(float)
    voters: dict[int, set[int]] = defaultdict(set)
    for vote in votes:
        around[vote.article_id] += vote.weight / max(len(ordered), 1)
        if vote.ticket_id in weight:
            shares[vote.article_id] += weight[vote.ticket_id] * vote.weight / total
            voters[vote.article_id].add(vote.ticket_id)
    discounted = {a: share / (around[a] + SMOOTHING) ** weights.popularity for a, share in shares.items()}
    similarity = {n.ticket_id: n.similarity for n in ordered}
    return Remembered(
        shares=discounted,
        solved={article: len(tickets) for article, tickets in voters.items()},
        nearest={article: max(similarity[t] for t in tickets) for article, tickets in voters.items()},
    )


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
