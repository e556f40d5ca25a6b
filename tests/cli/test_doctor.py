"""Each thing that may be wrong is made wrong, and the doctor names it with its fix."""

from __future__ import annotations

import json
import shutil
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from kb.services import audit, working
from tests.cli.conftest import run_in
from web.backups import history
from web.desk import Desk
from web.diagnosis import desk as desk_checks
from web.diagnosis import machine
from web.diagnosis.check import Check
from web.presence import present_in
from web.settings import Settings

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def found(home: Path, status: int = 0) -> dict[str, Check]:
    result = run_in(home, "doctor", "--json")
    assert result.exit_code == status, result.stdout
    said = json.loads(result.stdout)
    assert said["well"] == (status == 0)
    checks = {row["name"]: Check(**row) for row in said["checks"]}
    assert [check for check in checks.values() if (check.state == "ok") != (check.fix == "")] == []
    return checks


@pytest.fixture(autouse=True)
def a_free_port(monkeypatch: pytest.MonkeyPatch) -> None:
    # Port 8080 of the machine that tests may be anybody's.
    monkeypatch.setenv("DEFLECT_PORT", "0")


def test_a_desk_in_good_order(small_home: Path) -> None:
    run_in(small_home, "backup")
    archive = next((small_home / "backups").glob("*.zip"))
    run_in(small_home, "restore", str(archive), "--test")
    checks = found(small_home)
    failing = {name for name, check in checks.items() if check.state == "failed"}
    assert failing == set()
    assert (
        checks["Index"].state == checks["Database"].state == checks["Errands"].state == checks["Encoder"].state == "ok"
    )
    assert "last restore test" in checks["Backup"].says
    assert "not trained" in checks["Model"].says


def test_a_trained_model_is_loaded(own_home: Path) -> None:
    assert found(own_home)["Model"].state == "ok"
    model = next((own_home / "models").rglob("model.skops"))
    model.write_bytes(model.read_bytes()[:-10])
    check = found(own_home, status=5)["Model"]
    assert "damaged" in check.says
    assert "deflect train" in check.fix


def test_a_home_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    checks = found(tmp_path / "none")
    assert not (tmp_path / "none").exists()
    assert "deflect demo" in checks["Home"].fix
    assert checks["Database"].says == "not made yet"
    assert "Index" not in checks


def test_it_says_what_a_person_reads(tmp_path: Path) -> None:
    shown = run_in(tmp_path / "none", "doctor").stdout
    assert "warn  Home" in shown
    assert "→ Make it: deflect demo" in shown


def test_a_damaged_database(home: Path) -> None:
    content = bytearray((home / "deflect.db").read_bytes())
    content[20_000:60_000] = b"\xff" * 40_000
    (home / "deflect.db").write_bytes(content)
    check = found(home, status=5)["Database"]
    assert check.state == "failed"
    assert "deflect restore" in check.fix


def test_a_database_of_the_future(home: Path) -> None:
    desk = Desk(Settings(home=home))
    with desk.records.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '2031_01_01_later'"))
    desk.records.dispose()
    assert "2031_01_01_later" in found(home, status=5)["Database"].says


def test_a_database_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEFLECT_DATABASE_URL", "postgresql+psycopg://desk:secret@127.0.0.1:9/desk?connect_timeout=2")
    check = found(tmp_path / "home", status=5)["Database"]
    assert "does not answer" in check.says
    assert "secret" not in check.says
    assert "DEFLECT_DATABASE_URL" in check.fix


def test_an_index_that_differs(small_home: Path) -> None:
    desk = Desk(Settings(home=small_home))
    with desk.writing() as session:
        session.execute(text("update article set confidence = 'archived' where slug = 'refund'"))
        session.commit()
    desk.records.dispose()
    check = found(small_home, status=5)["Index"]
    assert "differ from the database" in check.says
    assert check.fix == "deflect check --repair"


def test_an_index_that_is_behind_a_waiting_worker(small_home: Path) -> None:
    desk = Desk(Settings(home=small_home))
    with desk.writing() as session:
        session.execute(text("update article set confidence = 'archived' where slug = 'refund'"))
        audit.errand(session, audit.INDEX_CHANGED, NOW)
        session.commit()
    desk.records.dispose()
    checks = found(small_home)
    assert checks["Index"].state == "warning"
    assert "1 waiting" in checks["Errands"].says


def test_a_damaged_index(small_home: Path) -> None:
    served = small_home / "index" / "generations" / "gen-000001" / "documents.json"
    served.write_bytes(served.read_bytes()[:-1] + b" ")
    check = found(small_home, status=5)["Index"]
    assert "documents.json" in check.says or "manifest" in check.says
    assert check.fix == "deflect check --repair"


def test_articles_and_no_index(small_home: Path) -> None:
    shutil.rmtree(small_home / "index" / "generations")
    assert found(small_home)["Index"].fix == "deflect index"


def test_errands_that_were_given_up(home: Path) -> None:
    desk = Desk(Settings(home=home))
    with desk.writing() as session:
        audit.errand(session, "nobody's", NOW)
        session.flush()
        session.execute(text("update outbox_event set attempts = :tries"), {"tries": working.TRIES})
        session.commit()
    desk.records.dispose()
    check = found(home)["Errands"]
    assert "1 given up" in check.says
    assert "--retry" in check.fix


@pytest.mark.parametrize(
    ("version", "state"),
    [((3, 6, 23), "ok"), ((3, 7, 0), "warning"), ((3, 51, 2), "warning"), ((3, 51, 3), "ok"), ((3, 52, 0), "ok")],
)
def test_the_bug_of_some_sqlite_versions(version: tuple[int, ...], state: str, tmp_path: Path) -> None:
    check = machine.sqlite(Settings(home=tmp_path), version)
    assert check.state == state
    assert ("WAL-reset bug" in check.says) == (state == "warning")
    elsewhere = Settings(home=tmp_path, database_url="postgresql+psycopg://somewhere/desk")
    assert machine.sqlite(elsewhere, version).state == "ok"


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = Settings(home=tmp_path, port=taken.getsockname()[1])
        assert machine.port(settings).state == "failed"
        with present_in(tmp_path):
            assert "is being served" in machine.port(settings).says


def test_a_service_open_to_others_without_https(tmp_path: Path) -> None:
    check = machine.port(Settings(home=tmp_path, host="0.0.0.0", port=0))  # noqa: S104 - what is warned of
    assert (check.state, "DEFLECT_SECURE_COOKIES" in check.fix) == ("warning", True)


def test_a_clock_that_cannot_be_right() -> None:
    assert machine.clock(datetime(1970, 1, 1, tzinfo=UTC), None).state == "failed"
    assert machine.clock(NOW, NOW + timedelta(hours=1)).state == "warning"
    assert machine.clock(NOW, NOW - timedelta(hours=1)).state == "ok"


def test_a_home_that_everybody_can_read(home: Path) -> None:
    home.chmod(0o755)
    (home / "deflect.db").chmod(0o644)
    assert "chmod 700" in machine.home(Settings(home=home)).fix
    home.chmod(0o700)
    assert machine.home(Settings(home=home)).state == "ok"


def test_a_backup_that_is_old(home: Path) -> None:
    made = history.Event("backup", NOW - timedelta(days=8), "old.zip", "", 1)
    history.record(home, made)
    assert desk_checks.backups(Settings(home=home), NOW).state == "warning"
    history.record(home, history.Event("backup", NOW, "new.zip", "", 1))
    assert "never tried out" in desk_checks.backups(Settings(home=home), NOW).says
    history.record(home, history.Event("restore test", NOW, "new.zip", "", 1))
    assert desk_checks.backups(Settings(home=home), NOW).state == "ok"


def test_a_look_that_fails_is_a_finding() -> None:
    def broken() -> Check:
        raise RuntimeError("words of a customer")

    check = desk_checks.attempted("Disk", broken)
    assert (check.state, check.name, "words" in check.says) == ("failed", "Disk", False)
