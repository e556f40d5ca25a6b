"""When a suggestion is called an answer: the risk that a lead chose, and what it means on later tickets.

Invariant: a choice is a new row with the next number, so two leads cannot choose at once without one being told; it counts
from the next question on, and changes which suggestions are called an answer, never their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from kb.errors import InvalidError
from kb.models import AnswerChoice
from kb.queries import learning as learning_q
from kb.queries import tickets as tickets_q
from kb.services import audit, choices
from kb.viewers import Viewer, require
from search.contract import Risk, SearchEngine
from search.contract import Trade as Meaning

__all__ = ["ChosenRisk", "Meaning", "choose", "chosen", "meaning", "risk_of"]


@dataclass(frozen=True, slots=True)
class ChosenRisk:
    """What counts now. `number` goes back with the next choice; 0 where nobody ever chose."""

    number: int
    share: float | None
    """Of the questions without an article, how many may be answered all the same; None balances both errors."""
    by: str | None = None
    at: datetime | None = None

    @property
    def words(self) -> str:
        """The rule as one would say it."""
        if self.share is None:
            return "Answers that should not be and answers that are missing weigh alike"
        return f"Of 100 questions without an article, at most {100 * self.share:g} are answered all the same"


def risk_of(session: Session) -> Risk | None:
    """What was chosen, as the engine takes it; None where nobody ever chose."""
    row = learning_q.newest_risk(session)
    return Risk(row.risk) if row else None


def chosen(session: Session, search: SearchEngine) -> ChosenRisk:
    """What counts now."""
    row = learning_q.newest_risk(session)
    if row is None:
        return ChosenRisk(0, search.risk.share)
    by = tickets_q.names(session, [row.chosen_by_id]).get(row.chosen_by_id) if row.chosen_by_id else None
    return ChosenRisk(row.number, row.risk, by, row.created_at)


def meaning(search: SearchEngine, viewer: Viewer, share: float | None) -> Meaning | None:
    """What whole tickets would get at that risk, on later tickets; None where what serves cannot tell.

    Raises:
        InvalidError: it is no share.
    """
    require(viewer, "lead")
    _check(share)
    bar = search.bar_of(Risk(share))
    found = search.trades()
    if bar is None or not found:
        return None
    return next((trade for trade in found if trade.bar >= bar), Meaning(1.0, 0.0, 1.0, 1.0))


def choose(
    session: Session, search: SearchEngine, viewer: Viewer, share: float | None, number: int, now: datetime
) -> Meaning | None:
    """Call something an answer at that risk from now on; `number` is that of the choice that was seen. What it means.

    Raises:
        ConflictError: somebody else chose meanwhile.
        InvalidError: it is no share.
    """
    meant = meaning(search, viewer, share)
    row = AnswerChoice(number=number + 1, risk=share, chosen_by_id=viewer.account_id, created_at=now)
    choices.append(session, row, learning_q.newest_risk(session))
    audit.record(
        session, viewer, "answer risk chosen", f"choice:{row.number}", now,
        risk="balanced" if share is None else f"{share:g}", bar=f"{meant.bar:.2f}" if meant else "",
    )  # fmt: skip
    return meant


def _check(share: float | None) -> None:
    if share is not None and not 0 <= share <= 1:
        raise InvalidError("Choose a share from 0 to 100 in 100.", field="share")
