"""What is published, changed, hidden or deleted reaches every surface through the outbox, in this process and in another."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from kb.services.asking import Asked, ask
from kb.services.status import status
from kb.viewers import ANONYMOUS
from tests.web.conftest import Visit
from web.desk import Desk
from web.settings import Settings
from web.worker import Worker

pytestmark = pytest.mark.slow
SLUG = "thaw-the-quarkle"
WORDS = "thaw the frozen quarkle lamp"
TEXT = {"title": "Thaw the quarkle", "body": "Put the frozen quarkle beside a warm lamp for an hour."}
EVERYWHERE = {"search", "page", "complete", "suggest", "list", "home", "feed", "article"}
AT_ONCE = {"list", "home", "feed", "article"}
"""What reads the database alone."""


@pytest.fixture
def desk(furnished_home: Path, tmp_path: Path) -> Iterator[Desk]:
    """With an index of its own, because these tests change it."""
    home = Path(shutil.copytree(furnished_home, tmp_path / "own", symlinks=True))
    made = Desk(Settings(home=home, desk_name="Test desk", index_threads=1))
    yield made
    made.records.dispose()


@pytest.fixture
def other(desk: Desk) -> Iterator[Desk]:
    """The same home as another process sees it: records and index opened anew, and no worker."""
    made = Desk(Settings(home=desk.settings.home, index_threads=1))
    yield made
    made.records.dispose()


def seen(client: TestClient) -> set[str]:
    """Where somebody comes across the article."""
    found = {
        "search": client.get("/api/v1/search", params={"q": WORDS}).text,
        "page": client.get("/search", params={"q": WORDS}).text,
        "complete": client.get("/api/v1/complete", params={"q": "thaw the qua"}).text,
        "suggest": client.post("/api/v1/suggest", json={"subject": WORDS, "keep": False}).text,
        "list": client.get("/api/v1/articles", params={"limit": 200}).text,
        "home": client.get("/browse", params={"topic": "Lamps"}).text,
        "feed": client.get("/feed.atom").text,
    }
    read = {"article"} if client.get(f"/articles/{SLUG}").status_code == 200 else set()
    return read | {name for name, shown in found.items() if SLUG in shown}


def found_by(desk: Desk) -> bool:
    with desk.reading() as session:
        hits = ask(session, desk.search, Asked(WORDS), ANONYMOUS, datetime.now(UTC), record=False).hits
    return SLUG in {hit.slug for hit in hits}


def work(desk: Desk) -> None:
    worker = Worker(desk)
    while worker.round():
        pass
    with desk.reading() as session:
        assert (status(session).errands_waiting, status(session).errands_given_up) == (0, 0)


def published(lead: TestClient, audience: str = "public") -> None:
    version = lead.get(f"/api/v1/drafts/{SLUG}").json()["version"]
    sent = {"version": version, "audience": audience, "topics": ["Lamps"]}
    assert lead.post(f"/api/v1/articles/{SLUG}/publish", json=sent).status_code == 200


@pytest.fixture
def lead(visit: Visit) -> TestClient:
    made = visit("lead")
    assert made.post("/api/v1/articles", json=TEXT).json()["slug"] == SLUG
    return made


def test_what_is_published_is_everywhere_after_one_round(
    lead: TestClient, visit: Visit, desk: Desk, other: Desk
) -> None:
    nobody = visit("nobody")
    assert seen(nobody) == set()
    published(lead)
    assert seen(nobody) == AT_ONCE
    work(desk)
    assert seen(nobody) == EVERYWHERE
    assert found_by(other)
    assert desk.search.check(desk.source).clean


@pytest.mark.parametrize("how", ["hidden", "archived", "deleted"])
def test_what_is_taken_away_is_gone_at_once_and_then_from_the_index(
    lead: TestClient, visit: Visit, desk: Desk, other: Desk, how: str
) -> None:
    published(lead)
    work(desk)
    assert found_by(other)
    if how == "hidden":
        published(lead, "internal")
    elif how == "archived":
        version = lead.get(f"/api/v1/drafts/{SLUG}").json()["version"]
        assert lead.post(f"/api/v1/articles/{SLUG}/archive", json={"version": version}).status_code == 204
    else:
        assert lead.delete(f"/api/v1/articles/{SLUG}").status_code == 204
    assert seen(visit("nobody")) == set(), "before any index knows of it"
    assert not found_by(other)
    work(desk)
    assert seen(visit("nobody")) == set()
    assert seen(visit("front")) == (EVERYWHERE - {"feed"} if how == "hidden" else set())
    assert desk.search.check(desk.source).clean


def test_a_new_text_takes_the_place_of_the_old_one(lead: TestClient, visit: Visit, desk: Desk, other: Desk) -> None:
    published(lead)
    work(desk)
    version = lead.get(f"/api/v1/drafts/{SLUG}").json()["version"]
    newer = TEXT | {"body": "Blow on the frozen quarkle lamp instead.", "version": version}
    assert lead.put(f"/api/v1/drafts/{SLUG}", json=newer).status_code == 200
    work(desk)
    nobody = visit("nobody")
    assert "beside a warm lamp" in nobody.get("/api/v1/search", params={"q": WORDS}).text, "saving publishes nothing"
    published(lead)
    work(desk)
    shown = nobody.get("/api/v1/search", params={"q": WORDS}).text
    assert "Blow on the frozen" in shown
    assert "beside a warm lamp" not in shown
    assert found_by(other)
