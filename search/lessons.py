"""Solved tickets as lessons, in blocks of time. Invariant: what a lesson may know is what earlier blocks say.

An article that solved tickets and cannot be found (never brought in, or withdrawn) is learnt too, so that a question of
its kind is known to have its answer elsewhere.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search import pairs
from search.affinity import Affinity
from search.contract import Lesson, Vectors
from search.generation import Generation
from search.nearest import Nearest
from search.popularity import Popularity, count
from search.recipe import DIMENSIONS

Floats = NDArray[np.float32]
BLOCKS: Final = 5
MOST: Final = 20_000
"""Of more, the latest are learnt from."""
FEWEST_AWAITED: Final = 2
"""Tickets that an article which is not here must have solved to be learnt."""
UNDATED: Final = 0.1
"""Share of lessons without a date from which on blocks are drawn by lot."""


class Lessons:
    """Solved tickets with their vectors, in blocks of time."""

    def __init__(self, serving: Generation, lessons: Sequence[Lesson]) -> None:
        self.serving = serving
        held = _vectors(serving.cases, {lesson.ticket_id for lesson in lessons})
        known = frozenset(entry.article_id for entry in serving.documents.passages.values())
        usable = [_split(lesson, known) for lesson in lessons if lesson.ticket_id in held]
        self.all = sorted(usable, key=_when)[-MOST:]
        self.linked = np.array([bool(lesson.solved_by) for lesson in self.all], dtype=bool)
        self.awaited = _often(self.all)
        self.vectors: Vectors = np.zeros((len(self.all), DIMENSIONS), np.float32)
        for row, lesson in enumerate(self.all):
            self.vectors[row] = held[lesson.ticket_id]
        self.dated = sum(lesson.at is None for lesson in self.all) <= UNDATED * len(self.all)
        self.block = self._blocks()
        self.articles = sorted(known)
        self.column = {article: column for column, article in enumerate(self.articles)}
        self.products = tuple(sorted({lesson.query.product.casefold() for lesson in self.all} - {""}))
        self._centres: Vectors | None = None

    def _blocks(self) -> NDArray[np.int64]:
        """By product, so that each has its own past; by lot where dates are not known."""
        block = np.zeros(len(self.all), np.int64)
        by_product: dict[str, list[int]] = {}
        for row, lesson in enumerate(self.all):
            by_product.setdefault(lesson.query.product.casefold(), []).append(row)
        for rows in by_product.values():
            ordered = rows if self.dated else sorted(rows, key=lambda row: lot(self.all[row].ticket_id))
            for number, part in enumerate(np.array_split(np.asarray(ordered, dtype=np.int64), BLOCKS)):
                block[part] = number
        return block

    @property
    def centres(self) -> Vectors:
        """The mean vector of each article's passages, shape (articles, dimensions)."""
        if self._centres is None:
            entries = self.serving.documents.passages
            sums = np.zeros((len(self.articles), DIMENSIONS), np.float32)
            for ids, vectors in self.serving.passages.blocks() if self.serving.passages is not None else ():
                rows = [self.column[entries[int(number)].article_id] for number in ids]
                np.add.at(sums, rows, vectors)
            self._centres = sums
        return self._centres

    @property
    def columns(self) -> list[int]:
        """Every article that solved or could have: those that can be found, then those that are not here."""
        return [*self.articles, *(-1 - number for number in self.awaited.values())]

    @property
    def passages(self) -> Floats:
        """By column, the mean of its passages, nothing where it is not here."""
        return np.vstack([self.centres, np.zeros((len(self.awaited), DIMENSIONS), np.float32)])

    def solved(self, rows: NDArray[np.int64]) -> Floats:
        """Shape (rows, columns), one where the article solved the ticket."""
        found = np.zeros((len(rows), len(self.articles) + len(self.awaited)), np.float32)
        for place, row in enumerate(rows):
            lesson = self.all[row]
            found[place, [self.column[article] for article in lesson.solved_by]] = 1.0
            missing = [self.awaited[name] for name in lesson.awaited if name in self.awaited]
            found[place, [len(self.articles) + number for number in missing]] = 1.0
        return found

    def product_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The place of each ticket's product among `products`, one more where it has none."""
        named = {product: column for column, product in enumerate(self.products)}
        return np.array([named.get(self.all[row].query.product.casefold(), len(named)) for row in rows], np.int64)

    def affinity(self, rows: NDArray[np.int64], leave: Callable[[], None] | None) -> Affinity:
        """Learnt from those lessons only."""
        return pairs.fit(
            self.vectors[rows], self.product_of(rows), self.solved(rows), self.passages, self.columns, self.products,
            leave,
        )  # fmt: skip

    def popularity(self, rows: NDArray[np.int64]) -> Popularity:
        """As of the end of those lessons."""
        some = [self.all[row] for row in rows]
        return count((lesson.query.product, lesson.query.topic, lesson.solved_by) for lesson in some)


def _split(lesson: Lesson, known: AbstractSet[int]) -> Lesson:
    """The articles that can be found apart from those that cannot."""
    solved_by = tuple(dict.fromkeys(lesson.solved_by))
    withdrawn = tuple(f"withdrawn {article}" for article in solved_by if article not in known)
    here = tuple(article for article in solved_by if article in known)
    return replace(lesson, solved_by=here, awaited=(*lesson.awaited, *withdrawn))


def _often(lessons: Sequence[Lesson]) -> dict[str, int]:
    """Articles that are not here and solved more than one or two tickets, numbered from 0."""
    counted = Counter(name for lesson in lessons for name in lesson.awaited)
    return {name: number for number, name in enumerate(sorted(n for n, c in counted.items() if c >= FEWEST_AWAITED))}


def _vectors(index: Nearest | None, wanted: set[int]) -> dict[int, Vectors]:
    found: dict[int, Vectors] = {}
    for ids, vectors in index.blocks() if index is not None else ():
        found |= {int(number): vector for number, vector in zip(ids, vectors, strict=True) if int(number) in wanted}
    return found


def _when(lesson: Lesson) -> tuple[float, int]:
    return (lesson.at if lesson.at is not None else 0.0), lesson.ticket_id


def lot(number: int) -> int:
    """The same on every machine, and in no order that a file may have."""
    return int(hashlib.sha256(str(number).encode()).hexdigest()[:8], 16)
