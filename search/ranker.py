"""A learned ranker, ready to serve. Invariant: pure, plain numbers, and the shares of a value add up to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.affinity import Affinity
from search.calibration import Calibration, signs
from search.contract import ArticleScore, Candidates, Vote
from search.features import SOURCES, Table, table
from search.popularity import Popularity

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ranker:
    """Weights by `features.NAMES`, and what the features need."""

    mean: Doubles
    deviation: Doubles
    weights: Doubles
    affinity: Affinity | None
    popular: Popularity
    calibration: Calibration
    bar: float
    """Probability from which on a first suggestion counts as an answer."""

    def values(self, features: Doubles) -> Doubles:
        """Log odds before they are normalised, shape (articles,)."""
        return np.asarray((features - self.mean) / self.deviation @ self.weights, dtype=np.float64)

    def rank(
        self, candidates: Candidates, votes: Sequence[Vote], limit: int, bar: float | None
    ) -> tuple[ArticleScore, ...]:
        """Articles, best first; ties by article number."""
        found = table(candidates, votes, self.affinity, self.popular)
        if not found.articles or limit <= 0:
            return ()
        values = self.values(found.values)
        order = np.lexsort((np.asarray(found.articles), -values))
        chances = self.calibration.of(signs_of(found, values[order]))
        shares = (found.values - found.values.mean(axis=0)) / self.deviation * self.weights
        return tuple(
            scored(
                found, int(place), float(chance), by_source(shares[place]), chance >= (self.bar if bar is None else bar)
            )
            for place, chance in zip(order[:limit], chances[:limit], strict=True)
        )


def signs_of(found: Table, ordered: Doubles) -> Doubles:
    """What a calibration goes by; `ordered` are the values, best first."""
    cosine = max((passage.score for passage in found.by_meaning.values()), default=0.0)
    nearest = max(found.remembered.nearest.values(), default=0.0)
    return signs(ordered, cosine, nearest, found.remembered.covered, found.unanswerable)


def by_source(shares: Doubles) -> dict[str, float]:
    """Shares of features, summed by their source."""
    return {
        source: float(sum(s for s, of in zip(shares, SOURCES, strict=True) if of == source))
        for source in dict.fromkeys(SOURCES)
    }


def scored(found: Table, place: int, chance: float, parts: Mapping[str, float], answers: bool) -> ArticleScore:
    """One suggested article."""
    article = found.articles[place]
    passage = found.by_meaning.get(article) or found.by_words.get(article)
    return ArticleScore(
        article_id=article, passage_id=passage.passage_id if passage else None, score=chance, parts=parts,
        solved_similar=found.remembered.solved.get(article, 0), answers=bool(answers),
    )  # fmt: skip
