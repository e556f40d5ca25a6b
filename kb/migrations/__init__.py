"""The schema's history. Invariant: a database is only ever used at the newest revision that this Deflect knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, func, select

from kb.database import WRITING
from kb.errors import SchemaTooNewError, SchemaTooOldError
from kb.models import Base

LOCK: Final = 3_353_528
"""A number of our own among a PostgreSQL database's locks."""


def configuration() -> Config:
    """Alembic's settings, made in code."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    config.set_main_option("path_separator", "os")
    return config


def migrate(engine: Engine) -> None:
    """Bring the database to the newest revision; one of the future is left alone.

    Raises:
        SchemaTooNewError: the database was written by a newer Deflect.
    """
    config = configuration()
    with engine.execution_options(**{WRITING: True}).connect() as connection, _alone(connection):
        _refuse_the_future(connection, ScriptDirectory.from_config(config))
        connection.rollback()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """One migrating process at a time; SQLite sees to that itself when a writer begins."""
    if connection.dialect.name != "postgresql":
        yield
        return
    connection.execute(select(func.pg_advisory_lock(LOCK)))
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(select(func.pg_advisory_unlock(LOCK)))
        connection.commit()


def require_current(engine: Engine) -> None:
    """Stop unless the database is at the newest revision.

    Raises:
        SchemaTooNewError: written by a newer Deflect.
        SchemaTooOldError: not migrated yet.
    """
    scripts = ScriptDirectory.from_config(configuration())
    with engine.connect() as connection:
        _refuse_the_future(connection, scripts)
        if _revision(connection) != scripts.get_current_head():
            raise SchemaTooOldError(
                "The database is older than this Deflect. Run: deflect check (every command but doctor brings it up to date)"
            )


def revision_of(connection: Connection) -> str:
    """The revision that a database is at.

    Raises:
        SchemaTooNewError: written by a newer Deflect.
    """
    _refuse_the_future(connection, ScriptDirectory.from_config(configuration()))
    return _revision(connection) or ""


def drift(engine: Engine) -> list[object]:
    """Differences between the migrated database and the models; empty when they agree."""
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_the_future(connection: Connection, scripts: ScriptDirectory) -> None:
    found = _revision(connection)
    known = {script.revision for script in scripts.walk_revisions()}
    if found is not None and found not in known:
        raise SchemaTooNewError(
            f"The database has schema {found}, which this Deflect does not know. "
            "Install the Deflect that wrote it, or restore a backup made with this one."
        )
