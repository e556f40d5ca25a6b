"""What tests of the web may ask for: the real app on a furnished home of the test's own, and people to visit it.

The search index is built once and shared, because nothing in these tests changes it; so are the app's routes. Everything
else is each test's own.
"""

from __future__ import annotations

import re
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, sync_playwright

from search.engine import Engine as Search
from tests.kb.desk_of_people import PASSWORD
from tests.web.furnishing import furnish
from web.app import create_app
from web.desk import Desk
from web.limits import Limits
from web.readiness import Readiness
from web.settings import Settings
from web.watching import Watching

Open = Callable[..., Page]
"""Opens a page of a new browser, of a person by name."""
HERE = "http://testserver"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
"""What axe is asked to hold a page to."""
Visit = Callable[[str], TestClient]


@pytest.fixture(scope="session")
def furnished_home(migrated_home: Path, encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = Path(shutil.copytree(migrated_home, tmp_path_factory.mktemp("web") / "home"))
    (home / "index").mkdir()
    (home / "index" / "encoders").symlink_to(encoder_folder, target_is_directory=True)
    desk = Desk(Settings(home=home, index_threads=1))
    with desk.writing() as session:
        furnish(session, datetime.now(UTC))
        session.commit()
    desk.search.index(desk.source)
    desk.records.dispose()
    return home


@pytest.fixture(scope="session")
def shared_search(furnished_home: Path) -> Search:
    return Search(furnished_home / "index", threads=1, index_threads=1)


@pytest.fixture
def desk(furnished_home: Path, shared_search: Search, tmp_path: Path) -> Iterator[Desk]:
    home = shutil.copytree(furnished_home, tmp_path / "desk", ignore=shutil.ignore_patterns("index"))
    made = Desk(Settings(home=Path(home), desk_name="Test desk"))
    made.__dict__["search"] = shared_search
    yield made
    made.records.dispose()


@pytest.fixture(scope="session")
def shared_app(furnished_home: Path) -> FastAPI:
    return create_app(Desk(Settings(home=furnished_home)))


@pytest.fixture
def app(shared_app: FastAPI, desk: Desk) -> FastAPI:
    """One app for all tests, because preparing its routes takes longer than most tests do; what it holds is each test's."""
    shared_app.state.desk = desk
    shared_app.state.limits = Limits()
    shared_app.state.readiness = Readiness(desk)
    shared_app.state.watching = Watching()
    return shared_app


@pytest.fixture
def nobody(app: FastAPI) -> Iterator[TestClient]:
    """A browser of somebody who is not signed in; errors come as replies, as they would to a reader."""
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False, headers={"origin": HERE}) as client:
        assert app.state.readiness.wait(30)
        yield client


@pytest.fixture
def visit(app: FastAPI, nobody: TestClient) -> Visit:
    """A browser of that person, signed in (or of nobody)."""

    def signed_in(name: str) -> TestClient:
        client = TestClient(app, raise_server_exceptions=False, follow_redirects=False, headers={"origin": HERE})
        if name != "nobody":
            sign_in(client, name)
        return client

    return signed_in


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium, for tests marked ``browser``."""
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])


@pytest.fixture
def site(app: FastAPI) -> Iterator[str]:
    """The address of the app, served for a browser."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    assert app.state.readiness.wait(60)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    listening.close()


def sign_in(client: TestClient, name: str) -> None:
    reply = client.post("/sign-in", data={"email": f"{name}@example.com", "password": PASSWORD})
    assert reply.status_code == 303, reply.text


def hidden_fields(html: str, action: str) -> dict[str, str]:
    """What the first form with that action would send without being touched."""
    form = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', html, re.DOTALL)
    assert form, f"no form for {action}"
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0])
    return {name: unescape(value) for name, value in found}


@pytest.fixture
def surf(browser: Browser, site: str) -> Iterator[Open]:
    """A page of a new browser, of that person; an error in any script fails the test."""
    contexts, problems = [], []

    def opened(name: str = "nobody", **options: object) -> Page:
        context = browser.new_context(base_url=site, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        if name != "nobody":
            page.goto("/sign-in")
            page.fill("#email", f"{name}@example.com")
            page.fill("#password", PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_url(lambda address: "/sign-in" not in address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not problems
