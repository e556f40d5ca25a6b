"""The main job, from a ticket that nothing answers to the next one that is spared, through the pages alone."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from search.engine import Engine as Search
from tests.web.conftest import HERE, sign_in
from tests.web.desk_cases import opened, reply_fields, text_of
from web.app import create_app
from web.desk import Desk
from web.settings import Settings
from web.worker import Worker

SUBJECT = "Scale shows E-77 after the move"
BODY = "Since we moved the counter the scale shows E-77 and weighs nothing."
CURE = "Unplug the grey adapter, hold the tare key and plug it in again: E-77 is the transport lock of the scale."
LATER = "Our scale says E-77"


@pytest.fixture
def desk(furnished_home: Path, tmp_path: Path) -> Iterator[Desk]:
    """A desk whose index may change."""
    home = Path(shutil.copytree(furnished_home, tmp_path / "desk", symlinks=True))
    made = Desk(Settings(home=home, encoder_threads=1, index_threads=1))
    made.__dict__["search"] = Search(home / "index", threads=1, index_threads=1)
    yield made
    made.records.dispose()


@pytest.mark.slow
def test_what_solved_a_ticket_answers_the_next_one(desk: Desk) -> None:
    with TestClient(create_app(desk), follow_redirects=False, headers={"origin": HERE}) as front:
        assert front.app.state.readiness.wait(60)  # type: ignore[attr-defined]
        sign_in(front, "front")
        first = opened(desk, SUBJECT, BODY)
        address = f"/desk/tickets/{first}"
        assert "scale-shows" not in front.get(address).text
        sent = front.post(f"{address}/reply", data=reply_fields(front, first) | {"body": f"Hello Bert,\n\n{CURE}"})
        assert sent.status_code == 303
        drafted = front.post(f"{address}/resolve", data={"resolution": "The transport lock was on.", "draft": "yes"})
        edit = drafted.headers["location"].split("?")[0]
        page = front.get(edit).text
        assert "transport lock" in page
        fields = {
            "version": re.search(r'name="version" value="(\d+)"', page)[1],  # type: ignore[index]
            "title": "Scale shows E-77", "summary": "Take the transport lock off.", "body": f"## Resolution\n\n{CURE}",
            "audience": "public", "topics": "Scales",
        }  # fmt: skip
        assert front.post(edit.replace("/edit", "/publish"), data=fields).status_code == 303
        worker = Worker(desk)
        while worker.round():
            pass
        second = front.get(f"/desk/tickets/{opened(desk, LATER, 'It weighs nothing any more.')}").text
        cards = re.findall(r'<li class="offer suggestion.*?</li>', second, re.DOTALL)
        assert 'data-title="Scale shows E-77"' in cards[0]
        assert re.search(r"solved a similar ticket", text_of("<main" + cards[0]), re.IGNORECASE)
        assert f'href="{address}"' in second, "the solved ticket is a similar case"
        front.cookies.clear()
        found = front.get("/search", params={"q": LATER}).text
        assert re.search(r"href=\"/articles/([\w-]+)", found)[1].startswith("scale-shows-e-77")  # type: ignore[index]
