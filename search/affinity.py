"""Which article answers which question, learnt from the desk's own pairs. Invariant: no text, and no ticket, is kept.

The question's vector is turned towards the articles by a linear map that starts as the identity, and each article has a
vector of its own beside the mean of its passages; both are learnt with a softmax over all articles, so an article that
was never linked is still reached through its passages. The articles' side is folded together afterwards, so a question
costs one product.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.contract import Vectors
from search.newton import logistic

Floats = NDArray[np.float32]
STEPS: Final = 70
RATE: Final = 0.02
MAP_RATE: Final = 0.004
SHRINK: Final = 3e-3
"""L2 on the map and on the articles' own vectors: a third of it or thrice as much costs a hundredth of MRR."""
SCALE: Final = 15.0
OWN: Final = 3.0
RARE: Final = 0.01
NOTHING_SHRINK: Final = 0.3
FEWEST: Final = 30
"""Tickets solved by no article from which on it is learnt what they are like."""
FLOOR: Final = -12.0
"""Least log probability; below that the differences say nothing."""


@dataclass(frozen=True, slots=True)
class Affinity:
    """`towards` (articles, dimensions) and `bias` (articles, products): log odds before they are normalised."""

    articles: NDArray[np.int64]
    products: tuple[str, ...]
    towards: Floats
    bias: Floats
    unknown: Floats
    """(intercept, slope): what an article that came later would have, by the cosine of its best passage."""
    nothing: Floats
    """(dimensions + 1,): weights and intercept of the log odds that a ticket is solved by no article."""

    def unanswerable(self, vector: Vectors) -> float:
        """Log odds that tickets like this one were solved by no article; 0 where there were hardly any such."""
        return float(self.nothing[:-1] @ vector + self.nothing[-1])

    def of(self, vector: Vectors, product: str, allowed: AbstractSet[int]) -> dict[int, float]:
        """Log probability of each allowed article that it is the answer, as far as the vector tells.

        Normalised over those: an article that was taken away must leave no gap by which it could be told.
        """
        rows = [row for row, article in enumerate(self.articles.tolist()) if article in allowed]
        if not rows:
            return {}
        raw = (self.towards @ vector + self.bias[:, self.column(product)])[rows]
        raw -= raw.max()
        logs = np.maximum(raw - np.log(np.exp(raw).sum()), FLOOR)
        return dict(zip(self.articles[rows].tolist(), logs.tolist(), strict=True))

    def column(self, product: str) -> int:
        """The last column is of all products together."""
        named = product.casefold()
        return self.products.index(named) if named in self.products else len(self.products)


def shares_of(solved: Floats, product_of: NDArray[np.int64], products: int) -> Floats:
    """Shape (products + 1, articles): the share of a product's tickets that each article solved; the last row of all."""
    rows = [solved[product_of == column] for column in range(products)] + [solved]
    return np.stack([part.mean(axis=0) if len(part) else solved.mean(axis=0) for part in rows]).astype(np.float32)


def fit(
    questions: Vectors,
    product_of: NDArray[np.int64],
    solved: NDArray[np.float32],
    passages: Vectors,
    articles: Sequence[int],
    products: tuple[str, ...],
    leave: Callable[[], None] | None = None,
) -> Affinity:
    """Learn from pairs: `questions` (n, d), `solved` (n, articles) with one where linked, `passages` (articles, d).

    What solves much of everything counts less in the loss, else the pages that are linked everywhere are all it learns.
    """
    nothing = fit_nothing(questions, np.asarray(solved.sum(axis=1) > 0))
    shares = shares_of(solved, product_of, len(products))
    target = solved * (RARE / (shares[product_of] + RARE)) ** 0.25
    kept = target.sum(axis=1) > 0
    questions, product_of, target = questions[kept], product_of[kept], target[kept]
    weight = target.sum(axis=1)
    target, weight = target / weight[:, None], weight / weight.mean()
    means = passages / np.maximum(np.linalg.norm(passages, axis=1, keepdims=True), 1e-9)
    state = {
        "map": np.zeros((questions.shape[1],) * 2, np.float32), "own": np.zeros_like(means),
        "bias": np.log(shares.T + 1e-3).astype(np.float32), "scale": np.full(1, SCALE, np.float32),
    }  # fmt: skip
    _descend(state, questions, product_of, target, weight, means, leave)
    turned = np.eye(questions.shape[1], dtype=np.float32) + state["map"]
    towards = state["scale"][0] * means @ turned.T + OWN * state["own"]
    made = Affinity(
        np.asarray(articles, dtype=np.int64), products, towards.astype(np.float32), state["bias"],
        np.zeros(2, np.float32), nothing,
    )  # fmt: skip
    return replace(made, unknown=_of_unlinked(made, questions, passages, solved))


def _descend(
    state: dict[str, Floats],
    questions: Vectors,
    product_of: NDArray[np.int64],
    target: Floats,
    weight: Floats,
    means: Vectors,
    leave: Callable[[], None] | None,
) -> None:
    """Adam (Kingma and Ba 2015) on all pairs at once; steady and the same on every machine."""
    moments = {name: (np.zeros_like(value), np.zeros_like(value)) for name, value in state.items()}
    columns = state["bias"].shape[1]
    for step in range(1, STEPS + 1):
        if leave:
            leave()
        turned = questions + questions @ state["map"]
        cosines = turned @ means.T
        logits = state["scale"] * cosines + OWN * (questions @ state["own"].T) + state["bias"][:, product_of].T
        logits -= logits.max(axis=1, keepdims=True)
        np.exp(logits, out=logits)
        error = (logits / logits.sum(axis=1, keepdims=True) - target) * (weight / len(weight))[:, None]
        by_product = np.stack([error[product_of == column].sum(axis=0) for column in range(columns)], axis=1)
        slopes = {
            "map": state["scale"] * (questions.T @ (error @ means)) + 2 * SHRINK * state["map"],
            "own": OWN * (error.T @ questions) + 2 * SHRINK * state["own"],
            "bias": by_product,
            "scale": np.array([(error * cosines).sum()], np.float32),
        }
        for name, slope in slopes.items():
            first, second = moments[name]
            first += 0.1 * (slope - first)
            second += 0.001 * (slope * slope - second)
            rate = MAP_RATE if name == "map" else RATE
            step_size = rate * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
            state[name] -= (step_size * first / (np.sqrt(second) + 1e-8)).astype(np.float32)


def _of_unlinked(made: Affinity, questions: Vectors, passages: Vectors, solved: NDArray[np.float32]) -> Floats:
    """A line through (cosine, log probability) of articles that nothing was linked to."""
    silent = np.flatnonzero(solved.sum(axis=0) == 0)
    if len(silent) < 2 or not len(questions):
        return np.array([FLOOR, 0.0], np.float32)
    some = questions[:: max(1, len(questions) // 200)]
    cosines = (some @ passages[silent].T).ravel()
    names, everything = made.articles[silent].tolist(), frozenset(made.articles.tolist())
    found = [made.of(question, "", everything) for question in some]
    logs = np.array([[each[name] for name in names] for each in found]).ravel()
    slope, intercept = np.polyfit(cosines, logs, 1)
    return np.array([intercept, slope], np.float32)


def fit_nothing(questions: Vectors, answered: NDArray[np.bool_]) -> Floats:
    """Logistic regression of "solved by no article" on the vector, shape (dimensions + 1,)."""
    missing = ~answered
    if min(missing.sum(), answered.sum()) < FEWEST:
        return np.zeros(questions.shape[1] + 1, np.float32)
    found = logistic(questions.astype(np.float64), missing.astype(np.float64), np.ones(len(missing)), NOTHING_SHRINK)
    return found.astype(np.float32)
