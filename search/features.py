"""What a ranker may know of a question and its candidates.

Invariant: pure, and nothing but what was known when the question was asked: votes and popularity are given, not read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.affinity import FLOOR, Affinity
from search.contract import ArticleFacts, Candidates, PassageScore, Vectors, Vote
from search.fusion import best_passages, mean_of_best, standardised
from search.memory import Recalled, recall
from search.popularity import Popularity

Doubles = NDArray[np.float64]
NAMES: Final = (
    "semantic best", "semantic top three", "semantic cosine", "lexical", "memory 20", "memory 100", "memory 400",
    "memory around", "memory nearest", "popular in product", "popular in topic", "learnt", "of the topic",
    "fresh", "title", "of the language", "healthy",
)  # fmt: skip
SOURCES: Final = (
    *("semantic",) * 3, "lexical", *("memory",) * 5, *("popularity",) * 2, "learnt", *("facts",) * 2, "semantic", *("facts",) * 2,
)  # fmt: skip
"""Which source each feature belongs to, for ablations and for saying why."""
LEARNT: Final = NAMES.index("learnt")
FROM_LEARNT: Final = 60
"""Candidates that the learnt affinity may bring in by itself."""
SMALL: Final = 0.003
UNKNOWN: Final = 0.5
YEAR: Final = 365.0
TUNED_SHARE: Final = 0.7
"""Of the tuned encoder in what was learnt; from half to all of it the figures stay within three thousandths."""
SMALLEST: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Table:
    """Candidates of one question: `values` has a row an article and a column a name."""

    articles: tuple[int, ...]
    values: Doubles
    by_meaning: Mapping[int, PassageScore]
    by_words: Mapping[int, PassageScore]
    remembered: Recalled
    unanswerable: float
    """Log odds that tickets like this one were solved by no article; 0 where nothing is known of such."""
    elsewhere: float = FLOOR
    """Log odds that the answer is an article that is not here, as far as was learnt; `FLOOR` where there is none such."""


def table(
    candidates: Candidates,
    votes: Sequence[Vote],
    affinity: Affinity | None,
    popular: Popularity,
    tuned: Affinity | None = None,
) -> Table:
    """The features of every candidate that may be shown; `tuned` is what was learnt together with a tuned encoder."""
    by_meaning, by_words = best_passages(candidates.semantic), best_passages(candidates.lexical)
    remembered = recall(candidates, votes)
    learnt, read = _learnt(candidates, candidates.vector, affinity), _learnt(candidates, candidates.tuned, tuned)
    found = by_meaning.keys() | by_words.keys() | remembered.around.keys()
    for likely in (learnt, read):
        found |= set(sorted(likely, key=lambda article: -likely[article])[:FROM_LEARNT])
    articles = sorted(found & candidates.allowed_articles)
    unanswerable = affinity.unanswerable(candidates.vector) if affinity and candidates.vector is not None else 0.0
    if not articles:
        return Table((), np.zeros((0, len(NAMES))), by_meaning, by_words, remembered, unanswerable)
    best = {article: passage.score for article, passage in by_meaning.items()}
    lowest = min(best.values(), default=0.0)
    cosine = np.array([best.get(article, lowest) for article in articles])
    columns: list[Doubles] = [
        standardised(best, articles), standardised(mean_of_best(candidates), articles), cosine,
        standardised({article: passage.score for article, passage in by_words.items()}, articles),
        *(_logs(share, articles, SMALL) for share in remembered.by_size),
        _logs(remembered.around, articles, SMALL),
        np.array([remembered.nearest.get(article, 0.0) for article in articles]),
        *popular.of(articles, candidates.product, candidates.topic),
        _both(_affinities(articles, learnt, cosine, affinity), _affinities(articles, read, cosine, tuned) if read else None),
        *_facts(candidates, articles), _titles(candidates, articles), *_told(candidates, articles),
    ]  # fmt: skip
    return Table(
        tuple(articles),
        np.stack(columns, axis=1),
        by_meaning,
        by_words,
        remembered,
        unanswerable,
        _elsewhere(read or learnt, affinity),
    )


def _learnt(candidates: Candidates, vector: Vectors | None, affinity: Affinity | None) -> dict[int, float]:
    if affinity is None or vector is None:
        return {}
    return affinity.of(vector, candidates.product, candidates.allowed_articles)


def _titles(candidates: Candidates, articles: Sequence[int]) -> Doubles:
    lowest = min(candidates.titles.values(), default=0.0)
    return np.array([candidates.titles.get(article, lowest) for article in articles])


def _facts(candidates: Candidates, articles: Sequence[int]) -> tuple[Doubles, Doubles]:
    """Whether an article is of the question's topic, and how fresh it was when that was asked; half where nobody knows."""
    known = [candidates.facts.get(article, ArticleFacts()) for article in articles]
    topic = candidates.topic.casefold()
    of_topic = np.array([float(topic in facts.topics) if topic and facts.topics else UNKNOWN for facts in known])
    return of_topic, np.array([_freshness(facts.updated, candidates.asked) for facts in known])


def _told(candidates: Candidates, articles: Sequence[int]) -> tuple[Doubles, Doubles]:
    """Whether an article is of the asker's language, and what its readers had said; half where nobody knows."""
    asked, known = language(candidates.locale), [candidates.facts.get(a, ArticleFacts()).locale for a in articles]
    spoken = [float(language(locale) == asked) if locale and asked else UNKNOWN for locale in known]
    return np.array(spoken), np.array([candidates.health.get(article, UNKNOWN) for article in articles])


def language(locale: str) -> str:
    """Of a locale, in small letters: ``pt`` of ``pt-BR`` and ``pt_PT``."""
    return locale.replace("_", "-").partition("-")[0].strip().casefold()


def _freshness(updated: float | None, asked: float | None) -> float:
    # What was changed after the question had another state then, of which nothing is known.
    if updated is None or asked is None or updated > asked:
        return UNKNOWN
    return float(np.exp(-(asked - updated) / YEAR))


def _both(plain: Doubles, tuned: Doubles | None) -> Doubles:
    return plain if tuned is None else (1 - TUNED_SHARE) * plain + TUNED_SHARE * tuned


def _elsewhere(learnt: Mapping[int, float], affinity: Affinity | None) -> float:
    if affinity is None or not learnt or not affinity.misses:
        return FLOOR
    here = min(float(np.exp(list(learnt.values())).sum()), 1.0)
    return max(FLOOR, float(np.log((1 - here + SMALLEST) / (here + SMALLEST))))


def _affinities(
    articles: Sequence[int], learnt: Mapping[int, float], cosine: Doubles, affinity: Affinity | None
) -> Doubles:
    if affinity is None:
        return np.full(len(articles), FLOOR)
    guessed = np.clip(affinity.unknown[0] + affinity.unknown[1] * cosine, FLOOR, 0.0)
    return np.array([learnt.get(article, guess) for article, guess in zip(articles, guessed, strict=True)])


def _logs(shares: Mapping[int, float], articles: Sequence[int], small: float) -> Doubles:
    return np.log(np.maximum([shares.get(article, 0.0) for article in articles], 0.0) + small)
