"""Resolution memory: what solved the neighbours. Invariant: pure; only votes for allowed articles by neighbours count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from search.contract import Candidates, Vote

SMOOTHING: Final = 0.01


@dataclass(frozen=True, slots=True)
class Fading:
    """How many neighbours vote, how a vote fades with distance, how much mere popularity is discounted.

    Chosen on training questions, the latest fifth of each product asked and the earlier ones remembered.
    """

    neighbours: int = 100
    power: float = 4.0
    popularity: float = 0.7


@dataclass(frozen=True, slots=True)
class Remembered:
    """By article: its discounted share of the neighbours' weight, how many of them it solved, the nearest of those."""

    shares: Mapping[int, float] = field(default_factory=dict)
    solved: Mapping[int, int] = field(default_factory=dict)
    nearest: Mapping[int, float] = field(default_factory=dict)


def remember(candidates: Candidates, votes: Sequence[Vote], fading: Fading) -> Remembered:
    """Weigh the votes of the nearest neighbours.

    A neighbour weighs its cosine to the power of `fading.power`: a near one counts for several far ones. An article that
    solved much of everything around (its share of the whole neighbourhood, not only of the nearest) says little about
    this question, so its share is divided by a power of that. Without this the pages that helpers link everywhere
    crowd out the page that helps.
    """
    ordered = sorted(candidates.neighbours, key=lambda n: (-n.similarity, n.ticket_id))
    similarity = {n.ticket_id: max(n.similarity, 0.0) for n in ordered}
    weight = {n.ticket_id: similarity[n.ticket_id] ** fading.power for n in ordered[: fading.neighbours]}
    total = sum(weight.values()) or 1.0
    shares: dict[int, float] = defaultdict(float)
    around: dict[int, float] = defaultdict(float)
    voters: dict[int, set[int]] = defaultdict(set)
    for vote in votes:
        if vote.article_id not in candidates.allowed_articles or vote.ticket_id not in similarity:
            continue
        around[vote.article_id] += vote.weight / len(similarity)
        if vote.ticket_id in weight:
            shares[vote.article_id] += weight[vote.ticket_id] * vote.weight / total
            voters[vote.article_id].add(vote.ticket_id)
    return Remembered(
        shares={a: share / (max(around[a], 0.0) + SMOOTHING) ** fading.popularity for a, share in shares.items()},
        solved={article: len(tickets) for article, tickets in voters.items()},
        nearest={article: max(similarity[t] for t in tickets) for article, tickets in voters.items()},
    )
