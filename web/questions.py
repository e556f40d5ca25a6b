"""Questions as pages and API put them. Invariant: finding never waits for writing; what cannot be kept is not missed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Final

from fastapi import Path
from pydantic import AfterValidator
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kb.database import may_write
from kb.fields import CONTROL, SURROGATE, TURNING
from kb.services import feedback
from kb.services.asking import Answer, Asked, ask, forget, remember
from kb.viewers import Viewer
from web.desk import Desk

LONGEST_WORDS: Final = 1000
"""Characters of a search that are read; a longer one is cut, not refused."""


def clean(text: str) -> str:
    """Text as people mean it: no control characters, no turned lines, nothing that cannot be stored."""
    return SURROGATE.sub("\ufffd", TURNING.sub("", CONTROL.sub("", text)))


def clean_line(text: str) -> str:
    """The same on one line."""
    return " ".join(clean(text).split())


Number = Annotated[int, Path(ge=1, lt=2**31)]
"""Of a record, in an address; a larger one no database could be asked for."""
CleanText = Annotated[str, AfterValidator(clean)]
CleanLine = Annotated[str, AfterValidator(clean_line)]
Words = Annotated[str, AfterValidator(lambda text: clean_line(text[:LONGEST_WORDS]))]


def find(desk: Desk, session: Session, asked: Asked, viewer: Viewer, now: datetime, *, limit: int) -> Answer:
    """What there is for a question; nothing is kept of it."""
    if not f"{asked.subject}{asked.body}".strip():
        return Answer((), answered=False)
    return ask(session, desk.search, asked, viewer, now, limit=limit, record=False, fewest=desk.settings.fewest_told)


def find_and_keep(desk: Desk, session: Session, asked: Asked, viewer: Viewer, now: datetime, *, limit: int) -> Answer:
    """The same, and what was shown is kept."""
    return keep(desk, session, asked, find(desk, session, asked, viewer, now, limit=limit), viewer, now)


def keep(
    desk: Desk, session: Session, asked: Asked, answer: Answer, viewer: Viewer, now: datetime, *, replaces: str = ""
) -> Answer:
    """Keep what was shown, in a transaction of its own: a full disk or a busy writer stops no search.

    Where `session` writes itself it is kept there: it would wait for itself otherwise. `replaces` is the key of the same
    question before its writer went on.
    """
    if answer.candidates is None:
        return answer
    if may_write(session):
        return replace(answer, question_key=remember(session, desk.search, asked, answer, viewer, now))
    # One connection at a time, or as many requests as there are connections would wait for each other.
    session.rollback()
    try:
        with desk.writing() as writing:
            if replaces:
                forget(writing, viewer, replaces)
            key = remember(writing, desk.search, asked, answer, viewer, now)
            writing.commit()
    except SQLAlchemyError:
        return answer
    return replace(answer, question_key=key)


def opened(desk: Desk, session: Session, viewer: Viewer, question_key: str, slug: str, now: datetime) -> None:
    """Keep that an article was opened from a question; whoever reads it waits for no busy writer, and misses nothing."""
    if not feedback.is_unread(session, viewer, question_key, slug):
        return
    session.rollback()
    try:
        with desk.writing() as writing:
            feedback.read(writing, viewer, question_key, slug, now)
            writing.commit()
    except SQLAlchemyError:
        return
