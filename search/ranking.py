"""One ranking from three sources by a fixed rule. Invariant: pure, and the parts of a value add up to it.

Each source's scores are standardised over the candidates before they are summed, because a cosine, a BM25 score and a
share of votes have nothing else in common. Without any votes the memory part is zero throughout, and words and meaning
decide alone. It serves until a learned ranker proves better on later tickets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.calibration import Calibration
from search.contract import ArticleScore, Candidates, Vote
from search.features import Table, table
from search.fusion import standardised
from search.memory import Fading, discounted
from search.popularity import Popularity
from search.ranker import scored, signs_of

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each source counts.

    Chosen on training questions, the latest fifth of each product asked and the earlier ones remembered; near the best
    values the figures are flat.
    """

    best: float = 0.25
    """Of an article's best passage."""
    top: float = 0.75
    """Of the mean of its best three."""
    lexical: float = 0.3
    memory: float = 1.5
    fading: Fading = field(default_factory=Fading)


DEFAULT: Final = Weights()
TEMPERATURE: Final = 1.2
"""From a sum of deviations to log odds."""
CALIBRATION: Final = Calibration((0.0,) * 8, (1.0,) * 8, (0.6, 6.0, 3.0, 0.0, 0.5, 0.0, 0.0, 0.1), -4.2)
"""For a desk that has learned nothing yet."""
BAR: Final = 0.3
SOURCES: Final = ("semantic", "lexical", "memory")


def rank(
    candidates: Candidates,
    votes: Sequence[Vote],
    limit: int = 10,
    weights: Weights = DEFAULT,
    bar: float = BAR,
) -> tuple[ArticleScore, ...]:
    """Articles, best first; ties by article number, so that the order is always the same."""
    found = table(candidates, votes, None, Popularity())
    if not found.articles or limit <= 0:
        return ()
    parts = shares(found, candidates, votes, weights)
    totals: Doubles = parts.sum(axis=1)
    order = np.lexsort((np.asarray(found.articles), -totals))
    chances = CALIBRATION.of(signs_of(found, TEMPERATURE * totals[order]))
    return tuple(
        scored(
            found, int(place), float(chance), dict(zip(SOURCES, map(float, parts[place]), strict=True)), chance >= bar
        )
        for place, chance in zip(order[:limit], chances[:limit], strict=True)
    )


def shares(found: Table, candidates: Candidates, votes: Sequence[Vote], weights: Weights = DEFAULT) -> Doubles:
    """Shape (articles, 3): what each source gives each article."""
    remembered = discounted(candidates, votes, weights.fading)
    meaning = weights.best * found.values[:, 0] + weights.top * found.values[:, 1]
    memory = weights.memory * standardised(remembered, found.articles, absent=0.0)
    return np.stack([meaning, weights.lexical * found.values[:, 3], memory], axis=1)
