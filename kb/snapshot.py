"""A whole copy of the records, taken while others write. Invariant: a copy is consistent, or it is refused."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from kb.errors import RecordsError

ELSEWHERE: Final = (
    "The records are on PostgreSQL, which has its own tool: pg_dump --format=custom --file=deflect.dump "
    '"$DEFLECT_DATABASE_URL", and pg_restore to bring it back. '
    "The index and the models are made again by: deflect index && deflect train"
)


def snapshot(engine: Engine, target: Path) -> None:
    """Copy a SQLite database into the new file `target`, in one step that no writer has to wait for.

    Raises:
        RecordsError: the records are not in SQLite, or the copy cannot be written; the message says what to do.
    """
    if engine.dialect.name != "sqlite":
        raise RecordsError(ELSEWHERE)
    held = engine.raw_connection()
    try:
        source = held.driver_connection
        if not isinstance(source, sqlite3.Connection):
            raise RecordsError(ELSEWHERE)
        copy = sqlite3.connect(target)
        try:
            source.backup(copy)
            # One file and no log beside it: what is read back is what was written.
            copy.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.Error as error:
            raise RecordsError(f"The database could not be copied ({error}). Is the disk full? Then free some space.") from error
        finally:
            copy.close()
    finally:
        held.close()


def examine(path: Path) -> None:
    """Read every page of a SQLite file.

    Raises:
        RecordsError: it is damaged, or no database.
    """
    try:
        database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            said = database.execute("PRAGMA integrity_check(1)").fetchone()[0]
            orphan = database.execute("PRAGMA foreign_key_check").fetchone()
        finally:
            database.close()
    except sqlite3.DatabaseError as error:
        raise RecordsError(f"{path.name} cannot be read as a database: {error}") from error
    if said != "ok" or orphan is not None:
        raise RecordsError(f"{path.name} is damaged: {said if said != 'ok' else f'a row of {orphan[0]} has no parent'}")
