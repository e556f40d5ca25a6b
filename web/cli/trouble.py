"""Errors of other libraries in one plain line. Invariant: a traceback is written only when DEFLECT_DEBUG asks for it."""

from __future__ import annotations

import errno
import os
import traceback
from typing import Final

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from classifier.contract import ClassifierError
from search.contract import SearchError

NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
FULL: Final = "The disk is full. Free some space and run it again; nothing half-written was kept."
DATABASE_TROUBLE: Final = {
    "disk is full": FULL,
    "disk I/O error": "The disk refused to write the database: is it full or failing? Nothing half-written was kept.",
    "locked": "The database is busy: another command is writing. Run it again when that is done.",
    "readonly": "The database cannot be written. Mend the permissions of the home, or choose another with --home.",
    "malformed": "The database is damaged. Bring back the last backup: deflect restore FILE --replace",
    "not a database": "deflect.db is no database. Bring back the last backup: deflect restore FILE --replace",
}


def said(error: Exception) -> str:
    """One line that says what and, where it is known, how to mend it."""
    if os.environ.get("DEFLECT_DEBUG"):
        traceback.print_exception(error)
    if isinstance(error, SearchError | ClassifierError):
        return str(error)
    if isinstance(error, OSError):
        return FULL if error.errno in NO_ROOM else f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")
    if isinstance(error, SQLAlchemyError):
        return of_database(error)
    if isinstance(error, ValidationError) and error.title == "Settings":
        wrong = error.errors(include_url=False, include_input=False)[0]
        return f"DEFLECT_{'_'.join(map(str, wrong['loc'])).upper()}: {wrong['msg']}. Correct it, or unset it."
    return (
        f"Something went wrong that should not ({type(error).__name__}). DEFLECT_DEBUG=1 shows where; please report it."
    )


def of_database(error: SQLAlchemyError) -> str:
    """What the database refused, in words where they are known."""
    cause = str(getattr(error, "orig", None) or error).splitlines()[0]
    return next((words for sign, words in DATABASE_TROUBLE.items() if sign in cause), f"The database refused: {cause}")
