"""How a lead wants alarms to be decided: the choice that is kept, and the threshold that follows from it.

Invariant: a choice is a new row with the next number, so two leads cannot choose at once without one being told; what
could not be followed by what serves is not kept, and what a later model cannot follow is decided as it was trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from classifier.contract import Choice, ChoiceError, EscalationEngine, NoModelError, TicketFeatures
from classifier.contract import Prediction as Said
from kb.errors import InvalidError, UnavailableError
from kb.models import AlarmChoice
from kb.queries import learning as learning_q
from kb.queries import tickets as tickets_q
from kb.services import audit, choices
from kb.services.weighing import Consequence, Kind, consequence
from kb.viewers import Viewer, require

NOTHING_TO_DECIDE: Final = "What serves does not say whether a ticket escalates, so there is nothing to choose by."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a lead asks for. For ``cost``, a miss weighs as much as `miss` false alarms."""

    kind: Kind = "balance"
    miss: float = 1.0
    per_day: float = 0.0
    each_team: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """What counts now. `number` goes back with the next choice; 0 where nobody ever chose."""

    number: int
    wanted: Wanted
    by: str | None = None
    at: datetime | None = None
    problem: str = ""
    """Why what serves cannot follow it, in words; it then decides as it was trained."""

    @property
    def words(self) -> str:
        """The rule as one would say it."""
        sets = "; sets of teams hold each team as often as stated" if self.wanted.each_team else ""
        rule = {
            "balance": "Misses and false alarms weigh alike",
            "cost": f"A miss weighs as much as {self.wanted.miss:g} false alarms",
            "capacity": f"As many alarms as {self.wanted.per_day:g} a day",
        }[self.wanted.kind]
        return rule + sets


def chosen(session: Session, escalation: EscalationEngine) -> Chosen:
    """What counts now, and whether what serves can follow it."""
    row = learning_q.newest_choice(session)
    if row is None:
        return Chosen(0, Wanted())
    wanted = _wanted(row)
    problem = ""
    try:
        escalation.consequence(_choice(wanted))
    except ChoiceError as error:
        problem = str(error)
    except NoModelError:
        problem = ""
    by = tickets_q.names(session, [row.chosen_by_id]).get(row.chosen_by_id) if row.chosen_by_id else None
    return Chosen(row.number, wanted, by, row.created_at, problem)


def meaning(session: Session, escalation: EscalationEngine, viewer: Viewer) -> Consequence | None:
    """What the choice that counts meant for tickets that what serves had not seen.

    None where nothing serves, or nothing that says whether a ticket escalates.
    """
    now = chosen(session, escalation)
    wanted = Wanted() if now.problem else now.wanted
    try:
        return consequence(escalation, viewer, wanted.kind, miss=wanted.miss, per_day=wanted.per_day)
    except UnavailableError:
        return None


def choose(
    session: Session, escalation: EscalationEngine, viewer: Viewer, wanted: Wanted, number: int, now: datetime
) -> Consequence:
    """Decide alarms so from now on; `number` is that of the choice that was seen. What it would have meant.

    Tickets that are not solved are decided again by the worker.

    Raises:
        ConflictError: somebody else chose meanwhile.
        InvalidError: what serves cannot follow it; the message says why.
        UnavailableError: nothing serves.
    """
    require(viewer, "lead")
    meant = consequence(escalation, viewer, wanted.kind, miss=wanted.miss, per_day=wanted.per_day)
    if meant is None:
        raise InvalidError(NOTHING_TO_DECIDE, field="kind")
    row = AlarmChoice(
        number=number + 1, kind=wanted.kind, miss=wanted.miss, per_day=wanted.per_day, each_team=wanted.each_team,
        chosen_by_id=viewer.account_id, created_at=now,
    )  # fmt: skip
    choices.append(session, row, learning_q.newest_choice(session))
    audit.record(
        session, viewer, "alarms chosen", f"choice:{row.number}", now, kind=row.kind, miss=f"{row.miss:g}",
        per_day=f"{row.per_day:g}", each_team=str(row.each_team).lower(), threshold=f"{meant.threshold:.4f}",
    )  # fmt: skip
    return meant


def choice_id(session: Session) -> int | None:
    """The row that counts now; None where nobody ever chose."""
    row = learning_q.newest_choice(session)
    return row.id if row else None


def choice_of(session: Session) -> Choice | None:
    """The choice that counts now, as the engine takes it; None where nobody ever chose."""
    row = learning_q.newest_choice(session)
    return _choice(_wanted(row)) if row else None


def decided(escalation: EscalationEngine, tickets: Sequence[TicketFeatures], choice: Choice | None) -> tuple[Said, ...]:
    """Predictions decided by `choice`, or as the model was trained where it cannot follow it. Raises NoModelError."""
    try:
        return escalation.predict(tickets, choice=choice)
    except ChoiceError:
        return escalation.predict(tickets, choice=Choice(each_team=choice.each_team) if choice else None)


def _wanted(row: AlarmChoice) -> Wanted:
    kinds: dict[str, Kind] = {"balance": "balance", "cost": "cost", "capacity": "capacity"}
    return Wanted(kinds[row.kind], row.miss, row.per_day, row.each_team)


def _choice(wanted: Wanted) -> Choice:
    return Choice(wanted.kind, miss=wanted.miss, per_day=wanted.per_day, each_team=wanted.each_team)
