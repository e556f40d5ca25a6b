"""Figures of merit, each with the interval that chance alone explains. Invariant: pure; only tickets with a known outcome count.

The definitions are those of the public benchmark's scorer: calibration error over 15 bins of equal size, recall among
the tenth of tickets with the highest probability, macro F1 over the teams that occur.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from classifier.calibration import Floats, Labels, brier, calibration_error
from classifier.contract import Outcome, Prediction

RESAMPLES: Final = 200
CONFIDENCE: Final = 0.95
Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Figure:
    """A value and its bootstrap interval (95 %, percentiles over tickets drawn with replacement)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures of one method on one set of tickets; empty where no outcome was known or nothing was predicted."""

    whether: Mapping[str, Figure] = field(default_factory=dict)
    where: Mapping[str, Figure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether: probabilities, decisions and 0/1 labels of tickets, shape (n,) each."""

    chances: Floats
    decisions: NDArray[np.str_]
    labels: Labels

    def figures(self, rows: Labels) -> Figures:
        """Of the tickets with these row numbers."""
        p, d, y = self.chances[rows], self.decisions[rows], self.labels[rows]
        sure, said = d != "unsure", (d == "escalate").astype(int)
        tenth = np.argsort(-p)[: max(1, len(y) // 10)]
        both = 0 < y.sum() < len(y)
        nothing = float("nan")
        precision, recall, _ = _agreement(said[sure], y[sure])
        return {
            "tickets": float(len(y)),
            "base rate": float(y.mean()),
            "AUC": float(roc_auc_score(y, p)) if both else nothing,
            "average precision": float(average_precision_score(y, p)) if both else nothing,
            "F1 at .5": _agreement((p > 0.5).astype(int), y)[2],
            "recall at 10 %": float(y[tenth].sum() / y.sum()) if both else nothing,
            "calibration error": calibration_error(p, y),
            "Brier": brier(p, y),
            "unsure": float(1 - sure.mean()),
            "accuracy when sure": float((said[sure] == y[sure]).mean()) if sure.any() else nothing,
            "precision when sure": precision if sure.any() else nothing,
            "recall when sure": recall if sure.any() else nothing,
        }


@dataclass(frozen=True, slots=True)
class Ranked:
    """Where: the true class, the ranked classes and the set of each ticket."""

    truth: Sequence[str]
    ranking: Sequence[Sequence[str]]
    sets: Sequence[Sequence[str]] | None = None
    _right: Labels = field(init=False, repr=False)
    _first: Labels = field(init=False, repr=False)
    _shares: Mapping[str, Floats] = field(init=False, repr=False)
    """What is a mean over tickets, ticket by ticket."""

    def __post_init__(self) -> None:
        # Names are looked at once: an interval needs the figures of hundreds of draws.
        first = [best[0] if len(best) else "" for best in self.ranking]
        _, codes = np.unique(np.array([*self.truth, *first], dtype=object), return_inverse=True)
        pairs = list(zip(self.truth, self.ranking, strict=True))
        shares: dict[str, Sequence[float]] = {
            "accuracy": [right == said for right, said in zip(self.truth, first, strict=True)],
            "top 3": [right in best[:3] for right, best in pairs],
        }
        if self.sets is not None:
            shares["set coverage"] = [right in one for right, one in zip(self.truth, self.sets, strict=True)]
            shares["set size"] = [len(one) for one in self.sets]
        object.__setattr__(self, "_right", codes[: len(first)])
        object.__setattr__(self, "_first", codes[len(first) :])
        object.__setattr__(self, "_shares", {n: np.array(one, dtype=np.float64) for n, one in shares.items()})

    def figures(self, rows: Labels) -> Figures:
        """Of the tickets with these row numbers."""
        means = {name: float(np.mean(one[rows])) for name, one in self._shares.items()}
        found = {"tickets": float(len(rows)), "accuracy": means.pop("accuracy"), "top 3": means.pop("top 3")}
        return {**found, "macro F1": _macro(self._right[rows], self._first[rows]), **means}


def _macro(right: Labels, said: Labels) -> float:
    """Mean F1 of the classes that are the right one of any ticket."""
    width = int(max(right.max(), said.max())) + 1
    true, claimed = np.bincount(right, minlength=width), np.bincount(said, minlength=width)
    both = np.bincount(right[right == said], minlength=width)
    there = np.flatnonzero(true)
    return float(np.mean(2.0 * both[there] / (true + claimed)[there]))


def _agreement(said: Labels, right: Labels) -> tuple[float, float, float]:
    """(precision, recall, F1) of 0/1 arrays; zero where nothing was said or nothing was right."""
    both, claimed, actual = int((said & right).sum()), int(said.sum()), int(right.sum())
    return both / max(1, claimed), both / max(1, actual), 2 * both / max(1, claimed + actual)


def with_intervals(
    measure: Callable[[Labels], Figures], tickets: int, *, resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, Figure]:
    """What `measure` says of all row numbers, and between which bounds it lies for `resamples` draws of as many."""
    values = measure(np.arange(tickets))
    chance = np.random.default_rng(seed)
    draws = [measure(chance.integers(0, tickets, tickets)) for _ in range(resamples)]
    found = {}
    for name, value in values.items():
        seen = np.array([draw[name] for draw in draws])
        seen = seen[np.isfinite(seen)]
        if np.isfinite(value):
            edge = (1 - CONFIDENCE) / 2
            low, high = np.quantile(seen, [edge, 1 - edge]) if len(seen) else (value, value)
            found[name] = Figure(value, float(low), float(high))
    return found


def evaluate(
    predictions: Sequence[Prediction], outcomes: Sequence[Outcome], *, resamples: int = RESAMPLES, seed: int = 0
) -> Evaluation:
    """How good `predictions` were, given what became of the same tickets, in the same order.

    Raises:
        ValueError: there are not as many of the one as of the other.
    """
    pairs = list(zip(predictions, outcomes, strict=True))
    whether = [(p, o) for p, o in pairs if p.probability is not None and o.escalated is not None]
    where = [(p, o.team) for p, o in pairs if p.teams and o.team]
    judged = Judged(
        np.array([p.probability for p, _ in whether], dtype=np.float64),
        np.array([p.decision for p, _ in whether], dtype=np.str_),
        np.array([bool(o.escalated) for _, o in whether], dtype=np.int64),
    )
    sets = [p.team_set for p, _ in where]
    ranked = Ranked(
        [team for _, team in where],
        [[share.team for share in p.teams] for p, _ in where],
        sets if any(sets) else None,
    )
    return Evaluation(
        with_intervals(judged.figures, len(whether), resamples=resamples, seed=seed) if whether else {},
        with_intervals(ranked.figures, len(where), resamples=resamples, seed=seed) if where else {},
    )
