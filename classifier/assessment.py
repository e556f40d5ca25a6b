"""How good predictions are where it matters: at the capacity of a desk, for each kind of ticket, beside simple methods.

Invariant: pure; every figure is of tickets whose outcome is known and comes with how many they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import numpy as np

from classifier.baselines import baselines
from classifier.calibration import Floats, Labels
from classifier.consequences import DAY, wilson
from classifier.contract import Example, Outcome, Prediction, TicketFeatures
from classifier.evaluation import RESAMPLES, Evaluation, evaluate

OURS: Final = "Deflect"
SLICED_BY: Final = ("product", "channel", "locale")
SENIORITY: Final = "requester"
LEAST_IN_SLICE: Final = 20
MOST_SLICES: Final = 12
BINS: Final = 10
NEW, KNOWN, REGULAR = "first ticket", "2 to 5 tickets", "more than 5 tickets"


@dataclass(frozen=True, slots=True)
class Slice:
    """Tickets of one kind. Error rates come with 95 % intervals (Wilson); None where the outcome is not known."""

    name: str
    value: str
    tickets: int
    escalated: float | None
    said: float | None
    """Mean probability; where it is far from `escalated` the model is wrong about this kind."""
    whether_wrong: float | None
    """Share of tickets on the wrong side of the threshold; unsure ones by their probability."""
    whether_wrong_between: tuple[float, float] | None
    team_wrong: float | None
    team_wrong_between: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Capacity:
    """What people find who look at the most probable `looked_at` tickets."""

    per_day: float | None
    """None where tickets are not dated; then a tenth is looked at."""
    looked_at: int
    precision: float
    recall: float
    lift: float
    """How many times as many escalations as among as many tickets at random."""


@dataclass(frozen=True, slots=True)
class Curves:
    """What the plots show; empty where nothing was predicted."""

    said: tuple[float, ...] = ()
    """Mean probability of each tenth of the tickets, and `seen`, the share that escalated."""
    seen: tuple[float, ...] = ()
    seen_between: tuple[tuple[float, float], ...] = ()
    precision: tuple[float, ...] = ()
    """By number of tickets looked at, most probable first; `recall` likewise."""
    recall: tuple[float, ...] = ()
    chances_escalated: tuple[float, ...] = ()
    chances_kept: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything that is said of one set of tickets."""

    tickets: int
    first: str
    last: str
    methods: Mapping[str, Evaluation]
    """Ours and the simple ones, by name."""
    capacity: Capacity | None
    tenth: Capacity | None
    slices: tuple[Slice, ...] = ()
    curves: Curves = field(default_factory=Curves)


def assess(
    learn: Sequence[Example],
    judge: Sequence[Example],
    predictions: Sequence[Prediction],
    *,
    per_day: float = 20.0,
    by: Sequence[str] = SLICED_BY,
    resamples: int = RESAMPLES,
) -> Assessment:
    """Of `judge`, whose `predictions` stand in the same order; the simple methods learn from `learn`."""
    tickets = [example.ticket for example in judge]
    outcomes = [example.outcome for example in judge]
    methods = {OURS: evaluate(predictions, outcomes, resamples=resamples)}
    if learn:
        methods |= baselines(learn, tickets, outcomes, resamples=resamples)
    known = [n for n, p in enumerate(predictions) if p.probability is not None and outcomes[n].escalated is not None]
    chances = np.array([predictions[n].probability for n in known], dtype=np.float64)
    labels = np.array([bool(outcomes[n].escalated) for n in known], dtype=np.int64)
    days = sorted(ticket.created_at for ticket in tickets if ticket.created_at is not None)
    both = 0 < labels.sum() < len(labels)
    return Assessment(
        tickets=len(judge),
        first=f"{days[0]:%Y-%m-%d}" if days else "",
        last=f"{days[-1]:%Y-%m-%d}" if days else "",
        methods=methods,
        capacity=_capacity(chances, labels, [tickets[n].created_at for n in known], per_day) if both else None,
        tenth=_looking_at(chances, labels, max(1, len(labels) // 10), None) if both else None,
        slices=_slices(learn, tickets, outcomes, predictions, by),
        curves=_curves(chances, labels) if both else Curves(),
    )


def _capacity(chances: Floats, labels: Labels, dates: Sequence[datetime | None], per_day: float) -> Capacity | None:
    known = [date.timestamp() for date in dates if date is not None]
    if len(known) < len(dates):
        return None
    days = max(1.0, (max(known) - min(known)) / DAY)
    return _looking_at(chances, labels, min(len(labels), max(1, round(per_day * days))), per_day)


def _looking_at(chances: Floats, labels: Labels, count: int, per_day: float | None) -> Capacity:
    found = int(labels[np.argsort(-chances, kind="stable")[:count]].sum())
    precision, recall = found / count, found / int(labels.sum())
    return Capacity(per_day, count, precision, recall, precision / float(labels.mean()))


def _slices(
    learn: Sequence[Example],
    tickets: Sequence[TicketFeatures],
    outcomes: Sequence[Outcome],
    predictions: Sequence[Prediction],
    by: Sequence[str],
) -> tuple[Slice, ...]:
    found: list[Slice] = []
    kinds = {name: [ticket.attributes.get(name, "") for ticket in tickets] for name in by}
    kinds[SENIORITY] = _seniority([example.ticket for example in learn], tickets)
    for name, values in kinds.items():
        rows: dict[str, list[int]] = defaultdict(list)
        for row, value in enumerate(values):
            rows[value].append(row)
        if len(rows) < 2:
            continue
        largest = sorted(rows.items(), key=lambda one: (-len(one[1]), one[0]))[:MOST_SLICES]
        found += [
            _slice(name, value or "(none)", [(predictions[n], outcomes[n]) for n in some])
            for value, some in largest
            if len(some) >= LEAST_IN_SLICE
        ]
    return tuple(found)


def _slice(name: str, value: str, pairs: Sequence[tuple[Prediction, Outcome]]) -> Slice:
    whether = [(p.probability, p.threshold, o.escalated) for p, o in pairs if p.probability is not None]
    told = [(chance, limit or 0.5, bool(truth)) for chance, limit, truth in whether if truth is not None]
    wrong = sum((chance >= limit) != truth for chance, limit, truth in told)
    named = [p.teams[0].team != o.team for p, o in pairs if p.teams and o.team]
    return Slice(
        name, value, len(pairs),
        escalated=sum(truth for *_, truth in told) / len(told) if told else None,
        said=sum(chance for chance, *_ in told) / len(told) if told else None,
        whether_wrong=wrong / len(told) if told else None,
        whether_wrong_between=wilson(wrong, len(told)) if told else None,
        team_wrong=sum(named) / len(named) if named else None,
        team_wrong_between=wilson(sum(named), len(named)) if named else None,
    )  # fmt: skip


def _seniority(learn: Sequence[TicketFeatures], tickets: Sequence[TicketFeatures]) -> list[str]:
    """How many tickets of the requester were known when each was written; "" where no requester is given."""
    seen: dict[str, int] = defaultdict(int)
    for ticket in learn:
        seen[ticket.attributes.get("requester", "")] += 1
    found = []
    for ticket in tickets:
        who = ticket.attributes.get("requester", "")
        before = seen[who]
        found.append("" if not who else NEW if before == 0 else KNOWN if before < 5 else REGULAR)
        seen[who] += 1
    return found if any(found) else ["" for _ in tickets]


def _curves(chances: Floats, labels: Labels) -> Curves:
    parts = [part for part in np.array_split(np.argsort(chances, kind="stable"), BINS) if len(part)]
    order = np.argsort(-chances, kind="stable")
    found = np.cumsum(labels[order])
    looked = np.arange(1, len(labels) + 1)
    return Curves(
        said=tuple(float(chances[part].mean()) for part in parts),
        seen=tuple(float(labels[part].mean()) for part in parts),
        seen_between=tuple(wilson(int(labels[part].sum()), len(part)) for part in parts),
        precision=tuple((found / looked).tolist()), recall=tuple((found / labels.sum()).tolist()),
        chances_escalated=tuple(chances[labels == 1].tolist()), chances_kept=tuple(chances[labels == 0].tolist()),
    )  # fmt: skip
