"""The questions that a model answers: whether, where, and at which level.

Invariant: a question is put only where the labels can answer it, and what it was not trained on says why in words;
probability, set, threshold and figures come from tickets that the judging model had not seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import log_loss

from classifier.blenders import ClassScoreBlend, ScoreBlend
from classifier.blending import ClassBlend, fit_class_blend
from classifier.calibration import Floats, Labels, fit_sets, fit_sets_of_each, prediction_set
from classifier.consequences import Unseen
from classifier.contract import Example
from classifier.crossfit import class_loss, cross_fitted, leasts, one_of_each
from classifier.evaluation import Figure, Judged, Ranked, with_intervals
from classifier.members import Candidates, fit_whether
from classifier.pipeline import Where, Whether, implied, shares
from classifier.placing import fit_where
from classifier.rates import When
from classifier.reading import Read
from classifier.threshold import by_f1

LEAST_EXAMPLES: Final = 30
LEAST_OF_A_KIND: Final = 5
LEAST_TO_LEARN: Final = 2
"""Tickets of a team from which on it is learned; of a rarer one nothing can be checked."""
COVERAGE: Final = 0.9
FADING: Final = 0.7
"""How much each slice of time counts of the next one when the scores are blended: rates drift."""
SHRINK: Final = 5.0
"""Tickets that the desk's own rate weighs beside a team's."""
UNKNOWN: Final = -2
UNLEARNED: Final = -1
BLENDED: Final = "all of them, blended"


@dataclass(slots=True)
class Scores:
    """What models said of tickets they had not seen: the fold that judged (below zero: none) and the members' scores."""

    fold: Labels
    values: NDArray[np.floating] = field(default_factory=lambda: np.zeros(0))
    names: tuple[str, ...] = ()

    @classmethod
    def empty(cls, tickets: int) -> Scores:
        return cls(np.full(tickets, -1, dtype=np.int64))

    def put(self, rows: Labels, fold: int, said: Said) -> None:
        """What models of that fold said of `rows`."""
        if not self.names:
            self.names = said.names
            self.values = np.zeros((len(self.fold), *said.values.shape[1:]), dtype=said.values.dtype)
        # A fold whose tickets lack what others have (an embedding, a number) judges nothing; what a later fold has
        # beside it (an attribute that has come to many values) is left out.
        if set(self.names) <= set(said.names):
            columns = [said.names.index(name) for name in self.names]
            self.values[rows], self.fold[rows] = said.values[..., columns], fold


@dataclass(frozen=True, slots=True)
class Said:
    """Scores of tickets, the last axis a member, and the members' names."""

    values: NDArray[np.floating]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WhetherTask:
    """Escalated or not. `labels` are 1, 0 or `UNKNOWN`."""

    labels: Labels
    times: Floats = field(default_factory=lambda: np.zeros(0))
    """When each ticket was written, in seconds since 1970; empty where one is not dated."""
    name: str = "escalation"

    def problem(self) -> str:
        """Why this cannot be trained, in words; empty when it can."""
        yes, no = int((self.labels == 1).sum()), int((self.labels == 0).sum())
        if yes + no >= LEAST_EXAMPLES and min(yes, no) >= LEAST_OF_A_KIND:
            return ""
        return (
            f"{yes} tickets escalated and {no} did not; at least {LEAST_EXAMPLES} in all and {LEAST_OF_A_KIND} of each "
            "are needed"
        )

    def score(self, learn: Read, rows: Labels, when: When, judge: Read, names: Sequence[str]) -> Said | None:
        """Scores of `judge`, a column a member; None where the labels of `learn`, which are `rows`, are all alike."""
        labels = self.labels[rows]
        known = labels != UNKNOWN
        if len(set(labels[known].tolist())) < 2:
            return None
        members = fit_whether(learn[known], labels[known], when[known], names, Candidates())
        return Said(members.look(judge).scores, members.names)

    def enough(self, fold: Labels) -> bool:
        """Whether the tickets that would be judged (`fold` at or above zero) can calibrate anything."""
        seen = self.labels[(fold >= 0) & (self.labels >= 0)]
        return len(seen) >= LEAST_EXAMPLES // 2 and min((seen == 1).sum(), (seen == 0).sum()) >= LEAST_OF_A_KIND

    def finish(
        self, read: Read, when: When, scores: Scores, names: Sequence[str], where: Implied | None
    ) -> tuple[Whether, dict[str, Figure], dict[str, float]]:
        """The final part, its figures on unseen tickets, and the log loss of each candidate and of their blend."""
        judged = np.flatnonzero((scores.fold >= 0) & (self.labels != UNKNOWN))
        labels, fold = self.labels[judged], scores.fold[judged]
        counts = FADING ** (fold.max() - fold) if len(self.times) else np.ones(len(fold))
        values, chosen, losses = one_of_each(scores.values[judged], scores.names, labels, counts)
        if where is not None:
            values = np.column_stack([values, where.unseen[judged]])
        chances = cross_fitted(values, labels, fold, counts)
        losses[BLENDED] = float(log_loss(labels, chances))
        known = np.flatnonzero(self.labels != UNKNOWN)
        members = fit_whether(read[known], self.labels[known], when[known], names, chosen)
        unseen = Unseen(chances, labels, self.times[judged] if len(self.times) else self.times)
        threshold = by_f1(chances, labels)
        blend = ScoreBlend().fit(values, labels, counts).blend_
        rates = None if where is None else where.rates
        part = Whether(members, blend, values.mean(axis=0), rates, threshold, unseen)
        decisions = np.array([threshold.decide(float(chance)) for chance in chances], dtype=np.str_)
        return part, with_intervals(Judged(chances, decisions, labels).figures, len(labels)), losses


@dataclass(frozen=True, slots=True)
class Implied:
    """What teams imply for whether: of tickets that had not been seen (log-odds, shape (n,)), and each team's rate."""

    unseen: Floats
    rates: Floats


@dataclass(frozen=True, slots=True)
class WhereTask:
    """Which of `names`. `labels` are columns, `UNLEARNED` for a class too rare to learn, or `UNKNOWN`."""

    name: str
    names: tuple[str, ...]
    labels: Labels
    values: tuple[str, ...] = field(repr=False)
    """What history names for each ticket; empty where it names none."""
    broader: Labels | None = field(default=None, repr=False)
    """Column of each ticket's broader class (a team's level), below zero where it is not known."""

    def problem(self) -> str:
        """Why this cannot be trained, in words; empty when it can."""
        known, counts = int((self.labels != UNKNOWN).sum()), Counter(value for value in self.values if value)
        if known >= LEAST_EXAMPLES and sum(count >= LEAST_OF_A_KIND for count in counts.values()) >= 2:
            return ""
        return (
            f"{known} tickets name a {self.name}, {len(counts)} different ones; at least {LEAST_EXAMPLES} tickets "
            f"and two {self.name}s with {LEAST_OF_A_KIND} each are needed"
        )

    def score(self, learn: Read, rows: Labels, when: When, judge: Read, names: Sequence[str]) -> Said | None:
        """Scores of `judge`, shape (n, classes, members); None where the labels of `learn`, which are `rows`, are alike."""
        labels = self.labels[rows]
        known = labels >= 0
        if len(set(labels[known].tolist())) < 2:
            return None
        members = fit_where(
            learn[known], labels[known], len(self.names), when[known], names, self._broader(rows[known])
        )
        return Said(members.scores(judge), members.names)

    def enough(self, fold: Labels) -> bool:
        """Whether the tickets that would be judged (`fold` at or above zero) can calibrate anything."""
        return int(((fold >= 0) & (self.labels != UNKNOWN)).sum()) >= LEAST_EXAMPLES // 2

    def finish(
        self, read: Read, when: When, scores: Scores, names: Sequence[str]
    ) -> tuple[Where, dict[str, Figure], dict[str, float]]:
        """The final part, its figures on unseen tickets, and the log loss of each candidate and of their blend."""
        judged = np.flatnonzero((scores.fold >= 0) & (self.labels != UNKNOWN))
        truth, values, fold = self.labels[judged], scores.values[judged], scores.fold[judged]
        known = np.flatnonzero(self.labels >= 0)
        # All tickets together may hold more than a fold's did, such as an attribute of many values.
        made = fit_where(read[known], self.labels[known], len(self.names), when[known], names, self._broader(known))
        members = made.keeping(scores.names)
        values = values[:, :, [n for n, name in enumerate(scores.names) if name in members.names]]
        chances = self.unseen(scores)[judged]
        least = fit_sets(chances, truth, COVERAGE)
        of_each = fit_sets_of_each(chances, truth, COVERAGE)
        part = Where(self.names, members, self._blend(values, truth), least, of_each)
        losses = {name: class_loss(values[:, :, [n]], truth) for n, name in enumerate(members.names)}
        losses[BLENDED] = float(-np.log(np.clip(chances[truth >= 0, truth[truth >= 0]], 1e-9, None)).mean())
        ranking = [tuple(share.team for share in shares(self.names, row)) for row in chances]
        bounds = leasts(chances, truth, fold, COVERAGE)
        sets = [
            tuple(self.names[k] for k in prediction_set(row, bounds[one]))
            for row, one in zip(chances, fold.tolist(), strict=True)
        ]
        ranked = Ranked([self.values[n] for n in judged.tolist()], ranking, sets)
        return part, with_intervals(ranked.figures, len(truth)), losses

    def _blend(self, values: NDArray[np.floating], truth: Labels) -> ClassBlend:
        right = truth >= 0
        if not right.any():
            return fit_class_blend(values, truth)
        flat = values[right].reshape(int(right.sum()), -1)
        return ClassScoreBlend(len(self.names)).fit(flat, truth[right]).blend_

    def _broader(self, rows: Labels) -> Labels | None:
        return None if self.broader is None else self.broader[rows]

    def unseen(self, scores: Scores) -> Floats:
        """Probabilities of the judged tickets, blended by what was learned of the other folds; shape (n, classes)."""
        found = np.full((len(scores.fold), len(self.names)), 1 / max(1, len(self.names)))
        for one in np.unique(scores.fold[scores.fold >= 0]):
            here, others = scores.fold == one, (scores.fold != one) & (scores.fold >= 0)
            basis = (others if (self.labels[others] >= 0).any() else here) & (self.labels != UNKNOWN)
            found[here] = fit_class_blend(scores.values[basis], self.labels[basis])(scores.values[here])
        return found

    def implied(self, scores: Scores, escalated: Labels) -> Implied:
        """What the likely teams' rates of escalation (0/1 in `escalated`) say of each ticket that was judged."""
        chances, found = self.unseen(scores), np.zeros(len(escalated))
        for one in np.unique(scores.fold):
            here = scores.fold == one
            found[here] = implied(chances[here], self._rates(escalated, ~here))
        return Implied(found, self._rates(escalated, np.ones(len(escalated), dtype=bool)))

    def _rates(self, escalated: Labels, among: NDArray[np.bool_]) -> Floats:
        both = among & (self.labels >= 0) & (escalated != UNKNOWN)
        base = float(escalated[among & (escalated != UNKNOWN)].mean()) if both.any() else 0.5
        yes = np.bincount(self.labels[both], escalated[both], len(self.names))
        seen = np.bincount(self.labels[both], minlength=len(self.names))
        return np.asarray((yes + SHRINK * base) / (seen + SHRINK))


Task = WhetherTask | WhereTask


def tasks_of(examples: Sequence[Example]) -> tuple[Task, ...]:
    """The three questions, whether or not the labels can answer them."""
    escalated = [example.outcome.escalated for example in examples]
    labels = np.array([UNKNOWN if one is None else int(one) for one in escalated], dtype=np.int64)
    level = _where("level", [example.outcome.level for example in examples])
    team = _where("team", [example.outcome.team for example in examples])
    return (
        WhetherTask(labels, when_of(examples).times),
        replace(team, broader=level.labels) if len(level.names) > 1 else team,
        level,
    )


def when_of(examples: Sequence[Example], groups: Labels | None = None) -> When:
    """When tickets came and when their outcomes were known; undated where one is."""
    numbers = np.arange(len(examples)) if groups is None else groups
    dates = [(e.ticket.created_at, e.known_at) for e in examples]
    moments = [(came, known or came) for came, known in dates if came is not None]
    if len(moments) < len(examples):
        return When(numbers)
    times = np.array([came.timestamp() for came, _ in moments], dtype=np.float64)
    known = np.array([known.timestamp() for _, known in moments], dtype=np.float64)
    return When(numbers, times, np.maximum(times, known))


def _where(name: str, values: Sequence[str | None]) -> WhereTask:
    counts = Counter(value for value in values if value)
    names = tuple(sorted(value for value, count in counts.items() if count >= LEAST_TO_LEARN))
    column = {value: n for n, value in enumerate(names)}
    labels = [column.get(value, UNLEARNED) if value else UNKNOWN for value in values]
    return WhereTask(name, names, np.array(labels, dtype=np.int64), tuple(value or "" for value in values))
