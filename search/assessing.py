"""How well later tickets are answered. Invariant: every method ranks the same tickets from the same earlier ones.

The learned ranking is the one that was fitted without those tickets; popularity, words, meaning and plain hybrid stand
beside it, so that a gain is seen for what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search import calibration
from search.comparing import Example
from search.contract import Bin, Lesson, Progress, Query, SearchError, SearchEvaluation, Trade
from search.evaluation import by_passage, evaluate, plain_hybrid
from search.features import SOURCES
from search.generation import Generation
from search.judging import judged
from search.learning import LEAST, Taught, Tuner, teach
from search.lessons import Lessons
from search.popularity import ALL
from search.ranker import BARS

TIMED: Final = 200
Runs = Mapping[str, Sequence[int]]


def assess(
    serving: Generation,
    lessons: Sequence[Lesson],
    timed: Callable[[Query], tuple[float, float]],
    without: Sequence[str] = (),
    progress: Progress | None = None,
    tuner: Tuner | None = None,
) -> SearchEvaluation:
    """Every method on the latest block of tickets.

    Raises:
        SearchError: too few linked tickets, or a source that there is not.
    """
    unknown = sorted(set(without) - set(SOURCES))
    if unknown:
        raise SearchError(f"There is no source “{unknown[0]}”. Choose of: {', '.join(dict.fromkeys(SOURCES))}")
    known = Lessons(serving, lessons)
    if known.linked.sum() < LEAST:
        raise SearchError(
            f"{known.linked.sum()} solved tickets are linked to articles; {LEAST} are needed to tell anything."
        )
    taught = teach(known, progress, frozenset(without), tuner)
    later = [example for example in taught.later if example.lesson.solved_by]
    truth = {str(example.lesson.ticket_id): set(example.lesson.solved_by) for example in later}
    methods = {
        name: {key: (i.value, i.low, i.high) for key, i in evaluate(runs, truth).figures.items()}
        for name, runs in _methods(taught, later).items()
    }
    came = judged(taught.judged, taught.later, taught.without)
    return SearchEvaluation(
        methods=methods, questions=len(later), by_time=known.dated,
        calibration_error=calibration.expected_error(came.said, came.right),
        reliability=tuple(Bin(*row) for row in calibration.reliability(came.said, came.right)),
        answer_is_here=calibration.area_under_roc(
            np.concatenate([came.here, came.gone]), np.arange(len(came.here) + len(came.gone)) < len(came.here)
        ),
        trades=tuple(_trade(bar, came.here, came.here_right, came.gone) for bar in BARS), bar=taught.judged.balanced,
        milliseconds=_milliseconds(timed, [example.lesson.query for example in later[:TIMED]]), without=tuple(without),
    )  # fmt: skip


def _methods(taught: Taught, later: Sequence[Example]) -> dict[str, Runs]:
    """Rankings by method, then by ticket."""
    words = {_name(e): by_passage(e.table.by_words, e.table.articles) for e in later}
    meaning = {_name(e): by_passage(e.table.by_meaning, e.table.articles) for e in later}
    return {
        "deflect": {_name(e): _ordered(e, taught.judged.values(e.table.values)) for e in later},
        "fixed sum": {_name(e): _ordered(e, e.fixed) for e in later},
        "plain hybrid": {name: plain_hybrid(words[name], meaning[name]) for name in words},
        "plain vectors": meaning,
        "BM25": words,
        "popularity": {_name(e): _most_linked(taught, e) for e in later},
    }


def _name(example: Example) -> str:
    return str(example.lesson.ticket_id)


def _ordered(example: Example, values: NDArray[np.float64]) -> list[int]:
    return [example.table.articles[place] for place in np.argsort(-values, kind="stable")]


def _most_linked(taught: Taught, example: Example) -> list[int]:
    popular = taught.judged.popular.solved
    counted = popular.get((example.lesson.query.product.casefold(), "")) or popular.get(ALL, {})
    return sorted(counted, key=lambda article: (-counted[article], article))


def _trade(bar: float, here: NDArray[np.float64], right: NDArray[np.bool_], gone: NDArray[np.float64]) -> Trade:
    answered = here >= bar
    return Trade(
        bar, float(answered.mean()), float(right[answered].mean()) if answered.any() else 1.0,
        float((gone < bar).mean()) if len(gone) else 1.0,
    )  # fmt: skip


def _milliseconds(timed: Callable[[Query], tuple[float, float]], queries: Sequence[Query]) -> dict[str, float]:
    spent = 1000 * np.array([timed(query) for query in queries]).reshape(-1, 2)
    figures = np.percentile(spent, (50, 95), axis=0) if len(spent) else np.zeros((2, 2))
    return {
        "p50": float(figures[0, 0]), "p95": float(figures[1, 0]),
        "ranker p50": float(figures[0, 1]), "ranker p95": float(figures[1, 1]),
    }  # fmt: skip
