"""The desk's own questions, to try an engine on. Invariant: evenly over the desk's history, and always the same ones."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from kb.queries import tickets as tickets_q
from kb.services.asking import Asked

TICKETS_AT_ONCE: Final = 500


def own_questions(session: Session, count: int) -> list[Asked]:
    """Up to `count` solved tickets as they were asked; none is its own neighbour."""
    ids = [number for number, *_ in tickets_q.solved_rows(session)]
    if not ids:
        return []
    wanted = min(count, len(ids))
    chosen = [ids[at * len(ids) // wanted] for at in range(wanted)]
    found = [
        ticket
        for start in range(0, wanted, TICKETS_AT_ONCE)
        for ticket in tickets_q.by_ids(session, chosen[start : start + TICKETS_AT_ONCE])
    ]
    return [Asked(t.subject, t.body, t.product, t.topic, ticket_id=t.id, locale=t.locale) for t in found]
