from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DBAPIError

from kb import database
from kb.models import AuditEntry, OutboxEvent
from kb.queries import desk as desk_q
from kb.services import audit
from kb.viewers import ANONYMOUS, SYSTEM, Viewer


def write(records: Engine, now: datetime, deeds: int = 2) -> None:
    with database.writing(records) as session:
        for number in range(deeds):
            audit.record(session, SYSTEM, "article.published", f"article:a{number}", now, version=number)
        session.commit()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET action = 'nothing'",
        "UPDATE audit_entry SET actor = 'somebody else' WHERE id = 1",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_entry WHERE id = 1",
    ],
)
def test_the_log_only_grows(any_records: Engine, now: datetime, statement: str) -> None:
    write(any_records, now)
    with database.writing(any_records) as session, pytest.raises(DBAPIError, match="the audit log is append-only"):
        session.connection().exec_driver_sql(statement)
    write(any_records, now, deeds=1)
    with database.reading(any_records) as session:
        kept = session.execute(select(AuditEntry.action, AuditEntry.subject).order_by(AuditEntry.id)).all()
    assert [tuple(row) for row in kept] == [
        ("article.published", "article:a0"), ("article.published", "article:a1"), ("article.published", "article:a0"),
    ]  # fmt: skip


def test_an_entry_is_not_replaced_on_sqlite(records: Engine, now: datetime) -> None:
    write(records, now)
    replace = (
        "INSERT OR REPLACE INTO audit_entry (id, at, actor, action, subject, details) VALUES (1, '', '', '', '', '')"
    )
    with database.writing(records) as session, pytest.raises(DBAPIError, match="the audit log is append-only"):
        session.connection().exec_driver_sql(replace)
    with database.reading(records) as session:
        assert session.get_one(AuditEntry, 1).subject == "article:a0"


@pytest.mark.postgres
def test_the_log_is_not_emptied_on_postgres(postgres_records: Engine, now: datetime) -> None:
    write(postgres_records, now)
    with database.writing(postgres_records) as session, pytest.raises(DBAPIError, match="append-only"):
        session.connection().exec_driver_sql("TRUNCATE audit_entry")
    with database.reading(postgres_records) as session:
        assert session.scalar(select(func.count(AuditEntry.id))) == 2


def test_who_did_what_when(any_records: Engine, now: datetime) -> None:
    viewers = (ANONYMOUS, Viewer(role="agent", account_id=7, name="Ida", email="ida@desk.example"))
    with database.writing(any_records) as session:
        for viewer in viewers:
            audit.record(session, viewer, "signed in", "account:7", now, attempts=1, way="password")
        session.commit()
    with database.reading(any_records) as session:
        newest, oldest = desk_q.audit_entries(session, "", 10)
        assert len(desk_q.audit_entries(session, "signed in", 1)) == 1
        assert desk_q.audit_entries(session, "signed out", 1) == []
    assert (oldest.actor_id, oldest.actor) == (None, "anonymous")
    assert (newest.actor_id, newest.actor, newest.at) == (7, "ida@desk.example", now)
    assert newest.details == {"attempts": 1, "way": "password"}


def test_an_errand_stands_or_falls_with_its_cause(any_records: Engine, now: datetime) -> None:
    with database.writing(any_records) as session:
        audit.errand(session, audit.INDEX_CHANGED, now, article=1)
        audit.record(session, SYSTEM, "article.published", "article:a", now)
    with database.reading(any_records) as session:
        assert session.scalars(select(OutboxEvent)).all() == []
        assert session.scalars(select(AuditEntry)).all() == []
    with database.writing(any_records) as session:
        audit.errand(session, audit.INDEX_CHANGED, now, article=1)
        session.commit()
        (event,) = session.scalars(select(OutboxEvent))
        assert (event.topic, event.payload, event.available_at, event.attempts) == ("index", {"article": 1}, now, 0)
