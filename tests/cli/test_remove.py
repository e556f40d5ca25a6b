from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.errors import NotFoundError
from kb.models import Article, AuditEntry, Ticket
from tests.kb.desk_of_people import article, solved
from web.cli import cli


@pytest.fixture(autouse=True)
def at_home(home: Path, session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEFLECT_HOME", str(home))
    article(session, now, "gone")
    solved(session, now, "old-1", articles=("gone",))
    session.commit()


@pytest.mark.parametrize(("kind", "name", "model"), [("article", "gone", Article), ("ticket", "old-1", Ticket)])
def test_what_is_named_is_deleted_once_somebody_is_sure(
    session: Session, kind: str, name: str, model: type[Article] | type[Ticket]
) -> None:
    asked = CliRunner().invoke(cli, ["remove", kind, name], input="n\n")
    assert asked.exit_code == 1
    assert len(session.scalars(select(model)).all()) == 1
    session.rollback()
    done = CliRunner().invoke(cli, ["remove", kind, name, "--yes"], catch_exceptions=False)
    assert done.stdout.startswith(f"deleted {name}")
    assert session.scalars(select(model)).all() == []
    assert session.scalars(select(AuditEntry.subject)).all() == [f"{kind}:{name}"]
    session.rollback()
    with pytest.raises(NotFoundError):
        CliRunner().invoke(cli, ["remove", kind, name, "--yes"], catch_exceptions=False)
