from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, select

from kb import database
from kb.errors import SchemaTooNewError, SchemaTooOldError
from kb.migrations import configuration, drift, migrate, require_current
from kb.models import Article, Base, Ticket
from kb.records import ArticleRecord, TicketRecord
from kb.services import editing, shelving
from kb.services.importing import import_article, import_ticket
from kb.services.publishing import Text
from kb.viewers import SYSTEM

MIGRATE = """
import os, signal, sys
from sqlalchemy import event
from kb import database
from kb.migrations import migrate

engine, fatal, done = database.connect(sys.argv[1]), int(sys.argv[2]), 0

@event.listens_for(engine, "before_cursor_execute")
def count(*_):
    global done
    done += 1
    if done == fatal:
        os.kill(os.getpid(), signal.SIGKILL)

migrate(engine)
print(done)
"""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def any_records(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A migrated database of the test's own, whose tables it may change."""
    own = f"sqlite:///{tmp_path / 'own.db'}"
    engine = database.connect(own if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    migrate(engine)
    yield engine
    engine.dispose()


def migrate_elsewhere(url: str, *, fatal: int = 0) -> subprocess.Popen[str]:
    """In a process of its own, which kills itself before the statement of that number."""
    return subprocess.Popen(
        [sys.executable, "-c", MIGRATE, url, str(fatal)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": "."},
    )  # fmt: skip


def test_the_models_and_the_schema_agree(any_records: Engine) -> None:
    assert drift(any_records) == []
    assert set(inspect(any_records).get_table_names()) == {*Base.metadata.tables, "alembic_version"}


def test_migrating_again_changes_nothing(any_records: Engine) -> None:
    migrate(any_records)
    require_current(any_records)
    assert drift(any_records) == []


def test_when_an_article_first_came_out_is_found_in_what_is_kept(any_records: Engine, now: datetime) -> None:
    later = now + timedelta(days=9)
    with database.writing(any_records) as session:
        import_article(session, ArticleRecord("brought", "Brought in", "Words."), now)
        slug = editing.write(session, SYSTEM, Text("Written here", "", "Words.", "markdown"), now)
        version = editing.editable(session, SYSTEM, slug).version
        shelving.publish_newest(session, SYSTEM, slug, version, shelving.Shelving("internal"), later)
        editing.write(session, SYSTEM, Text("Never out", "", "Words.", "markdown"), now)
        session.commit()
    with any_records.execution_options(**{database.WRITING: True}).connect() as connection:
        config = configuration()
        config.attributes["connection"] = connection
        command.downgrade(config, "2026_11_28_scheduled")
        connection.commit()
    migrate(any_records)
    with database.reading(any_records) as session:
        rows = session.execute(select(Article.slug, Article.first_published_at)).all()
    assert {row[0]: row[1] for row in rows} == {"brought": now, "written-here": later, "never-out": None}


def test_down_and_up_again(any_records: Engine) -> None:
    with any_records.execution_options(**{database.WRITING: True}).connect() as connection:
        config = configuration()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        connection.commit()
    assert set(inspect(any_records).get_table_names()) == {"alembic_version"}
    migrate(any_records)
    assert drift(any_records) == []


def test_a_schema_of_the_future_is_left_alone(any_records: Engine) -> None:
    with any_records.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '2031_01_01_later'")
    for use in (migrate, require_current):
        with pytest.raises(SchemaTooNewError, match=r"schema 2031_01_01_later.*Install the Deflect that wrote it"):
            use(any_records)
    with any_records.connect() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == "2031_01_01_later"


def test_an_empty_database_must_be_migrated_first(tmp_path: Path) -> None:
    empty = database.connect(f"sqlite:///{tmp_path / 'new.db'}")
    with pytest.raises(SchemaTooOldError, match="Run: deflect check"):
        require_current(empty)
    empty.dispose()


def schema(path: Path) -> str:
    """What a file holds, but for the table that names its revision."""
    with sqlite3.connect(path) as connection:
        found = connection.execute("SELECT sql FROM sqlite_master WHERE tbl_name <> 'alembic_version' ORDER BY name")
        text = "\n".join(sql for (sql,) in found if sql)
    connection.close()
    return text


def every_revision(path: Path) -> set[str]:
    """The schema after each step of history, and before the first."""
    engine, found = database.connect(f"sqlite:///{path}"), {""}
    scripts = ScriptDirectory.from_config(configuration())
    for script in reversed(list(scripts.walk_revisions())):
        with engine.execution_options(**{database.WRITING: True}).connect() as connection:
            config = configuration()
            config.attributes["connection"] = connection
            command.upgrade(config, script.revision)
            connection.commit()
        found.add(schema(path))
    engine.dispose()
    return found


@pytest.mark.slow
def test_a_killed_migration_leaves_no_half_step_and_can_be_run_again(tmp_path: Path) -> None:
    known = every_revision(tmp_path / "steps.db")
    whole = migrate_elsewhere(f"sqlite:///{tmp_path / 'whole.db'}")
    statements = int(whole.communicate(timeout=120)[0])
    assert statements > 60
    for fatal in range(3, statements + 1, 11):
        path = tmp_path / f"killed-{fatal}.db"
        killed = migrate_elsewhere(f"sqlite:///{path}", fatal=fatal)
        killed.communicate(timeout=120)
        assert killed.returncode == -signal.SIGKILL
        assert schema(path) in known
        engine = database.connect(f"sqlite:///{path}")
        migrate(engine)
        assert drift(engine) == []
        engine.dispose()


@pytest.mark.postgres
@pytest.mark.slow
def test_a_killed_migration_on_postgres(postgres_url: str) -> None:
    killed = migrate_elsewhere(postgres_url, fatal=40)
    killed.communicate(timeout=120)
    assert killed.returncode == -signal.SIGKILL
    engine = database.connect(postgres_url)
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    migrate(engine)
    assert drift(engine) == []
    engine.dispose()


def migrate_together(url: str) -> None:
    running = [migrate_elsewhere(url) for _ in range(4)]
    ended = [(process.communicate(timeout=120)[1], process.returncode) for process in running]
    assert [status for _, status in ended] == [0, 0, 0, 0], ended
    engine = database.connect(url)
    assert drift(engine) == []
    engine.dispose()


@pytest.mark.slow
def test_processes_that_migrate_at_once(tmp_path: Path) -> None:
    migrate_together(f"sqlite:///{tmp_path / 'shared.db'}")


@pytest.mark.postgres
@pytest.mark.slow
def test_processes_that_migrate_at_once_on_postgres(postgres_url: str) -> None:
    migrate_together(postgres_url)


def test_whom_a_requester_belongs_to_is_found_in_what_is_kept(any_records: Engine, now: datetime) -> None:
    with database.writing(any_records) as session:
        for name, value in (("Company", "Miller"), ("site", "North"), ("organisation", "")):
            import_ticket(session, TicketRecord(name, "s", "b", attributes={name: value}), now)
        session.commit()
    with any_records.execution_options(**{database.WRITING: True}).connect() as connection:
        config = configuration()
        config.attributes["connection"] = connection
        command.downgrade(config, "2026_11_28_read")
        connection.commit()
    migrate(any_records)
    with database.reading(any_records) as session:
        rows = session.execute(select(Ticket.reference, Ticket.account)).all()
    assert {row[0]: row[1] for row in rows} == {"Company": "Miller", "site": "", "organisation": ""}
