"""How often each article was the answer, by product and topic, as of one day. Invariant: counts only, no ticket."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

SMALL: Final = 0.001
PRIOR: Final = 20.0
"""Tickets of its product that a topic is worth before it has any of its own."""
Key = tuple[str, str]
ALL: Final[Key] = ("", "")


@dataclass(frozen=True, slots=True)
class Popularity:
    """Counts by (product, topic), small letters; a topic of "" holds all of a product, and ("", "") everything."""

    tickets: Mapping[Key, int] = field(default_factory=dict)
    solved: Mapping[Key, Mapping[int, float]] = field(default_factory=dict)

    def of(self, articles: Sequence[int], product: str, topic: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Logarithms of each article's share in the product, and in the topic within it."""
        key = (product.casefold(), "")
        if key not in self.tickets:
            key = ALL
        share = self._shares(articles, key)
        inner = (key[0], topic.casefold())
        count = self.tickets.get(inner, 0) if topic else 0
        own = self._counts(articles, inner) if count else np.zeros(len(articles))
        return np.log(share + SMALL), np.log((own + PRIOR * share) / (count + PRIOR) + SMALL)

    def only(self, articles: AbstractSet[int]) -> Popularity:
        """The same without the counts of any other article."""
        left = {key: {a: n for a, n in counted.items() if a in articles} for key, counted in self.solved.items()}
        return Popularity(self.tickets, left)

    def _shares(self, articles: Sequence[int], key: Key) -> NDArray[np.float64]:
        return self._counts(articles, key) / max(1, self.tickets.get(key, 0))

    def _counts(self, articles: Sequence[int], key: Key) -> NDArray[np.float64]:
        counted = self.solved.get(key, {})
        return np.array([counted.get(article, 0.0) for article in articles], dtype=np.float64)


def count(solved: Iterable[tuple[str, str, Iterable[int]]]) -> Popularity:
    """From (product, topic, articles) of each solved ticket."""
    tickets: Counter[Key] = Counter()
    found: dict[Key, Counter[int]] = {}
    for product, topic, articles in solved:
        held = tuple(articles)
        for key in {ALL, (product.casefold(), ""), (product.casefold(), topic.casefold())}:
            tickets[key] += 1
            found.setdefault(key, Counter()).update(held)
    return Popularity(dict(tickets), {key: dict(counted) for key, counted in found.items()})
