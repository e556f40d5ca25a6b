"""Errands taken from the outbox and given back. Invariant: who only looks never asks for the right to write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from classifier.contract import ClassifierError
from kb.errors import DeflectError
from kb.services import working
from search.contract import SearchError
from web.desk import Desk

LEASED: Final = 50
LONGEST_PAUSE: Final = 60.0


class Errands:
    """The outbox of one desk."""

    def __init__(self, desk: Desk, now: Callable[[], datetime]) -> None:
        self._desk = desk
        self._now = now

    def lease(self, topic: str = "", *, besides: str = "") -> tuple[working.Errand, ...]:
        """Errands that nobody is at: of one topic, or of any but one."""
        now = self._now()
        with self._desk.reading() as session:
            if not working.is_due(session, now, topic, besides=besides):
                return ()
        with self._desk.writing() as session:
            errands = working.lease(session, now, topic, besides=besides, limit=LEASED)
            session.commit()
        return errands

    def failed(self, ids: Sequence[int], reason: str) -> None:
        """They come back after a pause; where not even that can be written, the lease ends by itself."""
        with suppress(SQLAlchemyError, DeflectError), self._desk.writing() as session:
            working.failed(session, ids, reason, self._now())
            session.commit()


def told(error: Exception) -> str:
    """An error for the log: the words of those that hold no text of a ticket, else only its kind."""
    if isinstance(error, SearchError | ClassifierError | DeflectError):
        return str(error)
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    if isinstance(error, SQLAlchemyError):
        return f"the database refused ({type(getattr(error, 'orig', None) or error).__name__})"
    return type(error).__name__
