"""`deflect recurring`: looked for now, and kept for the desk's pages."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from kb.records import TicketRecord
from kb.services import recurring
from kb.services.importing import import_ticket
from kb.viewers import SYSTEM
from tests.kb.test_recurring import BLANK, OTHERS, PAYOUT
from web.cli import cli
from web.desk import Desk
from web.settings import Settings

NOW = datetime.now(UTC)


@pytest.fixture
def home(migrated_home: Path, encoder_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = Path(shutil.copytree(migrated_home, tmp_path / "home"))
    shutil.copytree(encoder_folder, made / "index" / "encoders")
    monkeypatch.setenv("DEFLECT_HOME", str(made))
    return made


def said(*words: str) -> str:
    done = CliRunner().invoke(cli, ["recurring", *words], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def test_what_keeps_coming_back_is_told_and_kept(home: Path) -> None:
    assert "Nothing keeps coming back." in said()
    desk = Desk(Settings(home=home))
    with desk.writing() as session:
        for number, subject in enumerate((*BLANK, *PAYOUT, *OTHERS)):
            at = NOW - timedelta(days=number)
            record = TicketRecord(
                f"T-{number}", subject, f"{subject}. Please help.", at, resolved_at=at + timedelta(hours=2)
            )
            import_ticket(session, record, NOW)
        session.commit()
    lines = said().splitlines()
    assert [line.split()[:2] for line in lines] == [["6", "tickets,"], ["6", "tickets,"]]
    found = json.loads(said("--json"))
    assert {one["size"] for one in found} == {6}
    with desk.reading() as session:
        kept = recurring.issues(session, SYSTEM)
    assert [one.name for one in kept] == [one["name"] for one in found]
    desk.records.dispose()
