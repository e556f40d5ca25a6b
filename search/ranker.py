"""What was learned of ranking, ready to serve. Invariant: plain numbers, nothing that runs."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.affinity import Affinity
from search.calibration import Calibration, signs
from search.contract import Trade
from search.features import SOURCES, Table
from search.popularity import Popularity

Doubles = NDArray[np.float64]
BARS: Final = tuple(step / 100 for step in range(1, 100))

SUREST: Final = 0.2
"""What was learned on whole tickets must not refuse the few words of a search, of which nothing is ever very sure. Chosen
on made-up searches of the demo desk: a fifth answers what it has, and leaves flights, pizza and rain unanswered."""
FEW: Final = 0.5
"""Share of the usual words of a ticket below which a question is a few words of a search."""


@dataclass(frozen=True, slots=True)
class Ranker:
    """Weights by `features.NAMES`, and what the features need."""

    mean: Doubles
    deviation: Doubles
    weights: Doubles
    affinity: Affinity | None
    popular: Popularity
    calibration: Calibration
    refused: tuple[float, ...] = ()
    """By `BARS`: the share of questions whose article was taken away that stay without an answer."""
    answered: tuple[float, ...] = ()
    """By `BARS`: the share of questions with an article that get an answer; empty in versions made before it was kept."""
    right: tuple[float, ...] = ()
    """By `BARS`: the share of those answers that were right."""
    balanced: float = 0.3
    """The bar at which as few as possible are wrongly answered and wrongly refused alike."""
    usual: float = 0.0
    """Words of the median ticket that it was learned on."""
    fixed: bool = False
    """Whether the fixed rule orders, and only the probabilities were learned."""
    tuned: Affinity | None = None
    """Learnt together with the encoder in `encoder`, of the vectors that it gives."""
    encoder: Path | None = None
    """Folder of the encoder that was tuned on the desk's own pairs."""

    def values(self, features: Doubles) -> Doubles:
        """Log odds before they are normalised, shape (articles,)."""
        return np.asarray((features - self.mean) / self.deviation @ self.weights, dtype=np.float64)

    def parts(self, features: Doubles) -> Doubles:
        """What each feature adds, compared with the average candidate; shape (articles, features)."""
        return np.asarray((features - features.mean(axis=0)) / self.deviation * self.weights, dtype=np.float64)

    def chances(self, found: Table, order: NDArray[np.int64]) -> Doubles:
        """Probabilities in that order; they never rise with the rank, even where the fixed rule orders otherwise."""
        said = self.calibration.of(signs_of(found, self.values(found.values)[order]))
        return np.asarray(np.minimum.accumulate(said), dtype=np.float64)

    def only(self, articles: AbstractSet[int]) -> Ranker:
        """The same without whatever it knows of any other article that was here."""
        return replace(
            self, affinity=self.affinity and self.affinity.only(articles), popular=self.popular.only(articles),
            tuned=self.tuned and self.tuned.only(articles),
        )  # fmt: skip

    @property
    def trades(self) -> tuple[Trade, ...]:
        """What each bar meant on the latest tickets; empty where that was not kept."""
        kept = zip(BARS, self.answered, self.right, self.refused, strict=True) if self.answered else ()
        return tuple(Trade(*row) for row in kept)

    def bar(self, risk: float | None, words: int) -> float:
        """Probability from which on a first suggestion counts as an answer.

        `risk` is the share of questions without an article that may get an "answer" all the same; None balances, but
        asks for no more than `SUREST` where the question has few `words` beside the tickets that taught.
        """
        if risk is None or not self.refused:
            return min(self.balanced, SUREST) if words < FEW * self.usual else self.balanced
        return next((bar for bar, kept in zip(BARS, self.refused, strict=True) if 1 - kept <= risk), 1.0)


def signs_of(found: Table, ordered: Doubles) -> Doubles:
    """What a calibration goes by; `ordered` are the values, best first."""
    cosine = max((passage.score for passage in found.by_meaning.values()), default=0.0)
    nearest = max(found.remembered.nearest.values(), default=0.0)
    return signs(ordered, cosine, nearest, found.remembered.covered, found.unanswerable, found.elsewhere)


def by_source(shares: Doubles) -> dict[str, float]:
    """Shares of features, summed by their source."""
    named = list(zip(shares, SOURCES, strict=True))
    return {source: float(sum(share for share, of in named if of == source)) for source in dict.fromkeys(SOURCES)}
