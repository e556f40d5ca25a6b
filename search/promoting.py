"""Whether a learned ranker may serve. Invariant: decided on later tickets than it was fitted on, against the fixed rule.

Pure but for `run_learning`, which keeps the version and moves the pointer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from search.calibration import area_under_roc, expected_error
from search.comparing import DEPTH, Example, gain
from search.contract import Lesson, Progress, RankerReport
from search.generation import Generation
from search.judging import judged
from search.learning import LEAST, Tuner, teach
from search.lessons import Lessons
from search.ranker import Ranker
from search.rankers import Rankers

Doubles = NDArray[np.float64]


def run_learning(
    rankers: Rankers,
    serving: Generation,
    lessons: Sequence[Lesson],
    progress: Progress | None,
    tuner: Tuner | None = None,
) -> RankerReport:
    """Learn, compare, keep, and serve what is better."""
    started = time.monotonic()
    known = Lessons(serving, lessons)
    linked = int(known.linked.sum())
    if linked < LEAST:
        return RankerReport("", False, linked, f"{linked} solved tickets are linked to articles; {LEAST} are needed")
    taught = teach(known, progress, tuner=tuner)
    figures = compared(taught.judged, taught.later, taught.without)
    better = gain(taught.judged, taught.later)
    figures |= {"gain mrr@10": better[0], "gain mrr@10, low": better[1]}
    promoted = better[1] > 0
    name = rankers.add(taught.final if promoted else taught.fixed, {
        "at": datetime.now(UTC).isoformat(timespec="seconds"), "lessons": linked, "judged on": len(taught.later),
        "by time": known.dated, "tuned": taught.final.tuned is not None, "figures": {key: round(value, 4) for key, value in figures.items()},
    })  # fmt: skip
    rankers.promote(name)
    return RankerReport(
        name, promoted, linked, _said(better, promoted, known.dated), figures, time.monotonic() - started
    )


def _said(better: tuple[float, float], promoted: bool, dated: bool) -> str:
    of = "later tickets" if dated else "tickets it had not seen (their dates are not known)"
    if promoted:
        return f"it serves: MRR@10 is {better[0]:+.3f} on {of} (at least {better[1]:+.3f})"
    return f"the fixed rule orders still, with probabilities that were learned: MRR@10 would be {better[0]:+.3f} on {of}, which may be chance ({better[1]:+.3f})"


def compared(ranker: Ranker, later: Sequence[Example], without: Sequence[Example]) -> dict[str, float]:
    """Figures on later tickets: of the learned and of the fixed ranking, and of the probabilities."""
    figures: dict[str, float] = {}
    ways: Mapping[str, Callable[[Example], Doubles]] = {
        "learned": lambda e: ranker.values(e.table.values), "fixed": lambda e: e.fixed,
    }  # fmt: skip
    for name, way in ways.items():
        ranks = [_rank(example, way(example)) for example in later if example.lesson.solved_by]
        figures[f"{name} hit@1"] = float(np.mean([rank <= 1 for rank in ranks]))
        figures[f"{name} hit@10"] = float(np.mean([rank <= DEPTH for rank in ranks]))
        figures[f"{name} mrr@10"] = float(np.mean([1 / rank if rank <= DEPTH else 0.0 for rank in ranks]))
    came = judged(ranker, later, without)
    figures["calibration error"] = expected_error(came.said, came.right)
    figures["auc answer is here"] = area_under_roc(
        np.concatenate([came.here, came.gone]), np.arange(len(came.here) + len(came.gone)) < len(came.here)
    )
    return figures


def _rank(example: Example, values: Doubles) -> float:
    if not example.relevance.any():
        return float("inf")
    order = np.argsort(-values, kind="stable")
    return float(np.flatnonzero(example.relevance[order] > 0)[0] + 1)
