"""Which article answers which question, learnt from the desk's own pairs. Invariant: no text, and no ticket, is kept.

The question's vector is turned towards the articles by a linear map that starts as the identity, and each article has a
vector of its own beside the mean of its passages; both are learnt with a softmax over all articles, so an article that
was never linked is still reached through its passages. The articles' side is folded together afterwards, so a question
costs one product. An article that solved tickets and is not here takes part under a negative number: what it takes of a
question's probability is missing from the others, which tells that there may be no answer here.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.contract import Vectors

Floats = NDArray[np.float32]
FLOOR: Final = -12.0
"""Least log probability; below that the differences say nothing."""


@dataclass(frozen=True, slots=True)
class Affinity:
    """`towards` (articles, dimensions) and `bias` (articles, products): log odds before they are normalised."""

    articles: NDArray[np.int64]
    """Positive numbers are articles that can be found; negative ones solved tickets and are not here."""
    products: tuple[str, ...]
    towards: Floats
    bias: Floats
    unknown: Floats
    """(intercept, slope): what an article that came later would have, by the cosine of its best passage."""
    nothing: Floats
    """(dimensions + 1,): weights and intercept of the log odds that a ticket is solved by no article."""

    @property
    def misses(self) -> bool:
        """Whether tickets were solved by articles that are not here."""
        return bool((self.articles < 0).any())

    def only(self, articles: AbstractSet[int]) -> Affinity:
        """The same without whatever was learnt of any other article that was here."""
        kept = np.array([article < 0 or article in articles for article in self.articles.tolist()], dtype=bool)
        return replace(self, articles=self.articles[kept], towards=self.towards[kept], bias=self.bias[kept])

    def unanswerable(self, vector: Vectors) -> float:
        """Log odds that tickets like this one were solved by no article; 0 where there were hardly any such."""
        return float(self.nothing[:-1] @ vector + self.nothing[-1])

    def of(self, vector: Vectors, product: str, allowed: AbstractSet[int]) -> dict[int, float]:
        """Log probability of each allowed article that it is the answer, as far as the vector tells.

        Normalised over those and over what is not here: an article that this viewer may not see must leave no gap by
        which it could be told.
        """
        rows = [row for row, article in enumerate(self.articles.tolist()) if article in allowed or article < 0]
        here = self.articles[rows] > 0
        if not here.any():
            return {}
        raw = (self.towards @ vector + self.bias[:, self.column(product)])[rows]
        raw -= raw.max()
        logs = np.maximum(raw - np.log(np.exp(raw).sum()), FLOOR)[here]
        return dict(zip(self.articles[rows][here].tolist(), logs.tolist(), strict=True))

    def column(self, product: str) -> int:
        """The last column is of all products together."""
        named = product.casefold()
        return self.products.index(named) if named in self.products else len(self.products)
