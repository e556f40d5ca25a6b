"""Whether predictions still fit the desk, and whether it is time to learn again. Invariant: only looks, never changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from classifier.contract import Drift, EscalationEngine, Seen
from kb.models import Prediction, Ticket
from kb.queries import learning as learning_q
from kb.queries.tickets import SOLVED
from kb.services.labels import label_of, taught

LOOKED_AT: Final = timedelta(weeks=12)
EVERY: Final = timedelta(days=7)
NEW_OUTCOMES: Final = 20
"""Newly solved tickets without which a week alone is no reason to learn again."""
VERDICTS: Final = 50
REST: Final = timedelta(days=1)
"""Never more often than that, whatever differs."""
DIFFER: Final = "the last weeks differ"
"""Begins the cause of a training that drift asked for. The same two weeks differ for days: they ask once a week at most."""


def drift(session: Session, escalation: EscalationEngine, now: datetime) -> Drift:
    """The last twelve weeks of predictions, and what differs in the last two."""
    verdicts = learning_q.last_verdicts(session)
    rows = learning_q.first_predictions(session, now - LOOKED_AT)
    return escalation.drift([_seen(prediction, ticket, team, verdicts) for prediction, ticket, team in rows])


def training_is_due(session: Session, escalation: EscalationEngine, now: datetime) -> str | None:
    """Why the models should be trained now, in words; None where they need not. Never before somebody did it once."""
    last = learning_q.last_done(session)
    if last is None or last.ended_at is None or now - last.ended_at < REST:
        return None
    verdicts = learning_q.verdicts_since(session, last.started_at)
    if verdicts >= VERDICTS:
        return f"{verdicts} verdicts since the last training"
    solved = learning_q.solved_since(session, last.started_at)
    if now - last.ended_at >= EVERY and solved >= NEW_OUTCOMES:
        return f"by schedule, with {solved} newly solved tickets"
    if last.cause.startswith(DIFFER) and now - last.ended_at < EVERY:
        return None
    warnings = drift(session, escalation, now).warnings
    return f"{DIFFER}: {warnings[0]}" if warnings else None


def _seen(
    prediction: Prediction, ticket: Ticket, team: str | None, verdicts: dict[int, tuple[str | None, str]]
) -> Seen:
    solved = ticket.status in SOLVED
    # Numbers are always given; a nought among them is no gap.
    values = [value for value in prediction.features.values() if isinstance(value, str)]
    return Seen(
        at=prediction.created_at, probability=prediction.probability, alarm=prediction.decision == "escalate",
        given=sum(bool(value) for value in values) / len(values) if values else 1.0,
        team=str(prediction.teams[0]["team"]) if prediction.teams else None,
        escalated=taught(label_of(ticket.escalated, verdicts.get(ticket.id))) if solved else None,
        right_team=team if solved else None,
    )  # fmt: skip
