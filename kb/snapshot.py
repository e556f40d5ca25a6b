"""A whole copy of the records, taken while others write. Invariant: a copy is consistent, or it is refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from kb.errors import RecordsError
from kb.migrations import revision_of
from kb.queries.counting import row_counts

ELSEWHERE: Final = (
    "The records are on PostgreSQL, which has its own tool: pg_dump --format=custom --file=deflect.dump "
    '"$DEFLECT_DATABASE_URL", and pg_restore to bring it back. '
    "The index and the models are made again by: deflect index && deflect train"
)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a copy holds: the schema's revision, and table → rows."""

    schema: str
    counts: Mapping[str, int]


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
            raise RecordsError(
                f"The database could not be copied ({error}). Is the disk full? Then free some space."
            ) from error
        finally:
            copy.close()
    finally:
        held.close()


def examine(path: Path) -> Contents:
    """Read every page of a SQLite file, and say what it holds.

    Raises:
        RecordsError: it is damaged, no database, or of a schema that this Deflect does not know.
    """
    _verify(path)
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    try:
        with Session(engine) as session:
            return Contents(revision_of(session.connection()), row_counts(session))
    except SQLAlchemyError as error:
        raise RecordsError(f"{path.name} lacks a table that this Deflect needs.") from error


def _verify(path: Path) -> None:
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
