"""Errors of other libraries in one plain line. Invariant: a traceback is written only when DEFLECT_DEBUG asks for it."""

from __future__ import annotations

import os
import traceback

from sqlalchemy.exc import SQLAlchemyError

from classifier.contract import ClassifierError
from search.contract import SearchError

DISK_FULL = 28


def said(error: Exception) -> str:
    """One line that says what and, where it is known, how to mend it."""
    if os.environ.get("DEFLECT_DEBUG"):
        traceback.print_exception(error)
    if isinstance(error, SearchError | ClassifierError):
        return str(error)
    if isinstance(error, OSError) and error.errno == DISK_FULL:
        return "The disk is full. Free some space and run it again; nothing half-written was kept."
    if isinstance(error, OSError):
        return f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")
    if isinstance(error, SQLAlchemyError):
        return f"The database refused: {str(getattr(error, 'orig', error)).splitlines()[0]}"
    return (
        f"Something went wrong that should not ({type(error).__name__}). DEFLECT_DEBUG=1 shows where; please report it."
    )
