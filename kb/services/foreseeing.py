"""What a model says of a ticket that is not here. Invariant: nothing is kept of it, and no model is not a "no"."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from classifier.contract import EscalationEngine, NoModelError
from kb.errors import UnavailableError
from kb.records import TicketRecord
from kb.services.choosing import choice_of, decided
from kb.services.predictions import ChangeView, ReasonView, TeamView, changed
from kb.services.training import embedded, rows
from search.contract import SearchEngine


@dataclass(frozen=True, slots=True)
class Foresight:
    """One prediction. `decision` is None where only teams could be predicted."""

    decision: str | None
    probability: float | None
    threshold: float | None
    reasons: tuple[ReasonView, ...]
    teams: tuple[TeamView, ...]
    team_set: tuple[str, ...]
    model: str
    level: str
    """Empty where no level was predicted."""
    notes: tuple[str, ...]
    """What makes it weaker than usual, in words."""
    changes: tuple[ChangeView, ...]


def foresee(session: Session, search: SearchEngine, escalation: EscalationEngine, record: TicketRecord) -> Foresight:
    """Whether a ticket would escalate, where to, how sure that is and why; what `record` says of its outcome is not read.

    Decided by the lead's choice, as tickets of the desk are.

    Raises:
        UnavailableError: no model was trained yet, or what serves cannot be read.
    """
    try:
        seen = embedded(search, rows(session, [record]))
        said = decided(escalation, seen, choice_of(session))[0]
        changes = changed(escalation, seen[0], said)
    except NoModelError as error:
        raise UnavailableError(f"Predictions are not available. {error}") from error
    return Foresight(
        decision=said.decision, probability=said.probability, threshold=said.threshold,
        reasons=tuple(ReasonView(reason.text, reason.weight) for reason in said.reasons),
        teams=tuple(TeamView(share.team, share.probability) for share in said.teams), team_set=tuple(said.team_set),
        model=said.model, level=said.level or "", notes=said.notes, changes=changes,
    )  # fmt: skip
