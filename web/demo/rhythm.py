"""When tickets arrive. Invariant: every moment lies in the year that ends at `now`, oldest first."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import accumulate
from random import Random

YEAR = timedelta(days=365)
RECENT = timedelta(days=4)
WEEKDAYS = (1.35, 1.1, 1.0, 1.0, 1.15, 1.25, 0.75)
"""Monday first: the weekend's trouble is written down on Monday, and Saturday is a shop's longest day."""
HOURS = (0, 0, 0, 0, 0, 0.2, 0.8, 2, 3, 3.2, 2.8, 3, 3.4, 2.6, 2.2, 2.2, 2.4, 2.2, 1.6, 1.1, 0.8, 0.5, 0.2, 0.1)
RELEASE = timedelta(days=200)
"""How far into the year Till 5.2 came out: the seventh month."""


def arrivals(rng: Random, now: datetime, count: int, recent: int) -> list[datetime]:
    """`count` moments, of which `recent` fall in the last days before `now`."""
    start = now - YEAR
    older = _draw(rng, start, now - RECENT, count - recent)
    return older + _draw(rng, now - RECENT, now - timedelta(minutes=4), recent)


def _draw(rng: Random, start: datetime, end: datetime, count: int) -> list[datetime]:
    hours = int((end - start) / timedelta(hours=1))
    cumulative = list(accumulate(_weight(start + timedelta(hours=hour), hour / max(hours, 1)) for hour in range(hours)))
    drawn = rng.choices(range(hours), cum_weights=cumulative, k=count)
    moments = [start + timedelta(hours=hour, seconds=rng.randrange(3600)) for hour in drawn]
    return sorted(min(moment, end).replace(microsecond=0) for moment in moments)


def _weight(at: datetime, share: float) -> float:
    """The desk grows by a third over the year and is busy before Christmas."""
    festive = 1.3 if at.month == 12 and at.day < 24 else 1.0
    return WEEKDAYS[at.weekday()] * HOURS[at.hour] * (1 + share / 3) * festive


def season_factor(season: str, at: datetime, start: datetime) -> float:
    """How much likelier an issue is at that moment: ``release``, ``festive``, ``summer``, ``month-end`` or ``flat``."""
    if season == "release":
        age = (at - start - RELEASE) / timedelta(days=1)
        return 0.0 if age < 0 else 24.0 if age < 21 else 4.0 if age < 60 else 1.0
    peaks = {
        "festive": at.month in (11, 12),
        "summer": at.month in (6, 7, 8),
        "month-end": at.day <= 4 or at.day >= 28,
        "quarter-end": at.month in (1, 4, 7, 10) and at.day <= 14,
    }
    return 2.6 if peaks.get(season, False) else 1.0


def staffed(at: datetime) -> datetime:
    """The first moment from `at` on at which the desk answers: seven to nine, every day."""
    if at.hour < 7:
        return at.replace(hour=7, minute=at.minute // 2)
    if at.hour >= 21:
        return (at + timedelta(days=1)).replace(hour=7, minute=at.minute // 2)
    return at
