"""What people made of a suggestion. Invariant: only whoever was shown it counts, and saying again changes what was said."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from kb.errors import InvalidError, NotFoundError
from kb.models import Suggestion
from kb.queries import desk as desk_q
from kb.viewers import Viewer

FOR_EVERYONE: Final = ("", "solved", "not relevant", "outdated")
FOR_STAFF: Final = (*FOR_EVERYONE, "inserted")


def verdict(session: Session, viewer: Viewer, question_key: str, rank: int, said: str, now: datetime) -> None:
    """Keep a verdict on the suggestion of that rank; empty takes it back.

    Raises:
        NotFoundError: no such suggestion was shown to this viewer.
        InvalidError: no such verdict.
    """
    row = desk_q.suggestion(session, question_key, rank)
    if row is None or row[1].account_id not in (None, viewer.account_id):
        raise NotFoundError("There is no such suggestion.")
    if said not in (FOR_STAFF if viewer.staff else FOR_EVERYONE):
        raise InvalidError("Choose one of: solved, not relevant, outdated.", field="verdict")
    shown = row[0]
    shown.verdict, shown.verdict_by_id, shown.verdict_at = said, viewer.account_id, now if said else None
    session.flush()


def is_unread(session: Session, viewer: Viewer, question_key: str, slug: str) -> bool:
    """Whether that article was shown to this viewer for that question, and has not been opened from it."""
    return _unread(session, viewer, question_key, slug) is not None


def read(session: Session, viewer: Viewer, question_key: str, slug: str, now: datetime) -> None:
    """Keep that it was opened; nothing is kept of what was not shown to this viewer."""
    shown = _unread(session, viewer, question_key, slug)
    if shown is not None:
        shown.read_at = now
        session.flush()


def _unread(session: Session, viewer: Viewer, question_key: str, slug: str) -> Suggestion | None:
    row = desk_q.unread(session, question_key, slug) if question_key else None
    return row[0] if row is not None and row[1].account_id in (None, viewer.account_id) else None
