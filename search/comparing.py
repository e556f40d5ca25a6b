"""Which of two rankings is better on the same tickets. Invariant: chance is allowed for, and the draws are the same each time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.contract import Lesson
from search.features import Table
from search.ranker import Ranker

Doubles = NDArray[np.float64]
DEPTH: Final = 10
RESAMPLES: Final = 1000
CONFIDENCE: Final = 5.0
"""Percentile of the bootstrap that must be above zero."""


@dataclass(frozen=True, slots=True)
class Example:
    """One ticket ranked by what was known before it."""

    lesson: Lesson
    table: Table
    fixed: Doubles
    """What the fixed rule gives each candidate."""
    relevance: Doubles
    """Of each candidate: 0, or the more the rarer the article solves things."""
    weight: float
    """How many tickets it stands for, beside one that an article solved."""


def ordered(ranker: Ranker, example: Example) -> NDArray[np.int64]:
    """Places of the candidates, best first."""
    values = example.fixed if ranker.fixed else ranker.values(example.table.values)
    return np.argsort(-values, kind="stable")


def gain(
    ranker: Ranker, later: Sequence[Example], other: Ranker | None = None, seen_by_other: Sequence[Example] = ()
) -> tuple[float, float]:
    """By how much the weighted MRR@10 is above another's (else the fixed rule's), and the lower end of what chance allows.

    `seen_by_other` are the same tickets in the same order, with what the other ranker knows of them.
    """
    differences = np.array([
        reciprocal(one, ranker.values(one.table.values)) - reciprocal(same, other.values(same.table.values) if other else same.fixed)
        for one, same in zip(later, seen_by_other if other else later, strict=True)
        if one.table.articles and same.table.articles and one.lesson.solved_by
    ])  # fmt: skip
    random = np.random.default_rng(0)
    means = [differences[random.integers(0, len(differences), len(differences))].mean() for _ in range(RESAMPLES)]
    return float(differences.mean()), float(np.percentile(means, CONFIDENCE))


def reciprocal(example: Example, values: Doubles) -> float:
    """One over the rank of each right article, weighted by its rarity, the best of them."""
    order = np.argsort(-values, kind="stable")[:DEPTH]
    found = example.relevance[order] / np.arange(1, len(order) + 1)
    return float(found.max(initial=0.0))
