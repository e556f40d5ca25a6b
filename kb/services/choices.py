"""A lead's choice, kept as the next of its kind. Invariant: nothing is overwritten, and of two who choose at once one is told."""

from __future__ import annotations

from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kb.errors import ConflictError
from kb.models import AlarmChoice, AnswerChoice

TAKEN: Final = "Somebody else has just chosen. Look at it again."


def append(session: Session, row: AlarmChoice | AnswerChoice, last: AlarmChoice | AnswerChoice | None) -> None:
    """Keep `row`, whose number follows that of the choice its lead saw; `last` is the one that counts now.

    Raises:
        ConflictError: somebody else chose meanwhile.
    """
    if row.number != (last.number if last else 0) + 1:
        raise ConflictError(TAKEN)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise ConflictError(TAKEN) from error
