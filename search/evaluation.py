"""How good rankings are. Invariant: pure; every question with a judgment counts, one without a ranking as a miss.

The figures are those of binary judgments: hit@k (a right article among the first k), MRR@10 (one over the rank of the
first right one), nDCG@10 (Järvelin and Kekäläinen 2002), and hit@10 averaged over articles instead of questions, which a
few articles that answer everything cannot carry.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from search.contract import PassageScore
from search.fusion import reciprocal_rank

Article = TypeVar("Article", bound=Hashable)
CUTS: Final = (1, 3, 5, 10)
DEPTH: Final = 10
RESAMPLES: Final = 1000


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % bootstrap interval (percentiles over resampled questions, or articles)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Report:
    """`figures` by name; `questions` judged; `missing` of them without a ranking."""

    figures: Mapping[str, Interval]
    questions: int
    missing: int


def evaluate(
    runs: Mapping[str, Sequence[Article]],
    truth: Mapping[str, AbstractSet[Article]],
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Report:
    """Compare rankings (question → articles, best first) with judgments (question → right articles).

    Raises:
        ValueError: no question has a right article.
    """
    judged = {question: right for question, right in truth.items() if right}
    if not judged:
        raise ValueError("No question has a right article to compare with.")
    hits = {q: [article in right for article in _top(runs.get(q, ()))] for q, right in judged.items()}
    columns: dict[str, list[float]] = {f"hit@{k}": [float(any(h[:k])) for h in hits.values()] for k in CUTS}
    columns[f"mrr@{DEPTH}"] = [reciprocal(h) for h in hits.values()]
    columns[f"ndcg@{DEPTH}"] = [gain(hits[q], len(right)) for q, right in judged.items()]
    columns[f"macro_hit@{DEPTH}"] = _by_article(runs, judged)
    random = np.random.default_rng(seed)
    return Report(
        figures={name: _interval(np.asarray(values), random, resamples) for name, values in columns.items()},
        questions=len(judged),
        missing=sum(question not in runs for question in judged),
    )


def reciprocal(hits: Sequence[bool]) -> float:
    """One over the rank of the first hit among the first ten, 0 without one."""
    return next((1 / rank for rank, hit in enumerate(hits[:DEPTH], start=1) if hit), 0.0)


def gain(hits: Sequence[bool], right: int) -> float:
    """nDCG@10 of a ranking where `right` articles are right."""
    discounts = 1 / np.log2(np.arange(2, DEPTH + 2))
    top = np.asarray(hits[:DEPTH], dtype=np.float64)
    return float(top @ discounts[: len(top)] / discounts[: min(DEPTH, right)].sum())


def _top(ranking: Sequence[Article]) -> Sequence[Article]:
    return ranking[:DEPTH]


def _by_article(runs: Mapping[str, Sequence[Article]], truth: Mapping[str, AbstractSet[Article]]) -> list[float]:
    found: dict[Article, list[bool]] = defaultdict(list)
    for question, right in truth.items():
        top = set(_top(runs.get(question, ())))
        for article in right:
            found[article].append(article in top)
    return [float(np.mean(each)) for each in found.values()]


def _interval(values: NDArray[np.float64], random: np.random.Generator, resamples: int) -> Interval:
    means = [values[random.integers(0, len(values), len(values))].mean() for _ in range(resamples)]
    low, high = np.percentile(means, (2.5, 97.5)) if means else (np.nan, np.nan)
    return Interval(float(values.mean()), float(low), float(high))


def popularity(linked: Mapping[str, Sequence[Article]]) -> Callable[[str], list[Article]]:
    """A baseline that does not read the question: the articles linked most in the past, by the question's product.

    `linked` holds, by product, one article a link. A product without any link gets the most linked of all.
    """
    everywhere = [article for articles in linked.values() for article in articles]
    orders = {product: _most_linked(articles) for product, articles in linked.items() if articles}
    return lambda product: orders.get(product) or _most_linked(everywhere)


def _most_linked(articles: Sequence[Article]) -> list[Article]:
    return [article for article, _ in Counter(articles).most_common()]


def by_passage(best: Mapping[int, PassageScore], allowed: Sequence[int]) -> list[int]:
    """A baseline: articles by their best passage, in words (BM25) or in meaning (cosine) alone."""
    known = set(allowed)
    return sorted(best.keys() & known, key=lambda article: (-best[article].score, article))


def plain_hybrid(words: Sequence[int], meaning: Sequence[int]) -> list[int]:
    """The baseline of most search engines: reciprocal rank fusion of words and meaning."""
    return reciprocal_rank([words, meaning])
