"""Resolution memory: what solved the neighbours. Invariant: pure; only votes for allowed articles by neighbours count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from search.contract import Candidates, Vote

SMOOTHING: Final = 0.01
VICINITY: Final = 1
"""Which of `SIZES` is counted and shown ("solved 14 similar tickets")."""


@dataclass(frozen=True, slots=True)
class Fading:
    """How many neighbours vote, how a vote fades with distance, how much mere popularity is discounted.

    Chosen on training questions, the latest fifth of each product asked and the earlier ones remembered.
    """

    neighbours: int = 100
    power: float = 4.0
    popularity: float = 0.7


def discounted(candidates: Candidates, votes: Sequence[Vote], fading: Fading) -> dict[int, float]:
    """By article, its share of the nearest neighbours' weight, less what mere popularity explains.

    A neighbour weighs its cosine to the power of `fading.power`: a near one counts for several far ones. An article that
    solved much of everything around (its share of the whole neighbourhood, not only of the nearest) says little about
    this question, so its share is divided by a power of that. Without this the pages that helpers link everywhere
    crowd out the page that helps.
    """
    ordered = sorted(candidates.neighbours, key=lambda n: (-n.similarity, n.ticket_id))
    weight = {n.ticket_id: max(n.similarity, 0.0) ** fading.power for n in ordered[: fading.neighbours]}
    known = {n.ticket_id for n in ordered}
    total = sum(weight.values()) or 1.0
    shares: dict[int, float] = defaultdict(float)
    around: dict[int, float] = defaultdict(float)
    for vote in votes:
        if vote.article_id not in candidates.allowed_articles or vote.ticket_id not in known:
            continue
        around[vote.article_id] += vote.weight / len(known)
        if vote.ticket_id in weight:
            shares[vote.article_id] += weight[vote.ticket_id] * vote.weight / total
    return {a: share / (max(around[a], 0.0) + SMOOTHING) ** fading.popularity for a, share in shares.items()}


SIZES: Final = ((20, 4.0), (100, 4.0), (400, 8.0))
"""(neighbours, power) at which a ranker hears the memory: the nearest few, the vicinity, and all with the near ones loud."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """What the neighbours say of each article."""

    solved: Mapping[int, int] = field(default_factory=dict)
    """How many of the vicinity it solved."""
    nearest: Mapping[int, float] = field(default_factory=dict)
    """The cosine of the nearest ticket that it solved."""
    by_size: tuple[Mapping[int, float], ...] = ()
    """Its share of the neighbours' weight, at each of `SIZES`."""
    around: Mapping[int, float] = field(default_factory=dict)
    covered: tuple[float, ...] = (0.0,) * len(SIZES)
    """At each of `SIZES`, the share of the neighbours' weight that voted for anything that may be shown: where much of it did
    not, what is asked has probably no article."""


def recall(candidates: Candidates, votes: Sequence[Vote]) -> Recalled:
    """Plain shares without any discount: how much popularity takes away is the ranker's to learn."""
    ordered = sorted(candidates.neighbours, key=lambda n: (-n.similarity, n.ticket_id))
    similarity = {n.ticket_id: max(n.similarity, 0.0) for n in ordered}
    weighed = [{n.ticket_id: similarity[n.ticket_id] ** power for n in ordered[:size]} for size, power in SIZES]
    totals = [sum(weights.values()) or 1.0 for weights in weighed]
    by_size: list[dict[int, float]] = [defaultdict(float) for _ in SIZES]
    around: dict[int, float] = defaultdict(float)
    nearest: dict[int, float] = {}
    voters: dict[int, set[int]] = defaultdict(set)
    heard: set[int] = set()
    vicinity = weighed[VICINITY]
    for vote in votes:
        near = similarity.get(vote.ticket_id)
        if near is None or vote.article_id not in candidates.allowed_articles:
            continue
        around[vote.article_id] += vote.weight / len(similarity)
        for shares, weights, total in zip(by_size, weighed, totals, strict=True):
            shares[vote.article_id] += weights.get(vote.ticket_id, 0.0) * vote.weight / total
        if vote.weight > 0:
            nearest[vote.article_id] = max(nearest.get(vote.article_id, 0.0), near)
            if vote.ticket_id in vicinity:
                voters[vote.article_id].add(vote.ticket_id)
            heard.add(vote.ticket_id)
    return Recalled(
        solved={article: len(tickets) for article, tickets in voters.items()},
        nearest=nearest, by_size=tuple(by_size), around=around,
        covered=tuple(
            sum(weight for ticket, weight in weights.items() if ticket in heard) / total
            for weights, total in zip(weighed, totals, strict=True)
        ),
    )  # fmt: skip
