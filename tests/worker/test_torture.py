"""Index and database are driven apart, by a kill in the middle of an index run and by hand, and find together again."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from kb.records import ArticleRecord
from kb.services.asking import Asked, ask
from kb.services.importing import import_article
from kb.viewers import ANONYMOUS
from tests.cli.command import deflect
from web.cli.index import DIVERGED
from web.desk import Desk
from web.freshness import bring_up_to_date
from web.settings import Settings

pytestmark = pytest.mark.slow
NOW = datetime(2026, 5, 6, tzinfo=UTC)
TRIED = 6
SHELF = {
    "reader": "Hold the button of the frozen reader for ten seconds.",
    "ribbon": "Turn the ribbon of the label printer.",
    "drawer": "Unlock the cash drawer with the small key.",
}


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory, migrated_home: Path, encoder_folder: Path) -> Path:
    """A home with three published articles, indexed."""
    home = tmp_path_factory.mktemp("indexed") / "home"
    shutil.copytree(migrated_home, home)
    shutil.copytree(encoder_folder, home / "index" / "encoders")
    desk = opened(home)
    with desk.writing() as session:
        for slug, body in SHELF.items():
            import_article(session, ArticleRecord(slug, f"About the {slug}", body), NOW)
        session.commit()
    bring_up_to_date(desk)
    desk.records.dispose()
    return home


def opened(home: Path) -> Desk:
    return Desk(Settings(home=home, index_threads=1))


def found(desk: Desk, words: str) -> list[str]:
    with desk.reading() as session:
        return [hit.slug for hit in ask(session, desk.search, Asked(words), ANONYMOUS, NOW, record=False).hits]


def reindexing(home: Path, deadly: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.worker.reindexing", str(home), str(deadly)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_an_index_run_that_is_killed_leaves_the_old_generation_serving_and_nothing_behind(
    indexed: Path, tmp_path: Path
) -> None:
    whole = tmp_path / "whole"
    shutil.copytree(indexed, whole)
    with reindexing(whole, 0) as run:
        said, trouble = run.communicate(timeout=120)
    steps = int(said or pytest.fail(trouble))
    assert steps > TRIED
    survived = set()
    for place in range(TRIED):
        home = tmp_path / f"killed-{place}"
        shutil.copytree(indexed, home)
        serving = opened(home)
        before = serving.search.generation
        with reindexing(home, 1 + (steps - 1) * place // (TRIED - 1)) as run:
            while run.poll() is None:
                assert found(serving, "frozen reader")[0] == "reader"
        assert run.returncode == -signal.SIGKILL
        fresh = opened(home)
        for desk in (serving, fresh):
            assert found(desk, "frozen reader")[0] == "reader"
            assert desk.search.generation in (before, "gen-000002")
        survived.add(fresh.search.generation)
        bring_up_to_date(fresh)
        generations = home / "index" / "generations"
        left = {path.name for path in generations.iterdir()} - {"CURRENT", "writer.lock"}
        assert {name for name in left if not name.startswith("gen-")} == set(), "what a kill left behind is gone"
        assert fresh.search.check(fresh.source).clean
        serving.records.dispose()
        fresh.records.dispose()
        shutil.rmtree(home)
    assert survived == {"gen-000001", "gen-000002"}, "killed before the pointer moved, and after"


UNSEEN = """insert into passage (article_id, ordinal, heading, anchor, text, text_hash)
    select article_id, 99, heading, anchor, 'Words that no index run saw.', 'h' from passage where article_id = 1"""
DRIFTS = {
    "missing": (UNSEEN, "missing"),
    "stale": ("update passage set text = 'Entirely other words.', text_hash = 'other' where article_id = 1", "stale"),
    "orphaned": ("delete from passage where article_id = 1", "orphaned"),
    "hidden": ("update article set audience = 'internal' where id = 1", "stale"),
    "archived": ("update article set confidence = 'archived' where id = 1", "orphaned"),
}  # fmt: skip


@pytest.mark.parametrize("name", DRIFTS)
def test_each_kind_of_divergence_is_named_and_mended_and_shows_nobody_what_is_not_theirs(
    indexed: Path, tmp_path: Path, name: str
) -> None:
    statement, kind = DRIFTS[name]
    home = tmp_path / "home"
    shutil.copytree(indexed, home)
    desk = opened(home)
    (first,) = (slug for slug in SHELF if slug == _first(desk))
    with desk.writing() as session:
        session.execute(text(statement))
        session.commit()
    if name in ("hidden", "archived", "orphaned"):
        shown = found(desk, SHELF[first])
        assert (first in shown) == (name == "orphaned"), "every hit is authorised again"
    told = deflect(home, "check")
    assert told.status == DIVERGED
    assert f" {kind}" in told.out
    assert deflect(home, "check", "--repair").status == 0
    assert "agrees with the database" in deflect(home, "check").out
    assert desk.search.check(desk.source).clean
    assert (first in found(desk, SHELF[first])) == (name in ("missing", "stale"))
    desk.records.dispose()


def test_a_broken_file_is_named_and_made_again(indexed: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(indexed, home)
    next((home / "index" / "generations" / "gen-000001").glob("*.json")).write_text("{}")
    told = deflect(home, "check")
    assert (told.status, "broken files" in told.out) == (DIVERGED, True)
    assert deflect(home, "check", "--repair").status == 0
    assert deflect(home, "check").status == 0


def _first(desk: Desk) -> str:
    with desk.reading() as session:
        return str(session.execute(text("select slug from article where id = 1")).scalar_one())
