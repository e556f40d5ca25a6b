"""A ranker learnt from the desk's own solved tickets.

Invariant: a ticket is judged only by what was known before its block of time: neighbours, popularity, affinity and a tuned
encoder come from earlier blocks. A ranker is fitted on earlier blocks than the one that decides whether it may serve, and
that calibrates it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search import calibration, listwise, ranking
from search.affinity import Affinity
from search.comparing import Example, gain, ordered
from search.contract import Candidates, Lesson, Neighbour, Progress, Vote
from search.features import LEARNT, NAMES, SOURCES, table
from search.gathering import NEIGHBOURS, gather
from search.lessons import BLOCKS, Lessons, lot
from search.popularity import SMALL, Popularity
from search.ranker import BARS, Ranker, signs_of
from search.texts import of_query
from search.tuned import Tuned

Doubles = NDArray[np.float64]
Tuner = Callable[[Lessons, NDArray[np.int64], Progress], Tuned | None]
"""Tunes the encoder on those lessons; None where there are too few to try."""
LEAST: Final = 150
"""Fewer linked tickets than this teach less than the fixed rule knows."""
ASKED: Final = 700
"""Tickets of a block that are ranked to learn from; its other tickets are remembered all the same."""
LIST: Final = 100
"""Candidates of a ticket that are learnt from, the most promising first."""
RARE: Final = 0.01
HIDDEN: Final = 5
"""One article in so many is taken away to learn what a question without an answer looks like."""
HIDDEN_WEIGHT: Final = 0.15
"""How much such a question counts beside a real one."""


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


def teach(
    lessons: Lessons, progress: Progress | None = None, deaf: AbstractSet[str] = frozenset(), tuner: Tuner | None = None
) -> Taught:
    """Fit, calibrate and fit again on everything; `deaf` are sources that are not listened to.

    With a `tuner` the encoder's question side is tuned as well, on the earlier blocks; it is kept, and tuned again on
    everything, only where the latest block is ranked better with it.
    """
    school = _School(lessons, progress, deaf)
    folds, without = school.folds(range(1, BLOCKS))
    judged = _fitted([example for fold in folds[:-1] for example in fold], school.learnt(BLOCKS - 1))
    final = _fitted([example for fold in folds for example in fold], school.learnt(BLOCKS))
    tuned = tuner(lessons, school.past(BLOCKS - 1), school.tell) if tuner else None
    if tuner and tuned is not None:
        again, without_again = school.folds(range(BLOCKS - 1, BLOCKS), tuned)
        if gain(judged, again[-1], judged, folds[-1])[0] > 0:
            folds, without, judged = again, without_again, tuned.serving(judged)
            everything = tuner(lessons, school.past(BLOCKS), school.tell)
            final = everything.serving(final) if everything else final
    judged = calibrated(judged, folds[-1], without)
    by_rule = calibrated(replace(final, fixed=True), folds[-1], without)
    final = replace(
        final, calibration=judged.calibration, refused=judged.refused, answered=judged.answered, right=judged.right,
        balanced=judged.balanced,
    )  # fmt: skip
    return Taught(judged, final, by_rule, tuple(folds[-1]), tuple(without))


@dataclass(frozen=True, slots=True)
class Learnt:
    """What the lessons of some blocks say, before any weights are fitted."""

    affinity: Affinity
    popular: Popularity
    tuned: Tuned | None = None


class _School:
    """Lessons asked by block, each knowing the blocks before it."""

    def __init__(self, lessons: Lessons, progress: Progress | None, deaf: AbstractSet[str]) -> None:
        self.lessons = lessons
        self._progress = progress
        self._deaf = deaf
        self._learnt: dict[int, Learnt] = {}

    def tell(self, step: str, done: int, total: int) -> None:
        if self._progress:
            self._progress(step, done, total)

    def past(self, block: int) -> NDArray[np.int64]:
        return np.flatnonzero(self.lessons.block < block)

    def learnt(self, block: int) -> Learnt:
        """From what came before that block."""
        if block not in self._learnt:
            past = self.past(block)
            leave = partial(self.tell, "learning which article answers", block, BLOCKS)
            self._learnt[block] = Learnt(self.lessons.affinity(past, leave), self.lessons.popularity(past))
        return self._learnt[block]

    def folds(self, blocks: range, tuned: Tuned | None = None) -> tuple[list[list[Example]], list[Example]]:
        """Examples by block, and those of the latest block with a part of the articles taken away."""
        folds: list[list[Example]] = []
        without: list[Example] = []
        for block in blocks:
            known = replace(self.learnt(block), tuned=tuned)
            asked, weight = _asked(self.lessons, block)
            draws = max(1, min(HIDDEN, ASKED // max(1, len(asked))))
            fold: list[Example] = []
            for row, candidates, votes in _as_of(self.lessons, asked, self.past(block), tuned):
                lesson = self.lessons.all[row]
                fold.append(_example(lesson, candidates, votes, known, weight[row], self._deaf))
                if block == BLOCKS - 1 and self.lessons.linked[row]:
                    for draw in range(row, row + draws):
                        hidden = _taken_away(candidates, votes, draw)
                        without.append(_example(lesson, hidden, votes, known, HIDDEN_WEIGHT / draws, self._deaf))
                self.tell("ranking solved tickets", len(fold), len(asked))
            folds.append(fold)
        return folds, without


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
    lessons: Lessons, asked: NDArray[np.int64], past: NDArray[np.int64], tuned: Tuned | None
) -> Iterator[tuple[int, Candidates, list[Vote]]]:
    """Each asked lesson with what the past says of it."""
    memory = lessons.vectors[past]
    read = tuned.vectors(lessons, asked) if tuned else [None] * len(asked)
    for row, own in zip(asked, read, strict=True):
        lesson, vector = lessons.all[row], lessons.vectors[row]
        cosines = memory @ vector
        near = np.argsort(-cosines, kind="stable")[:NEIGHBOURS]
        neighbours = [Neighbour(lessons.all[past[n]].ticket_id, float(cosines[n])) for n in near]
        votes = [Vote(lessons.all[past[n]].ticket_id, a) for n in near for a in lessons.all[past[n]].solved_by]
        yield int(row), replace(gather(lessons.serving, lesson.query, vector, neighbours), tuned=own), votes


def _example(
    lesson: Lesson,
    candidates: Candidates,
    votes: Sequence[Vote],
    known: Learnt,
    weight: float,
    deaf: AbstractSet[str],
) -> Example:
    found = table(candidates, votes, known.affinity, known.popular, known.tuned.affinity if known.tuned else None)
    found.values[:, [source in deaf for source in SOURCES]] = 0.0
    right = np.isin(found.articles, lesson.solved_by) if found.articles else np.zeros(0, bool)
    shares, _ = known.popular.of(found.articles, candidates.product, "")
    rarity = np.sqrt(RARE / (np.exp(shares) - SMALL + RARE))
    heard = [source not in deaf for source in ranking.SOURCES]
    fixed = ranking.shares(found, candidates, votes)[:, heard].sum(axis=1) if found.articles else np.zeros(0)
    return Example(lesson, found, fixed, np.where(right, rarity, 0.0), weight)


def _taken_away(candidates: Candidates, votes: Sequence[Vote], draw: int) -> Candidates:
    """The same question with a part of the articles gone; at every other one the tickets that they solved as well.

    A missing article may leave its tickets behind, solved by nothing; what nobody ever asked leaves no trace at all.
    """
    left = frozenset(article for article in candidates.allowed_articles if (lot(article) + draw) % HIDDEN)
    if draw % 2:
        heard = {vote.ticket_id for vote in votes if vote.article_id in left}
        neighbours = tuple(neighbour for neighbour in candidates.neighbours if neighbour.ticket_id in heard)
        candidates = replace(candidates, neighbours=neighbours)
    return replace(candidates, allowed_articles=left)


def _fitted(examples: Sequence[Example], learnt: Learnt) -> Ranker:
    """Uncalibrated as yet."""
    features = np.zeros((len(examples), LIST, len(NAMES)))
    relevance, held = np.zeros((len(examples), LIST)), np.zeros((len(examples), LIST), bool)
    for number, example in enumerate(examples):
        promising = np.argsort(-(example.fixed + example.table.values[:, LEARNT] / 2), kind="stable")[:LIST]
        features[number, : len(promising)] = example.table.values[promising]
        relevance[number, : len(promising)] = example.relevance[promising]
        held[number, : len(promising)] = True
    mean, deviation, weights = listwise.fit(features, relevance, held)
    usual = float(np.median([len(of_query(example.lesson.query).split()) for example in examples]))
    return Ranker(mean, deviation, weights, learnt.affinity, learnt.popular, ranking.CALIBRATION, usual=usual)


def calibrated(ranker: Ranker, later: Sequence[Example], without: Sequence[Example]) -> Ranker:
    """The same with probabilities that those examples teach, and what each bar means on them."""
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
    here, here_right = first(made, [example for example in later if example.lesson.solved_by])
    gone, _ = first(made, missing(later, without))
    refused = tuple(float((gone < bar).mean()) if len(gone) else 1.0 for bar in BARS)
    answered = tuple(float((here >= bar).mean()) for bar in BARS)
    among = tuple(float(here_right[here >= bar].mean()) if (here >= bar).any() else 1.0 for bar in BARS)
    harmonic = [kept * said / max(kept + said, 1e-9) for kept, said in zip(refused, answered, strict=True)]
    return replace(made, refused=refused, answered=answered, right=among, balanced=BARS[int(np.argmax(harmonic))])


def first(ranker: Ranker, examples: Sequence[Example]) -> tuple[Doubles, NDArray[np.bool_]]:
    """Of each example the probability of the first suggestion, and whether it was right."""
    chances, right = [], []
    for example in examples:
        if example.table.articles:
            order = ordered(ranker, example)
            chances.append(float(ranker.chances(example.table, order)[0]))
            right.append(bool(example.relevance[order[0]] > 0))
    return np.asarray(chances), np.asarray(right, dtype=bool)


def missing(later: Sequence[Example], without: Sequence[Example]) -> list[Example]:
    """Questions whose answer is not here: taken away for the trial, or known to be elsewhere."""
    taken = [example for example in without if not example.relevance.any()]
    return taken + [e for e in later if e.lesson.awaited and not e.lesson.solved_by]
