"""One ranking from all sources. Invariant: pure, and the parts of a value add up to it, but for a constant of the question.

Until a learned ranker proves better on later tickets a fixed rule serves. In it each source's scores are standardised over the candidates before they are summed, because a cosine, a BM25 score and a
share of votes have nothing else in common. Without any votes the memory part is zero throughout, and words and meaning
decide alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.calibration import Calibration
from search.contract import ArticleScore, Candidates, PassageScore, Vote
from search.features import Table, table
from search.fusion import standardised
from search.memory import Fading, discounted
from search.popularity import Popularity
from search.ranker import Ranker, by_source, signs_of
from search.steps import shown

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
CALIBRATION: Final = Calibration(
    (0.0,) * 9, (1.0,) * 9, (0.6, 6.0, 3.0, 0.0, 0.5, 0.0, 0.0, 0.1, 0.0), -4.2, most_odds=1.5
)
"""For a desk that has learned nothing yet."""
BAR: Final = 0.3
SOURCES: Final = ("semantic", "lexical", "memory")


def rank(
    candidates: Candidates,
    votes: Sequence[Vote],
    limit: int = 10,
    ranker: Ranker | None = None,
    risk: float | None = None,
) -> tuple[ArticleScore, ...]:
    """Articles, best first; ties by article number, so that the order is always the same.

    Without a `ranker`, or with one of which only the probabilities serve, the fixed rule orders.
    """
    affinity, tuned = (ranker.affinity, ranker.tuned) if ranker else (None, None)
    found = table(candidates, votes, affinity, ranker.popular if ranker else Popularity(), tuned)
    if not found.articles or limit <= 0:
        return ()
    named: Callable[[Doubles], dict[str, float]]
    if ranker is None or ranker.fixed:
        by_rule = shares(found, candidates, votes)
        values = TEMPERATURE * by_rule.sum(axis=1)
        parts, named = by_rule, by_rule_source
    else:
        values = ranker.values(found.values)
        parts, named = ranker.parts(found.values), by_source
    order = np.lexsort((np.asarray(found.articles), -values))
    chances = ranker.chances(found, order) if ranker else CALIBRATION.of(signs_of(found, values[order]))
    bar = ranker.bar(risk, candidates.words) if ranker else BAR
    passages = {**found.by_words, **shown(found.by_meaning, candidates.semantic, candidates.steps)}
    return tuple(
        _scored(found, int(place), float(chance), named(parts[place]), chance >= bar, passages)
        for place, chance in zip(order[:limit], chances[:limit], strict=True)
    )


def by_rule_source(row: Doubles) -> dict[str, float]:
    """Shares of the fixed rule, by their source."""
    return dict(zip(SOURCES, map(float, row), strict=True))


def _scored(
    found: Table,
    place: int,
    chance: float,
    parts: Mapping[str, float],
    answers: bool,
    passages: Mapping[int, PassageScore],
) -> ArticleScore:
    article = found.articles[place]
    passage = passages.get(article)
    return ArticleScore(
        article_id=article, passage_id=passage.passage_id if passage else None, score=chance, parts=parts,
        solved_similar=found.remembered.solved.get(article, 0), answers=bool(answers),
    )  # fmt: skip


def shares(found: Table, candidates: Candidates, votes: Sequence[Vote], weights: Weights = DEFAULT) -> Doubles:
    """Shape (articles, 3): what each source gives each article by the fixed rule."""
    remembered = discounted(candidates, votes, weights.fading)
    meaning = weights.best * found.values[:, 0] + weights.top * found.values[:, 1]
    memory = weights.memory * standardised(remembered, found.articles, absent=0.0)
    return np.stack([meaning, weights.lexical * found.values[:, 3], memory], axis=1)
