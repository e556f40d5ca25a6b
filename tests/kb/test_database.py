from __future__ import annotations

import signal
import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from kb import database
from kb.models import Article, Message, Team, Ticket

ROOT = Path(__file__).parents[2]
WRITERS, TURNS = 20, 5


def team(records: Engine) -> int:
    with database.writing(records) as session:
        made = Team(name="Counting", description="0")
        session.add(made)
        session.commit()
        return made.id


def counted(records: Engine, number: int) -> int:
    with database.reading(records) as session:
        return int(session.get_one(Team, number).description)


def together(*work: threading.Thread) -> None:
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()


def test_a_file_is_opened_as_the_house_wants_it(records: Engine) -> None:
    with records.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        }
    assert found == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 30_000, "synchronous": 1}


def test_foreign_keys_hold(any_records: Engine, now: datetime) -> None:
    with database.writing(any_records) as session:
        session.add(Message(ticket_id=999, author_kind="customer", body="to nobody", created_at=now))
        with pytest.raises(IntegrityError):
            session.flush()


def test_leaving_without_a_commit_changes_nothing(any_records: Engine) -> None:
    for opened in (database.writing, database.reading):
        with opened(any_records) as session:
            session.add(Team(name="Nobody"))
            session.flush()
    with database.writing(any_records) as session:
        session.add(Team(name="Somebody"))
        session.commit()
    with database.reading(any_records) as session:
        assert session.scalars(select(Team.name)).all() == ["Somebody"]


def test_what_was_read_stays_usable(any_records: Engine) -> None:
    number = team(any_records)
    with database.reading(any_records) as session:
        found = session.get_one(Team, number)
    assert found.name == "Counting"


def test_a_session_knows_whether_it_may_write(any_records: Engine) -> None:
    with database.reading(any_records) as looking, database.writing(any_records) as changing:
        assert not database.may_write(looking)
        assert database.may_write(changing)


def test_a_second_writer_waits_from_its_first_word(home: Path) -> None:
    """Had it been let in to read first, it could only fail later, whatever the timeout."""
    records = database.connect(f"sqlite:///{home / 'deflect.db'}", busy_seconds=0.05)
    with database.writing(records) as first:
        first.add(Team(name="First"))
        first.flush()
        with database.writing(records) as second, pytest.raises(OperationalError, match="database is locked"):
            second.scalar(select(func.count(Team.id)))
        with database.reading(records) as looking:
            assert looking.scalar(select(func.count(Team.id))) == 0
        first.commit()
    with database.writing(records) as second:
        assert second.scalar(select(func.count(Team.id))) == 1
    records.dispose()


def test_twenty_writers_lose_no_update(records: Engine) -> None:
    number = team(records)

    def count() -> None:
        for _ in range(TURNS):
            with database.writing(records) as session:
                found = session.get_one(Team, number)
                found.description = str(int(found.description) + 1)
                session.commit()

    together(*(threading.Thread(target=count) for _ in range(WRITERS)))
    assert counted(records, number) == WRITERS * TURNS


def test_a_change_that_started_from_an_older_state_is_refused(any_records: Engine, now: datetime) -> None:
    with database.writing(any_records) as session:
        session.add(Ticket(reference="T", subject="0", body="", created_at=now, text_hash=""))
        session.commit()
    lost: list[int] = []

    def count() -> None:
        done = 0
        while done < TURNS:
            with database.writing(any_records) as session:
                found = session.scalars(select(Ticket)).one()
                found.subject = str(int(found.subject) + 1)
                try:
                    session.commit()
                    done += 1
                except StaleDataError:
                    lost.append(1)

    together(*(threading.Thread(target=count) for _ in range(8)))
    with database.reading(any_records) as session:
        found = session.scalars(select(Ticket)).one()
    assert int(found.subject) == 8 * TURNS
    assert found.version == 1 + 8 * TURNS
    # SQLite lets writers in one by one, so there nobody loses.
    assert any_records.dialect.name != "sqlite" or lost == []


def test_the_second_of_two_edits_is_told(any_records: Engine, now: datetime) -> None:
    with database.writing(any_records) as session:
        session.add(Article(slug="shared", created_at=now, updated_at=now))
        session.commit()
    held = []
    for _ in range(2):
        with database.reading(any_records) as session:
            held.append(session.scalars(select(Article)).one())
    held[0].slug, held[1].slug = "first", "second"
    with database.writing(any_records) as session:
        session.add(held[0])
        session.commit()
    with database.writing(any_records) as session:
        session.add(held[1])
        with pytest.raises(StaleDataError):
            session.commit()
    with database.reading(any_records) as session:
        assert session.scalars(select(Article.slug)).one() == "first"


KILLED = """
import os, signal, sys
from kb import database
from kb.models import Team

with database.writing(database.connect(sys.argv[1])) as session:
    session.add_all(Team(name=f"team {n}") for n in range(1000))
    session.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_writer_leaves_nothing_and_no_lock(home: Path) -> None:
    url = f"sqlite:///{home / 'deflect.db'}"
    killed = subprocess.run([sys.executable, "-c", KILLED, url], cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    records = database.connect(url, busy_seconds=0.05)
    assert counted(records, team(records)) == 0
    with database.reading(records) as session:
        assert session.scalars(select(Team.name)).all() == ["Counting"]
    records.dispose()
