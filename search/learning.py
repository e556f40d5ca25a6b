"""A ranker learnt from the desk's own solved tickets.

Invariant: a ticket is judged only by what was known before its block of time: neighbours, popularity and affinity come
from earlier blocks. A ranker is fitted on earlier blocks than the one that decides whether it may serve, and that
calibrates it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search import affinity, calibration, listwise, ranking
from search.contract import Candidates, Lesson, Neighbour, Progress, Vectors, Vote
from search.features import NAMES, SOURCES, Table, table
from search.gathering import NEIGHBOURS, gather
from search.generation import Generation
from search.nearest import Nearest
from search.popularity import SMALL, Popularity, count
from search.ranker import BARS, Ranker, signs_of
from search.recipe import DIMENSIONS

Doubles = NDArray[np.float64]
BLOCKS: Final = 5
LEAST: Final = 150
"""Fewer linked tickets than this teach less than the fixed rule knows."""
MOST: Final = 20_000
"""Of more, the latest are learnt from."""
ASKED: Final = 700
"""Tickets of a block that are ranked to learn from; its other tickets are remembered all the same."""
LIST: Final = 100
"""Candidates of a ticket that are learnt from, the most promising first."""
RARE: Final = 0.01
HIDDEN: Final = 5
"""One article in so many is taken away to learn what a question without an answer looks like."""
HIDDEN_WEIGHT: Final = 0.15
"""How much such a question counts beside a real one."""
UNDATED: Final = 0.1
"""Share of lessons without a date from which on blocks are drawn by lot."""


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


@dataclass(frozen=True, slots=True)
class Taught:
    """A ranker and the examples of the latest block, on which it was not fitted."""

    judged: Ranker
    """Fitted without the latest block."""
    final: Ranker
    """Fitted on all, knowing all; calibrated as the judged one."""
    fixed: Ranker
    """The fixed rule with probabilities that were learned, should the learned order not be better."""
    later: tuple[Example, ...]
    without: tuple[Example, ...]
    """The latest block once more, with a part of the articles taken away."""


class Lessons:
    """Solved tickets with their vectors, in blocks of time."""

    def __init__(self, serving: Generation, lessons: Sequence[Lesson]) -> None:
        self.serving = serving
        held = _vectors(serving.cases, {lesson.ticket_id for lesson in lessons})
        known = frozenset(entry.article_id for entry in serving.documents.passages.values())
        usable = [
            replace(lesson, solved_by=tuple(a for a in dict.fromkeys(lesson.solved_by) if a in known))
            for lesson in lessons
            if lesson.ticket_id in held
        ]
        self.all = sorted(usable, key=_when)[-MOST:]
        self.linked = np.array([bool(lesson.solved_by) for lesson in self.all], dtype=bool)
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
            ordered = rows if self.dated else sorted(rows, key=lambda row: _lot(self.all[row].ticket_id))
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

    def affinity(self, rows: NDArray[np.int64], leave: Callable[[], None] | None) -> affinity.Affinity:
        """Learnt from those lessons only."""
        solved = np.zeros((len(rows), len(self.articles)), np.float32)
        for place, row in enumerate(rows):
            solved[place, [self.column[article] for article in self.all[row].solved_by]] = 1.0
        named = {product: column for column, product in enumerate(self.products)}
        of = np.array([named.get(self.all[row].query.product.casefold(), len(named)) for row in rows], np.int64)
        return affinity.fit(self.vectors[rows], of, solved, self.centres, self.articles, self.products, leave)

    def popularity(self, rows: NDArray[np.int64]) -> Popularity:
        """As of the end of those lessons."""
        some = [self.all[row] for row in rows]
        return count((lesson.query.product, lesson.query.topic, lesson.solved_by) for lesson in some)


def teach(lessons: Lessons, progress: Progress | None = None, deaf: AbstractSet[str] = frozenset()) -> Taught:
    """Fit, calibrate and fit again on everything; `deaf` are sources that are not listened to."""

    def tell(step: str, done: int, total: int) -> None:
        if progress:
            progress(step, done, total)

    folds: list[list[Example]] = []
    without: list[Example] = []
    for block in range(1, BLOCKS):
        past = np.flatnonzero(lessons.block < block)
        learnt = lessons.affinity(past, lambda: tell("learning which article answers", len(folds), BLOCKS))
        popular = lessons.popularity(past)
        asked, weight = _asked(lessons, block)
        draws = max(1, min(HIDDEN, ASKED // max(1, len(asked))))
        fold: list[Example] = []
        for row, candidates, votes in _as_of(lessons, asked, past):
            fold.append(_example(lessons.all[row], candidates, votes, learnt, popular, weight[row], deaf))
            if block == BLOCKS - 1 and lessons.linked[row]:
                for draw in range(row, row + draws):
                    hidden = _taken_away(candidates, votes, draw)
                    without.append(
                        _example(lessons.all[row], hidden, votes, learnt, popular, HIDDEN_WEIGHT / draws, deaf)
                    )
            tell("ranking solved tickets", sum(map(len, folds)) + len(fold), ASKED * (BLOCKS - 1))
        folds.append(fold)
    judged = _fitted([example for fold in folds[:-1] for example in fold], learnt, popular)
    everything = np.arange(len(lessons.all))
    final = _fitted(
        [example for fold in folds for example in fold],
        lessons.affinity(everything, lambda: tell("learning which article answers", BLOCKS, BLOCKS)),
        lessons.popularity(everything),
    )
    judged = _calibrated(judged, folds[-1], without)
    by_rule = _calibrated(replace(final, fixed=True), folds[-1], without)
    final = replace(final, calibration=judged.calibration, refused=judged.refused, balanced=judged.balanced)
    return Taught(judged, final, by_rule, tuple(folds[-1]), tuple(without))


def _asked(lessons: Lessons, block: int) -> tuple[NDArray[np.int64], dict[int, float]]:
    """Tickets of a block to rank, and how many each stands for; those that no article solved are a few of many."""
    random = np.random.default_rng(block)
    chosen: list[int] = []
    weight: dict[int, float] = {}
    for linked, most in ((True, ASKED), (False, ASKED // 3)):
        rows = np.flatnonzero((lessons.block == block) & (lessons.linked == linked))
        some = rows if len(rows) <= most else random.choice(rows, most, replace=False)
        weight |= dict.fromkeys(map(int, some), len(rows) / max(1, len(some)))
        chosen += map(int, some)
    ordinary = max((weight[row] for row in chosen if lessons.linked[row]), default=1.0)
    return np.array(sorted(chosen), np.int64), {row: each / ordinary for row, each in weight.items()}


def _as_of(
    lessons: Lessons, asked: NDArray[np.int64], past: NDArray[np.int64]
) -> Iterator[tuple[int, Candidates, list[Vote]]]:
    """Each asked lesson with what the past says of it."""
    memory = lessons.vectors[past]
    for row in asked:
        lesson, vector = lessons.all[row], lessons.vectors[row]
        cosines = memory @ vector
        near = np.argsort(-cosines, kind="stable")[:NEIGHBOURS]
        neighbours = [Neighbour(lessons.all[past[n]].ticket_id, float(cosines[n])) for n in near]
        votes = [Vote(lessons.all[past[n]].ticket_id, a) for n in near for a in lessons.all[past[n]].solved_by]
        yield int(row), gather(lessons.serving, lesson.query, vector, neighbours), votes


def _example(
    lesson: Lesson,
    candidates: Candidates,
    votes: Sequence[Vote],
    learnt: affinity.Affinity,
    popular: Popularity,
    weight: float,
    deaf: AbstractSet[str],
) -> Example:
    found = table(candidates, votes, learnt, popular)
    found.values[:, [source in deaf for source in SOURCES]] = 0.0
    right = np.isin(found.articles, lesson.solved_by) if found.articles else np.zeros(0, bool)
    shares, _ = popular.of(found.articles, candidates.product, "")
    rarity = np.sqrt(RARE / (np.exp(shares) - SMALL + RARE))
    heard = [source not in deaf for source in ranking.SOURCES]
    fixed = ranking.shares(found, candidates, votes)[:, heard].sum(axis=1) if found.articles else np.zeros(0)
    return Example(lesson, found, fixed, np.where(right, rarity, 0.0), weight)


def _taken_away(candidates: Candidates, votes: Sequence[Vote], draw: int) -> Candidates:
    """The same question with a part of the articles gone; at every other one the tickets that they solved as well.

    A missing article may leave its tickets behind, solved by nothing; what nobody ever asked leaves no trace at all.
    """
    left = frozenset(article for article in candidates.allowed_articles if (_lot(article) + draw) % HIDDEN)
    if draw % 2:
        heard = {vote.ticket_id for vote in votes if vote.article_id in left}
        neighbours = tuple(neighbour for neighbour in candidates.neighbours if neighbour.ticket_id in heard)
        candidates = replace(candidates, neighbours=neighbours)
    return replace(candidates, allowed_articles=left)


def _fitted(examples: Sequence[Example], learnt: affinity.Affinity, popular: Popularity) -> Ranker:
    """Uncalibrated as yet."""
    features = np.zeros((len(examples), LIST, len(NAMES)))
    relevance, held = np.zeros((len(examples), LIST)), np.zeros((len(examples), LIST), bool)
    for number, example in enumerate(examples):
        promising = np.argsort(-(example.fixed + example.table.values[:, -1] / 2), kind="stable")[:LIST]
        features[number, : len(promising)] = example.table.values[promising]
        relevance[number, : len(promising)] = example.relevance[promising]
        held[number, : len(promising)] = True
    mean, deviation, weights = listwise.fit(features, relevance, held)
    return Ranker(mean, deviation, weights, learnt, popular, ranking.CALIBRATION)


def ordered(ranker: Ranker, example: Example) -> NDArray[np.int64]:
    """Places of the candidates, best first."""
    values = example.fixed if ranker.fixed else ranker.values(example.table.values)
    return np.argsort(-values, kind="stable")


def _calibrated(ranker: Ranker, later: Sequence[Example], without: Sequence[Example]) -> Ranker:
    rows, right, weight = [], [], []
    for example in (*later, *without):
        if example.table.articles:
            order = ordered(ranker, example)
            rows.append(signs_of(example.table, ranker.values(example.table.values)[order])[: calibration.DEEP])
            right.append(example.relevance[order][: calibration.DEEP] > 0)
            # The first suggestion is the one that is looked at.
            weight.append(example.weight / np.arange(1, len(rows[-1]) + 1))
    found = calibration.fit(np.concatenate(rows), np.concatenate(right), np.concatenate(weight), len(rows))
    made = replace(ranker, calibration=found)
    here, _ = first(made, [example for example in later if example.lesson.solved_by])
    gone, _ = first(made, [example for example in without if not example.relevance.any()])
    refused = tuple(float((gone < bar).mean()) if len(gone) else 1.0 for bar in BARS)
    answered = [float((here >= bar).mean()) for bar in BARS]
    harmonic = [kept * said / max(kept + said, 1e-9) for kept, said in zip(refused, answered, strict=True)]
    return replace(made, refused=refused, balanced=BARS[int(np.argmax(harmonic))])


def first(ranker: Ranker, examples: Sequence[Example]) -> tuple[Doubles, NDArray[np.bool_]]:
    """Of each example the probability of the first suggestion, and whether it was right."""
    chances, right = [], []
    for example in examples:
        if example.table.articles:
            order = ordered(ranker, example)
            chances.append(float(ranker.chances(example.table, order)[0]))
            right.append(bool(example.relevance[order[0]] > 0))
    return np.asarray(chances), np.asarray(right, dtype=bool)


def _vectors(index: Nearest | None, wanted: set[int]) -> dict[int, Vectors]:
    found: dict[int, Vectors] = {}
    for ids, vectors in index.blocks() if index is not None else ():
        found |= {int(number): vector for number, vector in zip(ids, vectors, strict=True) if int(number) in wanted}
    return found


def _when(lesson: Lesson) -> tuple[float, int]:
    return (lesson.at if lesson.at is not None else 0.0), lesson.ticket_id


def _lot(number: int) -> int:
    """The same on every machine, and in no order that a file may have."""
    return int(hashlib.sha256(str(number).encode()).hexdigest()[:8], 16)
