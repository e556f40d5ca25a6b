"""Publishing is killed at its steps, from the first statement to the last rename: old or new, never half."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kb.records import article_record
from kb.services import reading
from kb.services.asking import Asked, ask
from kb.services.importing import import_article
from kb.services.status import status
from kb.viewers import ANONYMOUS
from tests.worker.publishing import NEW
from web.desk import Desk
from web.freshness import bring_up_to_date
from web.settings import Settings
from web.worker import Worker

pytestmark = pytest.mark.slow
OLD = "The old words: take the battery out and put it back."
TRIED = 12


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, migrated_home: Path, encoder_folder: Path) -> Path:
    """A home with one published article, indexed."""
    home = tmp_path_factory.mktemp("published") / "home"
    shutil.copytree(migrated_home, home)
    (home / "index").mkdir()
    (home / "index" / "encoders").symlink_to(encoder_folder, target_is_directory=True)
    desk = Desk(Settings(home=home, index_threads=1))
    with desk.writing() as session:
        record = article_record(
            {"slug": "reader", "title": "The reader is frozen", "body": OLD, "body_format": "markdown"}
        )
        import_article(session, record, datetime.now(UTC))
        session.commit()
    bring_up_to_date(desk)
    desk.records.dispose()
    return home


def run(home: Path, deadly: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.worker.publishing", str(home), str(deadly)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def said(desk: Desk) -> tuple[str, str]:
    """(what the article says, what a search shows of it)."""
    with desk.reading() as session:
        html = reading.article(session, ANONYMOUS, "reader").html
        hits = ask(session, desk.search, Asked("reader is frozen"), ANONYMOUS, datetime.now(UTC), record=False).hits
    return html, hits[0].passage


def test_whenever_it_is_killed_the_article_is_old_or_new_and_the_index_follows(published: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    shutil.copytree(published, whole, symlinks=True)
    done = run(whole, 0)
    assert done.returncode == 0, done.stderr
    steps = int(done.stdout)
    assert steps > TRIED
    seen = set()
    for place in range(TRIED):
        home = tmp_path / f"killed-{place}"
        shutil.copytree(published, home, symlinks=True)
        # More of the steps are in the index run than in the transaction, so the first few are all tried.
        deadly = place + 1 if place < 4 else 4 + (steps - 4) * (place - 3) // (TRIED - 4)
        assert run(home, deadly).returncode == -signal.SIGKILL
        desk = Desk(Settings(home=home, index_threads=1))
        html, passage = said(desk)
        assert (OLD in html) != (NEW in html)
        assert passage in (OLD, NEW)
        worker = Worker(desk, now=lambda: datetime.now(UTC).replace(year=2099))
        while worker.round():
            pass
        html, passage = said(desk)
        assert passage in html
        with desk.reading() as session:
            assert (status(session).errands_waiting, status(session).errands_given_up) == (0, 0)
        assert desk.search.check(desk.source).clean
        assert not list((home / "index" / "generations").glob(".gen-*"))
        seen.add(NEW in html)
        desk.records.dispose()
        shutil.rmtree(home)
    assert seen == {True, False}
