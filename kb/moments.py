"""Moments as the engines count them. Invariant: whole days and fractions since one epoch, whatever the time zone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
DAY: Final = 86_400.0


def days(moment: datetime) -> float:
    """Days since the start of 2000."""
    return (moment - EPOCH).total_seconds() / DAY
