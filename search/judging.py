"""How true probabilities are. Invariant: a ticket is judged by probabilities that it did not help to calibrate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.comparing import Example
from search.learning import calibrated, first, missing
from search.lessons import lot
from search.ranker import Ranker

Doubles = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Judged:
    """Of the first suggestions, what was said and whether it was right."""

    said: Doubles
    right: Bools
    here: Doubles
    """Said where the article is here; `here_right` whether that was it."""
    here_right: Bools
    gone: Doubles
    """Said where the article is not here."""


def judged(ranker: Ranker, later: Sequence[Example], without: Sequence[Example]) -> Judged:
    """Two halves by lot, each with the probabilities that the other calibrated; the order is the ranker's in both."""
    halves = [_half(ranker, later, without, side) for side in (0, 1)]
    return Judged(*(np.concatenate(column) for column in zip(*halves, strict=True)))


def _half(
    ranker: Ranker, later: Sequence[Example], without: Sequence[Example], side: int
) -> tuple[Doubles, Bools, Doubles, Bools, Doubles]:
    teaching, teaching_gone = _of(later, 1 - side), _of(without, 1 - side)
    own = calibrated(ranker, teaching, teaching_gone) if _enough(teaching) else ranker
    asked = _of(later, side)
    here, here_right = first(own, [example for example in asked if example.lesson.solved_by])
    return *first(own, asked), here, here_right, first(own, missing(asked, _of(without, side)))[0]


def _of(examples: Sequence[Example], side: int) -> list[Example]:
    return [example for example in examples if lot(example.lesson.ticket_id) % 2 == side]


def _enough(examples: Sequence[Example]) -> bool:
    return any(example.lesson.solved_by and example.table.articles for example in examples)
