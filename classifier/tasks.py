"""The questions that a model answers: whether, where, and at which level.

Invariant: a question is put only where the labels can answer it, and what it was not trained on says why in words;
probability, set, threshold and figures come from tickets that the judging model had not seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.svm import LinearSVC

from classifier.calibration import Floats, Labels, fit_platt, fit_sets, fit_temperature, softmax
from classifier.consequences import Unseen
from classifier.contract import Example
from classifier.evaluation import Figure, Judged, Ranked, with_intervals
from classifier.features import Matrix
from classifier.pipeline import Where, Whether
from classifier.threshold import by_f1

LEAST_EXAMPLES: Final = 30
LEAST_OF_A_KIND: Final = 5
LEAST_TO_LEARN: Final = 2
"""Tickets of a team from which on it is learned; of a rarer one nothing can be checked."""
COVERAGE: Final = 0.9
STRENGTHS: Final = (0.1, 0.3, 1.0, 3.0)
"""Candidates for the inverse of regularisation; the one with the least log loss on unseen tickets is taken."""
WHERE_STRENGTH: Final = 0.4
UNKNOWN: Final = -2
UNLEARNED: Final = -1


@dataclass(slots=True)
class Scores:
    """What models said of tickets they had not seen: the fold that judged (below zero: none) and the scores."""

    fold: Labels
    values: Floats

    @classmethod
    def empty(cls, tickets: int, columns: int) -> Scores:
        return cls(np.full(tickets, -1, dtype=np.int64), np.zeros((tickets, columns)))


@dataclass(frozen=True, slots=True)
class WhetherTask:
    """Escalated or not. `labels` are 1, 0 or `UNKNOWN`."""

    labels: Labels
    times: Floats = field(default_factory=lambda: np.zeros(0))
    """When each ticket was written, in seconds since 1970; empty where one is not dated."""
    name: str = "escalation"
    columns: int = len(STRENGTHS)

    def problem(self) -> str:
        """Why this cannot be trained, in words; empty when it can."""
        yes, no = int((self.labels == 1).sum()), int((self.labels == 0).sum())
        if yes + no >= LEAST_EXAMPLES and min(yes, no) >= LEAST_OF_A_KIND:
            return ""
        return (
            f"{yes} tickets escalated and {no} did not; at least {LEAST_EXAMPLES} in all and {LEAST_OF_A_KIND} of each "
            "are needed"
        )

    def score(self, rows: Matrix, labels: Labels, judged: Matrix) -> Floats | None:
        """Scores of `judged`, a column a candidate; None where the labels are all alike."""
        if len(set(labels.tolist())) < 2:
            return None
        return np.stack([_logistic(c).fit(rows, labels).decision_function(judged) for c in STRENGTHS], axis=1)

    def enough(self, fold: Labels) -> bool:
        """Whether the tickets that would be judged (`fold` at or above zero) can calibrate anything."""
        seen = self.labels[(fold >= 0) & (self.labels >= 0)]
        return len(seen) >= LEAST_EXAMPLES // 2 and min((seen == 1).sum(), (seen == 0).sum()) >= LEAST_OF_A_KIND

    def finish(self, rows: Matrix, scores: Scores) -> tuple[Whether, dict[str, Figure], dict[str, float]]:
        """The final part, its figures on unseen tickets, and the log loss of each candidate."""
        judged = np.flatnonzero(scores.fold >= 0)
        labels, values, fold = self.labels[judged], scores.values[judged], scores.fold[judged]
        losses = {
            f"logistic regression, C {c:g}": float(log_loss(labels, fit_platt(values[:, n], labels)(values[:, n])))
            for n, c in enumerate(STRENGTHS)
        }
        best = int(np.argmin(list(losses.values())))
        chosen = values[:, best]
        known = np.flatnonzero(self.labels >= 0)
        model = _logistic(STRENGTHS[best]).fit(rows[known], self.labels[known])
        platt = fit_platt(chosen, labels)
        seen = _cross_fitted(chosen, labels, fold)
        unseen = Unseen(seen.chances, labels, self.times[judged] if len(self.times) else self.times)
        part = Whether(
            np.asarray(model.coef_[0]), float(model.intercept_[0]), platt, by_f1(platt(chosen), labels), unseen
        )
        return part, with_intervals(seen.figures, len(labels)), losses


@dataclass(frozen=True, slots=True)
class WhereTask:
    """Which of `names`. `labels` are columns, `UNLEARNED` for a class too rare to learn, or `UNKNOWN`."""

    name: str
    names: tuple[str, ...]
    labels: Labels
    values: tuple[str, ...] = field(repr=False)
    """What history names for each ticket; empty where it names none."""

    @property
    def columns(self) -> int:
        return len(self.names)

    def problem(self) -> str:
        """Why this cannot be trained, in words; empty when it can."""
        known, counts = int((self.labels != UNKNOWN).sum()), Counter(value for value in self.values if value)
        if known >= LEAST_EXAMPLES and sum(count >= LEAST_OF_A_KIND for count in counts.values()) >= 2:
            return ""
        return (
            f"{known} tickets name a {self.name}, {len(counts)} different ones; at least {LEAST_EXAMPLES} tickets "
            f"and two {self.name}s with {LEAST_OF_A_KIND} each are needed"
        )

    def score(self, rows: Matrix, labels: Labels, judged: Matrix) -> Floats | None:
        """Scores of `judged`, a column a class; None where the labels are all alike."""
        if len(set(labels[labels >= 0].tolist())) < 2:
            return None
        coefficients, intercepts = self._fit(rows, labels)
        return np.asarray(judged @ coefficients.T) + intercepts

    def enough(self, fold: Labels) -> bool:
        """Whether the tickets that would be judged (`fold` at or above zero) can calibrate anything."""
        return int(((fold >= 0) & (self.labels != UNKNOWN)).sum()) >= LEAST_EXAMPLES // 2

    def finish(self, rows: Matrix, scores: Scores) -> tuple[Where, dict[str, Figure], dict[str, float]]:
        """The final part, its figures on unseen tickets, and (for a like form) no candidates."""
        judged = np.flatnonzero(scores.fold >= 0)
        truth, values, fold = self.labels[judged], scores.values[judged], scores.fold[judged]
        known = np.flatnonzero(self.labels != UNKNOWN)
        coefficients, intercepts = self._fit(rows[known], self.labels[known])
        temperature = fit_temperature(values, truth)
        least = fit_sets(softmax(values, temperature), truth, COVERAGE)
        part = Where(self.names, coefficients.astype(np.float32), intercepts, temperature, least)
        seen = self._cross_fitted(part, values, judged, fold)
        return part, with_intervals(seen.figures, len(truth)), {}

    def _fit(self, rows: Matrix, labels: Labels) -> tuple[Floats, Floats]:
        """One line of coefficients a class (one against the rest); a class not seen scores like the worst possible."""
        learned = labels >= 0
        model = LinearSVC(C=WHERE_STRENGTH, random_state=0, max_iter=5000).fit(rows[learned], labels[learned])
        coefficients, intercepts = np.zeros((self.columns, rows.shape[1])), np.full(self.columns, -2.0)
        lines = (-model.coef_[0], model.coef_[0]) if len(model.classes_) == 2 else tuple(model.coef_)
        starts = (-model.intercept_[0], model.intercept_[0]) if len(model.classes_) == 2 else tuple(model.intercept_)
        for column, line, start in zip(model.classes_, lines, starts, strict=True):
            coefficients[column], intercepts[column] = line, start
        return coefficients, intercepts

    def _cross_fitted(self, part: Where, values: Floats, judged: Labels, fold: Labels) -> Ranked:
        """Ranking and set of each judged ticket, calibrated on the other folds."""
        truth = self.labels[judged]
        ranking: list[tuple[str, ...]] = [()] * len(truth)
        sets: list[tuple[str, ...]] = [()] * len(truth)
        for one in np.unique(fold):
            here, others = np.flatnonzero(fold == one), fold != one
            basis = others if others.any() else ~others
            temperature = fit_temperature(values[basis], truth[basis])
            least = fit_sets(softmax(values[basis], temperature), truth[basis], COVERAGE)
            fitted = Where(self.names, part.coefficients, part.intercepts, temperature, least)
            for n, chances in zip(here, softmax(values[here], temperature), strict=True):
                ranking[n] = tuple(share.team for share in fitted.shares(chances))
                sets[n] = fitted.set_of(chances)
        return Ranked([self.values[n] for n in judged.tolist()], ranking, sets)


Task = WhetherTask | WhereTask


def tasks_of(examples: Sequence[Example]) -> tuple[Task, ...]:
    """The three questions, whether or not the labels can answer them."""
    escalated = [example.outcome.escalated for example in examples]
    labels = np.array([UNKNOWN if one is None else int(one) for one in escalated], dtype=np.int64)
    dates = [example.ticket.created_at for example in examples]
    times = [date.timestamp() for date in dates if date is not None]
    return (
        WhetherTask(labels, np.array(times if len(times) == len(dates) else [], dtype=np.float64)),
        _where("team", [example.outcome.team for example in examples]),
        _where("level", [example.outcome.level for example in examples]),
    )


def _where(name: str, values: Sequence[str | None]) -> WhereTask:
    counts = Counter(value for value in values if value)
    names = tuple(sorted(value for value, count in counts.items() if count >= LEAST_TO_LEARN))
    column = {value: n for n, value in enumerate(names)}
    labels = [column.get(value, UNLEARNED) if value else UNKNOWN for value in values]
    return WhereTask(name, names, np.array(labels, dtype=np.int64), tuple(value or "" for value in values))


def _logistic(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=1000, tol=1e-3)


def _cross_fitted(scores: Floats, labels: Labels, fold: Labels) -> Judged:
    """Probability and decision of each ticket, calibrated on the other folds."""
    chances = np.zeros(len(labels))
    decisions: NDArray[np.str_] = np.full(len(labels), "unsure", dtype="<U8")
    for one in np.unique(fold):
        here, others = fold == one, fold != one
        basis = others if len(set(labels[others].tolist())) == 2 else ~np.zeros_like(others)
        platt = fit_platt(scores[basis], labels[basis])
        threshold = by_f1(platt(scores[basis]), labels[basis])
        chances[here] = platt(scores[here])
        decisions[here] = [threshold.decide(float(chance)) for chance in chances[here]]
    return Judged(chances, decisions, labels)
