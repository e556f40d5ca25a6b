"""What readers said of articles, as it was known at a moment.

Invariant: nothing that was said after that moment counts. Of what was said before only the latest does: older words were of
another text, and reading them all at each question would take longer than ranking. Shares only; nobody is told who said it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Final

from sqlalchemy.orm import Session

from kb.queries import opinions as opinions_q

LASTS: Final = timedelta(days=365)
LATEST: Final = 1000
"""Opinions of all articles together that are heard; on a small desk these are all of the year's."""
DOUBT: Final = 4.0
"""Opinions, half of them good, that every article is taken to have beside its own."""


def share(good: float, total: float) -> float:
    """From 0 for bad to 1; drawn towards one half while they are few."""
    return (good + DOUBT / 2) / (total + DOUBT)


def by(session: Session, at: datetime) -> dict[int, float]:
    """By article, what had been said of it; an article of which nobody spoke is left out."""
    since = max(at - LASTS, opinions_q.since(session, at, LATEST) or at - LASTS)
    return {article: share(good, total) for article, good, total in opinions_q.counted(session, since, at)}


class Timeline:
    """All that was ever said, read once to be looked at from many moments."""

    def __init__(self, session: Session) -> None:
        every = sorted(opinions_q.every(session))
        said: dict[int, list[tuple[datetime, bool]]] = {}
        for at, article, good in every:
            said.setdefault(article, []).append((at, good))
        self._all = [at for at, _, _ in every]
        self._moments = {article: [at for at, _ in rows] for article, rows in said.items()}
        self._good = {article: [0, *accumulate(good for _, good in rows)] for article, rows in said.items()}

    def by(self, at: datetime) -> Mapping[int, float]:
        """As the function of that name, worked out for whichever articles are asked for."""
        place = bisect_right(self._all, at) - 1 - LATEST
        since = max(at - LASTS, self._all[place]) if place >= 0 else at - LASTS
        return _Then(self._moments, self._good, since, at)


class _Then(Mapping[int, float]):
    """What was said between two moments."""

    __slots__ = ("_good", "_moments", "_since", "_until")

    def __init__(
        self, moments: Mapping[int, list[datetime]], good: Mapping[int, list[int]], since: datetime, until: datetime
    ) -> None:
        self._moments, self._good, self._since, self._until = moments, good, since, until

    def __getitem__(self, article: int) -> float:
        moments, good = self._moments[article], self._good[article]
        first, last = bisect_right(moments, self._since), bisect_right(moments, self._until)
        if first == last:
            raise KeyError(article)
        return share(good[last] - good[first], last - first)

    def __iter__(self) -> Iterator[int]:
        return (article for article in self._moments if article in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)
