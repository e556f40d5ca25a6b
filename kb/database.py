"""How the records are reached. Invariant: a writer on SQLite begins IMMEDIATE, so it never fails half-way for a lock."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

WRITING = "deflect_writing"


def connect(url: str, *, busy_seconds: float = 30.0) -> Engine:
    """An engine for `url`; SQLite gets WAL, foreign keys and a busy timeout."""
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": busy_seconds})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own record
    # The driver must not begin transactions by itself: `_begin_sqlite` says which kind.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get(WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def answers(engine: Engine) -> bool:
    """Whether the database can be asked something at this moment."""
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
    except SQLAlchemyError:
        return False
    return True


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that only looks; closing it drops whatever it changed and leaves what it read usable."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A session that may change records. The caller commits; leaving without a commit rolls back."""
    with Session(engine.execution_options(**{WRITING: True}), expire_on_commit=False) as session:
        yield session


def may_write(session: Session) -> bool:
    """Whether a session came from `writing`: it may hold the one right to write that SQLite gives."""
    return bool(session.get_bind().get_execution_options().get(WRITING, False))
