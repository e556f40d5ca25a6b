"""Who is judged by whom. Invariant: no ticket is judged by a model that saw it or a copy of it; by time, none by a later ticket."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from classifier.contract import TicketFeatures
from classifier.wording import normal, text_of

FOLDS: Final = 5
FEWER: Final = 3
MANY: Final = 8_000
"""Tickets from which on fewer folds judge as well and cost half the time."""
FEWEST: Final = 2
VERY_MANY: Final = 20_000
"""Dated tickets from which on two slices of the later half are enough: each is judged by half of all tickets or more."""
FIRST: Final = 0.5
"""Share of dated tickets, the earliest, that is only ever learned from."""
SHORTEST: Final = 3
"""Words from which on a text identifies a ticket."""
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fold:
    """Row numbers: a model of `learn` judges `judge`."""

    learn: Numbers
    judge: Numbers


def text_groups(tickets: Sequence[TicketFeatures]) -> Numbers:
    """A number for each different text; upper case, accents and punctuation make no difference.

    A text of a word or two is a category rather than a text: it makes a copy only of a ticket with the same attributes.
    Without any text a ticket is a copy of none.
    """
    texts = [_what_is_copied(ticket, number) for number, ticket in enumerate(tickets)]
    digests = [hashlib.sha256(text.encode("utf-8", "replace")).digest() for text in texts]
    return np.array([int.from_bytes(digest[:7], "big") for digest in digests], dtype=np.int64)


def folds_by_time(tickets: Sequence[TicketFeatures], count: int | None = None) -> tuple[Fold, ...]:
    """The later half, slice by slice, each judged by all before it; none where a ticket has no date or all have the same.

    Where copies of a text lie on both sides of a date, the later ones are not judged.
    """
    dates = [ticket.created_at for ticket in tickets]
    if not dates or None in dates or len(set(dates)) < 2:
        return ()
    times = np.array([date.timestamp() for date in dates if date is not None])
    usual = FEWEST if len(tickets) >= VERY_MANY else _usual(len(tickets))
    return _slices(times, text_groups(tickets), count or usual)


def folds_by_text(tickets: Sequence[TicketFeatures], count: int | None = None) -> tuple[Fold, ...]:
    """At random (always the same way), copies of a text together; none where there are fewer than two texts."""
    groups = text_groups(tickets)
    count = min(count or _usual(len(tickets)), len(set(groups.tolist())))
    if count < 2:
        return ()
    split = GroupKFold(count, shuffle=True, random_state=0).split(groups, groups=groups)
    return tuple(Fold(learn, judge) for learn, judge in split)


def _usual(tickets: int) -> int:
    return FOLDS if tickets < MANY else FEWER


def _slices(times: NDArray[np.float64], groups: Numbers, count: int) -> tuple[Fold, ...]:
    edges = np.quantile(times, np.linspace(FIRST, 1.0, count + 1))
    found = []
    for number, (start, end) in enumerate(pairwise(edges)):
        last = number == count - 1
        learn = np.flatnonzero(times < start)
        judge = np.flatnonzero((times >= start) & ((times <= end) if last else (times < end)))
        judge = judge[~np.isin(groups[judge], groups[learn])]
        if len(learn) and len(judge):
            found.append(Fold(learn, judge))
    return tuple(found)


def _what_is_copied(ticket: TicketFeatures, number: int) -> str:
    text = normal(text_of(ticket))
    if not text:
        return f"\x00{number}"
    if text.count(" ") + 1 >= SHORTEST:
        return text
    return "\x00".join([text, *(f"{name}={value}" for name, value in sorted(ticket.attributes.items()))])
