"""What the desk had seen, at a moment, of who asks and of what it is about.

Invariant: nothing that happened at that moment or later is read: not a ticket, not an outcome.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from sqlalchemy.orm import Session

from kb.queries import asof as asof_q

DAY: Final = 86_400.0
WHO: Final = ("requester", "account")
WHAT: Final = ("product", "topic")
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Asking:
    """A ticket, in the desk or in a file, and the moment at which it is looked at; empty where something is not known."""

    requester: str
    account: str
    product: str
    topic: str
    written: datetime
    at: datetime


class Past:
    """The dated tickets of one requester or account, in the order in which they were written and in that in which they ended."""

    def __init__(
        self, tickets: Iterable[tuple[datetime, datetime | None, bool | None]], who: str = "requester"
    ) -> None:
        self._who = who
        rows = sorted(tickets, key=lambda row: row[0])
        self._created = [created for created, _, _ in rows]
        # What ended before it was written was written down wrongly: it ended at once.
        self._ended = [None if resolved is None else max(created, resolved) for created, resolved, _ in rows]
        self._escalated = [bool(escalated) for _, _, escalated in rows]
        ends = sorted((end, bad) for end, bad in zip(self._ended, self._escalated, strict=True) if end is not None)
        self._ends = [end for end, _ in ends]
        self._bad = [0]
        for _, bad in ends:
            self._bad.append(self._bad[-1] + bad)

    def before(self, written: datetime, at: datetime) -> dict[str, float]:
        """What was known at `at` of the tickets written before `written`; logarithmic but for those in between."""
        earlier = bisect_left(self._created, min(written, at))
        ended = bisect_left(self._ends, at)
        known = self._bad[ended]
        for row in range(earlier, bisect_left(self._created, at)):
            end = self._ended[row]
            if end is not None and end < at:
                ended, known = ended - 1, known - self._escalated[row]
        found = {
            f"earlier tickets of the {self._who}": float(earlier),
            f"earlier tickets of the {self._who} known to have escalated": float(known),
            f"tickets of the {self._who} still open": float(earlier - ended),
        }
        if earlier:
            found[f"days since the {self._who}'s last ticket"] = _days(self._created[earlier - 1], written)
        return found


def pasts(session: Session, asked: Mapping[Key, Asking]) -> dict[Key, dict[str, float]]:
    """By key, numbers by a name in plain words; what is not known is left out."""
    found: dict[Key, dict[str, float]] = {key: {} for key in asked}
    for who in WHO:
        _add_who(session, asked, who, found)
    for what in WHAT:
        _add_what(session, asked, what, found)
    return found


def _add_who(session: Session, asked: Mapping[Key, Asking], who: str, found: dict[Key, dict[str, float]]) -> None:
    names = {key: str(getattr(one, who)) for key, one in asked.items() if getattr(one, who)}
    rows: dict[str, list[tuple[datetime, datetime | None, bool | None]]] = defaultdict(list)
    for name, created, resolved, escalated in asof_q.of_each(session, who, sorted(set(names.values()))):
        rows[name].append((created, resolved, escalated))
    past = {name: Past(rows[name], who) for name in set(names.values())}
    for key, name in names.items():
        found[key] |= past[name].before(asked[key].written, asked[key].at)


def _add_what(session: Session, asked: Mapping[Key, Asking], what: str, found: dict[Key, dict[str, float]]) -> None:
    keys = [key for key, one in asked.items() if getattr(one, what)]
    rows = [(n, str(getattr(asked[key], what)), asked[key].written) for n, key in enumerate(keys)]
    for n, last, bad in asof_q.last_of_each(session, what, rows):
        written = asked[keys[n]].written
        if last is not None:
            found[keys[n]][f"days since the last ticket about the {what}"] = _days(last, written)
        if bad is not None:
            found[keys[n]][f"days since a ticket about the {what} was known to have escalated"] = _days(bad, written)


def _days(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds() / DAY
