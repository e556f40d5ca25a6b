"""Articles suggested on a ticket. Invariant: looking again at the same suggestions is no second question."""

from __future__ import annotations

from sqlalchemy.orm import Session

from kb.queries import desk as desk_q
from kb.queries import staff as staff_q
from kb.redaction import redact
from kb.services.asking import Answer, Asked
from kb.viewers import Viewer, require

WORDS_KEPT = 4000


def key_of(session: Session, viewer: Viewer, asked: Asked, answer: Answer) -> str:
    """The key under which this person was shown the same articles for the same words before; empty if never."""
    require(viewer, "agent")
    if asked.ticket_id is None:
        return ""
    words = f"{redact(asked.subject).redacted}\n{redact(asked.body).redacted}".strip()[:WORDS_KEPT]
    question = staff_q.last_question(session, asked.ticket_id, viewer.account_id, words)
    if question is None:
        return ""
    shown = [suggestion.article_id for suggestion in staff_q.shown(session, [question.id])]
    return question.key if shown == [hit.article_id for hit in answer.hits] else ""


def verdicts(session: Session, viewer: Viewer, key: str) -> dict[int, str]:
    """What was said of the suggestions under that key, by rank."""
    require(viewer, "agent")
    question = desk_q.question_by_key(session, key) if key else None
    if question is None:
        return {}
    return {suggestion.rank: suggestion.verdict for suggestion in staff_q.shown(session, [question.id])}
