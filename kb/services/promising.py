"""When somebody may expect an answer. Invariant: measured on this desk's own tickets, or nothing is promised."""

from __future__ import annotations

from datetime import datetime, timedelta
from statistics import median
from typing import Final

from sqlalchemy.orm import Session

from kb.queries import answering as answering_q

LATELY: Final = timedelta(days=90)
LEAST: Final = 20
"""Answered tickets below which a median says nothing."""
MOST: Final = 500


def usual_wait(session: Session, now: datetime) -> timedelta | None:
    """The time within which half of the lately answered tickets had their first answer; None where too few had."""
    waits = [
        (answered - asked).total_seconds()
        for asked, answered in answering_q.first_answers(session, now - LATELY, MOST)
        if answered >= asked
    ]
    return timedelta(seconds=median(waits)) if len(waits) >= LEAST else None
