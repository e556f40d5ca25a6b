"""The demo desk out of a home. Invariant: a model that knows nothing else goes with it; records of the desk's own stay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kb.services import demo
from search.rankers import FIXED
from web.desk import Desk


@dataclass(frozen=True, slots=True)
class Gone:
    """What went. `retired` is a model that had learned from nothing else, `tainted` one that had also learned from it."""

    records: demo.Removed
    retired: str | None
    tainted: str | None


def remove(desk: Desk, now: datetime) -> Gone | None:
    """Take it away in one step, while the desk is served or not; None where there was none."""
    with desk.writing() as session:
        found = demo.standing(session)
        if not found.present:
            return None
        removed = demo.remove(session, now)
        session.commit()
    version = desk.escalation.version
    if found.own["tickets"]:
        return Gone(removed, None, version)
    if desk.search.rankers.current():
        desk.search.rankers.promote(FIXED)
    if version is not None:
        desk.escalation.retire()
    return Gone(removed, version, None)
