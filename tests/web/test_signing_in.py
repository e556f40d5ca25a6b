from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from kb.services import accounts
from tests.kb.desk_of_people import PASSWORD
from tests.web.conftest import HERE, Visit, sign_in
from web.app import create_app
from web.desk import Desk
from web.settings import Settings


def test_a_person_enters_and_leaves(nobody: TestClient) -> None:
    sign_in(nobody, "alma")
    token = nobody.cookies["deflect"]
    assert nobody.get("/tickets").status_code == 200
    assert nobody.post("/sign-out").headers["location"] == "/?done=signed-out"
    nobody.cookies.set("deflect", token)
    assert nobody.get("/tickets").status_code == 303, "the session must be dead, not only forgotten by the browser"


def test_signing_in_again_ends_the_session_before(nobody: TestClient) -> None:
    sign_in(nobody, "alma")
    old = nobody.cookies["deflect"]
    sign_in(nobody, "alma")
    assert nobody.cookies["deflect"] != old
    nobody.cookies.clear()
    nobody.cookies.set("deflect", old)
    assert nobody.get("/tickets").status_code == 303


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("alma@example.com", "wrong"),
        ("nobody@example.com", PASSWORD),
        ("", ""),
        ("alma@example.com", "\x00"),
        ("'; drop table account; --", PASSWORD),
        ("alma@example.com" + " " * 300, "x" * 300),
    ],
)
def test_a_wrong_name_and_a_wrong_password_read_the_same(nobody: TestClient, email: str, password: str) -> None:
    reply = nobody.post("/sign-in", data={"email": email, "password": password})
    assert reply.status_code == 401
    assert "The address or the password is wrong." in reply.text
    assert "deflect" not in nobody.cookies


def test_failed_attempts_count_although_they_fail(nobody: TestClient) -> None:
    for _ in range(5):
        nobody.post("/sign-in", data={"email": "bert@example.com", "password": "wrong"})
    paused = nobody.post("/sign-in", data={"email": "bert@example.com", "password": PASSWORD})
    assert paused.status_code == 429
    assert "Too many attempts" in paused.text
    sign_in(nobody, "alma")


def test_whoever_is_shut_out_is_out_at_once(visit: Visit, desk: Desk) -> None:
    front = visit("front")
    assert front.get("/api/v1/me").json()["role"] == "agent"
    with desk.writing() as session:
        accounts.disable(session, "front@example.com", datetime.now(UTC))
        session.commit()
    assert front.get("/api/v1/me").status_code == 401


def test_a_page_that_needs_signing_in_leads_there_and_back(nobody: TestClient) -> None:
    away = nobody.get("/tickets?x=1")
    assert away.headers["location"] == "/sign-in?next=%2Ftickets%3Fx%3D1"
    form = nobody.get(away.headers["location"]).text
    assert 'name="next" value="/tickets?x=1"' in form
    back = nobody.post("/sign-in", data={"email": "alma@example.com", "password": PASSWORD, "next": "/tickets?x=1"})
    assert back.headers["location"] == "/tickets?x=1"


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example/",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "\\\\elsewhere.example",
        "javascript:alert(1)",
        "/a\r\nset-cookie: x=1",
        "/sign-out",
        "/ok\\..\\x",
    ],
)
def test_signing_in_leads_to_pages_of_ours_only(nobody: TestClient, address: str) -> None:
    reply = nobody.post("/sign-in", data={"email": "alma@example.com", "password": PASSWORD, "next": address})
    assert reply.headers["location"] == "/"
    assert "x" not in nobody.cookies


def test_the_cookie_is_out_of_reach(nobody: TestClient) -> None:
    given = nobody.post("/sign-in", data={"email": "alma@example.com", "password": PASSWORD}).headers["set-cookie"]
    assert "HttpOnly" in given
    assert "SameSite=lax" in given
    assert "Path=/" in given
    assert "Domain" not in given


def test_behind_https_the_cookie_belongs_to_this_host_alone(desk: Desk) -> None:
    desk.settings = Settings(home=desk.settings.home, secure_cookies=True)
    there = "https://testserver"
    with TestClient(create_app(desk), base_url=there, follow_redirects=False, headers={"origin": there}) as client:
        given = client.post("/sign-in", data={"email": "alma@example.com", "password": PASSWORD})
        assert given.headers["set-cookie"].startswith("__Host-deflect=")
        assert "Secure" in given.headers["set-cookie"]
        assert "max-age=31536000" in given.headers["strict-transport-security"]
        assert client.get("/tickets").status_code == 200


def test_a_key_speaks_for_its_person_until_it_ends(nobody: TestClient, desk: Desk) -> None:
    now = datetime.now(UTC)
    with desk.writing() as session:
        key = accounts.create_key(session, "lead@example.com", "test", now, days=1)
        ended = accounts.create_key(session, "lead@example.com", "test", now, days=-1)
        session.commit()
    assert nobody.get("/api/v1/me", headers={"authorization": f"Bearer {key}"}).json()["role"] == "lead"
    for wrong in (ended, key[:-1], "x" * 5000):
        refused = nobody.get("/api/v1/articles", headers={"authorization": f"Bearer {wrong}"})
        assert refused.status_code == 401, wrong


def test_a_wrong_key_is_not_made_good_by_a_cookie(visit: Visit) -> None:
    assert visit("lead").get("/api/v1/me", headers={"authorization": "Bearer nonsense"}).status_code == 401


def test_host_headers_make_no_links(nobody: TestClient) -> None:
    text = nobody.get("/", headers={"host": "elsewhere.example", "origin": HERE}).text
    assert "elsewhere.example" not in text
