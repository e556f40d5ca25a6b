"""A home goes into an archive and comes back whole, or not at all."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import subprocess
import threading
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kb import database
from kb.errors import RecordsError
from kb.migrations import migrate
from kb.records import ticket_record
from kb.services.asking import Asked, ask
from kb.services.importing import import_ticket
from kb.viewers import ANONYMOUS
from tests.cli.command import DEFLECT, environment, tree
from tests.cli.conftest import run_in
from tests.cli.test_importing import counted
from web.backups import history
from web.backups.making import back_up
from web.backups.manifest import NAME, BackupError, Manifest
from web.backups.restoring import read_manifest, restore, try_out
from web.desk import Desk
from web.presence import present_in
from web.settings import Settings

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
QUESTIONS = ("card reader frozen", "money back for a customer", "no internet at the till", "button", "refund amount")


@pytest.fixture
def archive(home: Path, tmp_path: Path) -> Path:
    """Of a home with records only, which is quick."""
    target = tmp_path / "desk.zip"
    back_up(Desk(Settings(home=home)), target, NOW)
    return target


def rewritten(archive: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The same archive after somebody laid hands on it."""
    with zipfile.ZipFile(archive) as file:
        content = {name: file.read(name) for name in file.namelist()}
    change(content)
    target = archive.with_name("changed.zip")
    with zipfile.ZipFile(target, "w") as file:
        for name, data in content.items():
            file.writestr(name, data)
    return target


def sealed(content: dict[str, bytes], **changes: object) -> None:
    """Change the manifest as one who knows how it is sealed."""
    manifest = json.loads(content[NAME])
    manifest.pop("seal")
    manifest |= changes
    seal = hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()
    content[NAME] = json.dumps(manifest | {"seal": seal}).encode()


def found(home: Path) -> list[list[tuple[str, float]]]:
    desk = Desk(Settings(home=home))
    with desk.reading() as session:
        answers = [ask(session, desk.search, Asked(words), ANONYMOUS, NOW, record=False) for words in QUESTIONS]
    desk.records.dispose()
    return [[(hit.slug, hit.score) for hit in answer.hits] for answer in answers]


@pytest.mark.slow
def test_a_fresh_home_holds_and_finds_the_same(small_home: Path, tmp_path: Path) -> None:
    archive = tmp_path / "desk.zip"
    assert run_in(small_home, "backup", str(archive)).exit_code == 0
    fresh = tmp_path / "fresh"
    said = run_in(fresh, "restore", str(archive))
    assert said.exit_code == 0
    assert "3 articles, 3 tickets" in said.stdout
    assert counted(fresh) == counted(small_home)
    assert found(fresh) == found(small_home)
    assert run_in(fresh, "check").exit_code == 0
    assert (fresh.stat().st_mode & 0o777, archive.stat().st_mode & 0o777) == (0o700, 0o600)
    # Encoder and index came along byte for byte; the cache of vectors and the locks did not.
    kept = {name: size for name, size in tree(small_home).items() if name.startswith("index") and "vectors" not in name}
    assert tree(fresh).items() >= kept.items()
    assert "index/vectors.sqlite" not in tree(fresh)


def test_a_model_comes_back_bit_by_bit(own_home: Path, tmp_path: Path) -> None:
    shutil.rmtree(own_home / "index", ignore_errors=True)
    archive = tmp_path / "desk.zip"
    assert run_in(own_home, "backup", str(archive)).exit_code == 0
    assert run_in(tmp_path / "fresh", "restore", str(archive)).exit_code == 0
    models = {
        path: path.read_bytes()
        for path in (own_home / "models").rglob("*")
        if path.suffix != ".lock" and path.is_file()
    }
    assert models
    for path, content in models.items():
        assert (tmp_path / "fresh" / path.relative_to(own_home)).read_bytes() == content
    assert run_in(tmp_path / "fresh", "models", "list").stdout == run_in(own_home, "models", "list").stdout


def test_a_backup_while_others_write_is_one_moment(home: Path, tmp_path: Path) -> None:
    desk = Desk(Settings(home=home))
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            with desk.writing() as session:
                for part in ("a", "b"):
                    import_ticket(session, ticket_record({"id": f"{number}{part}", "subject": "x"}), NOW)
                session.commit()
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while counted(home)["ticket"] < 20:
            time.sleep(0.01)
        manifests = [back_up(desk, tmp_path / f"{n}.zip", NOW) for n in range(3)]
    finally:
        stop.set()
        writer.join()
    counts = [manifest.counts["ticket"] for manifest in manifests]
    assert counts == sorted(counts)
    # Two tickets a transaction: an odd number would be half of one.
    assert [count % 2 for count in counts] == [0, 0, 0]
    for number, count in enumerate(counts):
        restore(tmp_path / f"{number}.zip", tmp_path / f"home{number}", NOW)
        assert counted(tmp_path / f"home{number}")["ticket"] == count


def test_a_restore_test_is_recorded_and_changes_nothing(home: Path, archive: Path) -> None:
    before = counted(home)
    assert history.last(home, "restore test") is None
    assert try_out(archive, home, NOW).counts == before
    tested = history.last(home, "restore test")
    assert tested is not None
    assert (tested.at, tested.archive) == (NOW, "desk.zip")
    assert tested.sha256 == hashlib.sha256(archive.read_bytes()).hexdigest()
    assert counted(home) == before
    assert list(home.glob(".restoring*")) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c.update({"deflect.db": c["deflect.db"][:-1] + b"!"}), "deflect.db is not what its manifest says"),
        (lambda c: c.update({"deflect.db": c["deflect.db"] + b"more"}), "deflect.db is not what its manifest says"),
        (lambda c: c.update({"models/extra": b"x"}), "holds other files than its manifest says"),
        (lambda c: c.pop("deflect.db"), "holds other files than its manifest says"),
        (lambda c: c.update({NAME: c[NAME].replace(b'"ticket": 0', b'"ticket": 9')}), "does not match its seal"),
        (lambda c: c.pop(NAME), "it has no manifest"),
        (lambda c: sealed(c, version=2), "made by a newer Deflect"),
        (lambda c: sealed(c, format="another"), "Not a Deflect backup"),
        (lambda c: sealed(c, counts={"ticket": 9}), "does not hold what the manifest says"),
        (lambda c: sealed(c, files={"deflect.db": {"sha256": "0" * 64, "bytes": 10**15}}), "Free some space"),
    ],
)  # fmt: skip
def test_a_changed_archive_is_refused(
    change: Callable[[dict[str, bytes]], None], said: str, archive: Path, tmp_path: Path
) -> None:
    changed = rewritten(archive, change)
    with pytest.raises(BackupError, match=said):
        restore(changed, tmp_path / "fresh", NOW)
    assert not (tmp_path / "fresh").exists()
    assert list(tmp_path.glob(".restoring*")) == []


@pytest.mark.parametrize(
    "name",
    ["../evil", "/etc/evil", "index/../../evil", "models/./x", "index", "backups/x", "models\\..\\x", "index/a\nb"],
)
def test_a_path_out_of_the_home_is_refused(name: str, archive: Path, tmp_path: Path) -> None:
    def add(content: dict[str, bytes]) -> None:
        files = json.loads(content[NAME])["files"] | {name: {"sha256": hashlib.sha256(b"x").hexdigest(), "bytes": 1}}
        sealed(content, files=files)
        content[name] = b"x"

    before = tree(tmp_path)
    changed = rewritten(archive, add)
    with pytest.raises(BackupError, match="which no home has"):
        restore(changed, tmp_path / "deep" / "fresh", NOW)
    changed.unlink()
    assert tree(tmp_path) == before


@pytest.mark.parametrize("content", [b"", b"not a zip at all", b"PK\x03\x04 cut off"])
def test_what_is_no_archive_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "desk.zip").write_bytes(content)
    with pytest.raises(BackupError, match="damaged or no Deflect backup"):
        read_manifest(tmp_path / "desk.zip")


def test_a_flipped_bit_anywhere_is_noticed(archive: Path, tmp_path: Path) -> None:
    whole = archive.read_bytes()
    with zipfile.ZipFile(archive) as file:
        entry, expected = file.getinfo("deflect.db"), file.read("deflect.db")
    refused = 0
    begin = entry.header_offset + 100
    for at in range(begin, begin + entry.compress_size - 200, max(entry.compress_size // 12, 1)):
        damaged = bytearray(whole)
        damaged[at] ^= 0x10
        (tmp_path / "damaged.zip").write_bytes(damaged)
        try:
            restore(tmp_path / "damaged.zip", tmp_path / "fresh", NOW)
        except BackupError:
            refused += 1
            assert not (tmp_path / "fresh").exists()
        else:
            # Where a run of equal bytes is told by another such run, the bit made no difference.
            assert (tmp_path / "fresh" / "deflect.db").read_bytes() == expected
            shutil.rmtree(tmp_path / "fresh")
    assert refused >= 9


def test_a_schema_from_the_future_is_refused(home: Path, tmp_path: Path) -> None:
    engine = database.connect(f"sqlite:///{home / 'deflect.db'}")
    migrate(engine)
    desk = Desk(Settings(home=home))
    with desk.records.begin() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '2031_01_01_later'")
    engine.dispose()
    said = run_in(home, "backup", str(tmp_path / "x.zip"))
    assert "2031_01_01_later" in str(said.exception)
    assert not (tmp_path / "x.zip").exists()


def test_a_home_that_is_not_empty_stays_unless_told(home: Path, archive: Path) -> None:
    (home / "note").write_text("mine")
    before = tree(home)
    with pytest.raises(BackupError, match="is not empty"):
        restore(archive, home, NOW)
    assert tree(home) == before
    _, aside = restore(archive, home, NOW, replace=True)
    assert aside is not None
    assert (aside / "note").read_text() == "mine"
    assert not (home / "note").exists()
    assert counted(home) == counted(aside)


def test_a_home_that_is_served_is_not_swapped(home: Path, archive: Path) -> None:
    with present_in(home):
        said = run_in(home, "restore", str(archive), "--replace")
    assert "is being served" in str(said.exception)
    assert history.last(home, "restore") is None


def test_an_archive_is_never_overwritten(home: Path, archive: Path) -> None:
    before = archive.read_bytes()
    with pytest.raises(BackupError, match="exists already"):
        back_up(Desk(Settings(home=home)), archive, NOW)
    assert archive.read_bytes() == before


def test_the_way_out_of_postgresql_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, archive: Path) -> None:
    monkeypatch.setenv("DEFLECT_DATABASE_URL", "postgresql+psycopg://somewhere/deflect")
    said = run_in(tmp_path / "elsewhere", "restore", str(archive))
    assert "DEFLECT_DATABASE_URL is set" in said.stderr
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.postgres
def test_a_backup_of_postgresql_names_its_own_tool(postgres_url: str, tmp_path: Path) -> None:
    desk = Desk(Settings(home=tmp_path / "home", database_url=postgres_url))
    with pytest.raises(RecordsError, match="pg_dump"):
        back_up(desk, tmp_path / "x.zip", NOW)
    desk.records.dispose()
    assert list(tmp_path.iterdir()) == []


def test_killed_while_restoring_there_is_no_home(home: Path, tmp_path: Path) -> None:
    # Enough that unpacking takes a moment.
    (home / "models").mkdir()
    (home / "models" / "large").write_bytes(b"\0" * 400_000_000)
    archive = tmp_path / "desk.zip"
    manifest = back_up(Desk(Settings(home=home)), archive, NOW)
    assert "models/large" in manifest.files
    running = subprocess.Popen(
        [DEFLECT, "--home", str(tmp_path / "fresh"), "restore", str(archive)],
        env=environment(),
        stderr=subprocess.DEVNULL,
    )
    while not list(tmp_path.glob(".restoring*/models")) and running.poll() is None:
        time.sleep(0.005)
    running.send_signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    assert not (tmp_path / "fresh").exists()
    assert run_in(tmp_path / "fresh", "restore", str(archive)).exit_code == 0
    assert counted(tmp_path / "fresh") == manifest.counts


def test_a_manifest_survives_the_way(archive: Path) -> None:
    manifest = read_manifest(archive)
    assert Manifest.from_json(manifest.to_json()) == manifest
    assert manifest.made_at == "2026-11-24T12:00:00+00:00"
