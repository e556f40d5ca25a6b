"""Learning which article answers which question. Invariant: the same pairs give the same affinity, on every machine.

What is learnt is a map of the question's vector, a vector of its own for each article beside the mean of its passages, a
bias by product and one scale, by a softmax over all articles.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.affinity import FLOOR, Affinity
from search.contract import Vectors
from search.newton import logistic

Floats = NDArray[np.float32]
State = dict[str, Floats]
"""``map`` (d, d), ``own`` (articles, d), ``bias`` (articles, products + 1), ``scale`` (1,)."""
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


@dataclass(frozen=True, slots=True)
class Pairs:
    """Questions that something solved, in rows, and the articles, in columns.

    What solves much of everything counts less, else the pages that are linked everywhere are all that is learnt.
    """

    rows: NDArray[np.int64]
    """Which of the questions given these are."""
    product_of: NDArray[np.int64]
    target: Floats
    """(questions, articles): the share of each article in what solved a question."""
    weight: Floats
    means: Floats
    """(articles, d): the mean passage of each article, or question where the article is not here; of length one."""
    bias: Floats
    """(articles, products + 1): logarithms of how much of a product's questions each article solved."""


def pairs_of(
    questions: Vectors, product_of: NDArray[np.int64], solved: Floats, passages: Vectors, here: NDArray[np.bool_],
    products: int,
) -> Pairs:  # fmt: skip
    """From `questions` (n, d), `solved` (n, articles) with one where linked, `passages` (articles, d).

    `here` (articles,) says which articles can be found.
    """
    centres = np.where(here[:, None], passages, solved.T @ questions)
    shares = _shares(solved, product_of, products)
    target = solved * (RARE / (shares[product_of] + RARE)) ** 0.25
    weight = target.sum(axis=1)
    rows = np.flatnonzero(weight > 0)
    return Pairs(
        rows, product_of[rows], (target[rows] / weight[rows, None]).astype(np.float32),
        (weight[rows] / weight[rows].mean()).astype(np.float32),
        centres / np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-9),
        np.log(shares.T + 1e-3).astype(np.float32),
    )  # fmt: skip


def _shares(solved: Floats, product_of: NDArray[np.int64], products: int) -> Floats:
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
    """Learn from pairs: arguments as of `pairs_of`; `articles` are the columns' numbers, negative where not here."""
    here = np.asarray(articles) > 0
    known = pairs_of(questions, product_of, solved, passages, here, len(products))
    state = descended(known, questions[known.rows], leave)
    made = folded(known, state, articles, products, fit_nothing(questions, solved[:, here].sum(axis=1) > 0))
    return replace(made, unknown=of_unlinked(made, questions[known.rows], known.means, solved))


def descended(known: Pairs, questions: Vectors, leave: Callable[[], None] | None = None) -> State:
    """Adam (Kingma and Ba 2015) on all pairs at once; steady and the same on every machine."""
    product_of, target, weight, means = known.product_of, known.target, known.weight, known.means
    state = {
        "map": np.zeros((questions.shape[1],) * 2, np.float32), "own": np.zeros_like(means),
        "bias": known.bias.copy(), "scale": np.full(1, SCALE, np.float32),
    }  # fmt: skip
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
    return state


def folded(known: Pairs, state: State, articles: Sequence[int], products: tuple[str, ...], nothing: Floats) -> Affinity:
    """Ready to serve; what an article would have that came later is not known yet."""
    turned = np.eye(len(state["map"]), dtype=np.float32) + state["map"]
    towards = state["scale"][0] * known.means @ turned.T + OWN * state["own"]
    return Affinity(
        np.asarray(articles, dtype=np.int64), products, towards.astype(np.float32), state["bias"],
        np.zeros(2, np.float32), nothing,
    )  # fmt: skip


def of_unlinked(made: Affinity, questions: Vectors, means: Vectors, solved: Floats) -> Floats:
    """A line through (cosine with an article's mean passage, log probability), of articles that nothing was linked to."""
    silent = np.flatnonzero((solved.sum(axis=0) == 0) & (made.articles > 0))
    if len(silent) < 2 or not len(questions):
        return np.array([FLOOR, 0.0], np.float32)
    some = questions[:: max(1, len(questions) // 200)]
    cosines = (some @ means[silent].T).ravel()
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
