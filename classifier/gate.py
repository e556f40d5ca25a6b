"""Whether a challenger may take the champion's place.

Invariant: pure; both are judged on the same later tickets, which neither had learned from, and a difference that
chance alone explains decides nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from sklearn.metrics import average_precision_score

from classifier.calibration import Floats, Labels, brier, calibration_error
from classifier.contract import Comparison, Difference, Example, Outcome, Prediction
from classifier.splits import Numbers, text_groups

LATER: Final = 0.2
"""Share of the tickets, the latest, on which both are judged; more of them while there are few tickets."""
ENOUGH_LATER: Final = 60
BUCKETS: Final = 10
LEAST: Final = 10
"""Tickets with a known outcome from which on anything can be compared."""
LEAST_OF_TEAM: Final = 15
RESAMPLES: Final = 400
CHANCE: Final = 0.05
TEAM_RECALL: Final = "recall of "
MARGINS: Final = {
    "average precision": 0.005,
    "calibration error": 0.01,
    "team accuracy": 0.01,
    "level accuracy": 0.01,
    TEAM_RECALL: 0.10,
}
"""A smaller loss is none, however sure."""
LESS_IS_BETTER: Final = ("calibration error", "Brier")


@dataclass(frozen=True, slots=True)
class Split:
    """Row numbers of a past day: what was known then, and what came later. `moment` is None where tickets are not dated."""

    earlier: Numbers
    later: Numbers
    moment: datetime | None


def split(examples: Sequence[Example], since: datetime | None = None) -> Split:
    """History as of a past day. Without dates, one part of the texts; always the same ones, however many come along.

    Known by then: tickets written before, whose outcome was known before. Copies of their texts are not judged. The day
    is `since`, up to which what serves has learned, where enough tickets came later.
    """
    tickets = [example.ticket for example in examples]
    groups = text_groups(tickets)
    share = max(LATER, min(0.5, ENOUGH_LATER / max(1, len(tickets))))
    dates = [ticket.created_at for ticket in tickets if ticket.created_at is not None]
    if len(dates) < len(tickets) or len(set(dates)) < 2:
        later = groups % BUCKETS < round(share * BUCKETS)
        return Split(np.flatnonzero(~later), np.flatnonzero(later), None)
    moment = sorted(dates)[int(len(dates) * (1 - share))]
    if since is not None and since >= moment and sum(date > since for date in dates) >= ENOUGH_LATER:
        moment = min(date for date in dates if date > since)
    later = np.array([date >= moment for date in dates], dtype=bool)
    unknown = np.array([e.known_at is not None and e.known_at > moment for e in examples], dtype=bool)
    earlier = np.flatnonzero(~later & ~unknown)
    fresh = later & ~np.isin(groups, groups[earlier])
    return Split(earlier, np.flatnonzero(fresh), moment)


def compare(
    champion: str, said: Sequence[tuple[Prediction, Prediction, Outcome]], days: Sequence[datetime | None] = ()
) -> Comparison | None:
    """Champion's and challenger's predictions of the same tickets; None where too few outcomes are known."""
    measures = [one for one in (_whether(said), _where(said), _level(said)) if one is not None]
    if not measures:
        return None
    names = [name for measure in measures for name in measure.names]
    teams = sum(name.startswith(TEAM_RECALL) for name in names)
    differences: dict[str, Difference] = {}
    for measure in measures:
        everything = np.arange(measure.tickets)
        before, after = measure(everything)
        chance = np.random.default_rng(0)
        draws = [measure(chance.integers(0, measure.tickets, measure.tickets)) for _ in range(RESAMPLES)]
        for n, name in enumerate(measure.names):
            seen = np.array([new[n] - old[n] for old, new in draws])
            seen = seen[np.isfinite(seen)]
            # Of many teams one seems worse by chance alone: each gets its part of what chance is allowed.
            edge = CHANCE / (2 * teams) if name.startswith(TEAM_RECALL) else CHANCE / 2
            low, high = np.quantile(seen, [edge, 1 - edge]) if len(seen) else (-1.0, 1.0)
            differences[name] = Difference(float(before[n]), float(after[n]), float(low), float(high))
    dated = sorted(f"{day:%Y-%m-%d}" for day in days if day is not None)
    tickets = max(measure.tickets for measure in measures)
    return Comparison(
        champion, tickets, dated[0] if dated else "", dated[-1] if dated else "", differences, _worse(differences)
    )


def _worse(differences: Mapping[str, Difference]) -> tuple[str, ...]:
    """What fell by more than its margin, surely, in words."""
    found = []
    for name, one in differences.items():
        margin = MARGINS.get(TEAM_RECALL if name.startswith(TEAM_RECALL) else name)
        sign = -1.0 if name in LESS_IS_BETTER else 1.0
        surely = max(sign * one.low, sign * one.high) < 0
        if margin is not None and surely and sign * (one.challenger - one.champion) < -margin:
            verb = "rose" if sign < 0 else "fell"
            found.append(
                f"{name} {verb} from {one.champion:.3f} to {one.challenger:.3f} "
                f"(the difference lies between {one.low:+.3f} and {one.high:+.3f})"
            )
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Whether:
    """Figures of two lists of probabilities for one list of labels."""

    champion: Floats
    challenger: Floats
    labels: Labels
    names: tuple[str, ...] = ("average precision", "calibration error", "Brier")

    @property
    def tickets(self) -> int:
        return len(self.labels)

    def __call__(self, rows: Numbers) -> tuple[Floats, Floats]:
        labels = self.labels[rows]
        return self._of(self.champion[rows], labels), self._of(self.challenger[rows], labels)

    def _of(self, chances: Floats, labels: Labels) -> Floats:
        if not 0 < labels.sum() < len(labels):
            return np.full(len(self.names), np.nan)
        precision = average_precision_score(labels, chances)
        return np.array([precision, calibration_error(chances, labels), brier(chances, labels)])


@dataclass(frozen=True, slots=True)
class _Where:
    """How often two lists of first choices are right, altogether and for each team that is frequent enough."""

    champion: Labels
    challenger: Labels
    """1 where the first choice is right."""
    truth: Labels
    """Column of the right team among `teams`; below zero for a rare one."""
    teams: tuple[str, ...]
    accuracy: str = "team accuracy"

    @property
    def names(self) -> tuple[str, ...]:
        return (self.accuracy, *(f"{TEAM_RECALL}{team}" for team in self.teams))

    @property
    def tickets(self) -> int:
        return len(self.truth)

    def __call__(self, rows: Numbers) -> tuple[Floats, Floats]:
        return self._of(self.champion[rows], self.truth[rows]), self._of(self.challenger[rows], self.truth[rows])

    def _of(self, right: Labels, truth: Labels) -> Floats:
        per_team = [right[truth == n].mean() if (truth == n).any() else np.nan for n in range(len(self.teams))]
        return np.array([right.mean(), *per_team])


def _whether(said: Sequence[tuple[Prediction, Prediction, Outcome]]) -> _Whether | None:
    known = [
        (old.probability, new.probability, int(outcome.escalated))
        for old, new, outcome in said
        if old.probability is not None and new.probability is not None and outcome.escalated is not None
    ]
    labels = np.array([one[2] for one in known], dtype=np.int64)
    if len(known) < LEAST or not 0 < labels.sum() < len(labels):
        return None
    return _Whether(np.array([one[0] for one in known]), np.array([one[1] for one in known]), labels)


def _where(said: Sequence[tuple[Prediction, Prediction, Outcome]]) -> _Where | None:
    known = [
        (old.teams[0].team, new.teams[0].team, o.team) for old, new, o in said if old.teams and new.teams and o.team
    ]
    if len(known) < LEAST:
        return None
    counts = Counter(right for _, _, right in known)
    teams = tuple(sorted(team for team, count in counts.items() if count >= LEAST_OF_TEAM))
    truth = np.array([teams.index(right) if right in teams else -1 for _, _, right in known], dtype=np.int64)
    first = np.array([[old == right, new == right] for old, new, right in known], dtype=np.int64)
    return _Where(first[:, 0], first[:, 1], truth, teams)


def _level(said: Sequence[tuple[Prediction, Prediction, Outcome]]) -> _Where | None:
    known = [(old.level, new.level, o.level) for old, new, o in said if old.level and new.level and o.level]
    if len(known) < LEAST:
        return None
    first = np.array([[old == right, new == right] for old, new, right in known], dtype=np.int64)
    return _Where(first[:, 0], first[:, 1], np.full(len(known), -1, dtype=np.int64), (), "level accuracy")
