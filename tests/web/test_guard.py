from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.web.conftest import Visit
from web.app import create_app
from web.desk import Desk
from web.guard import LARGEST_FORM, LARGEST_JSON
from web.limits import Limit

WORDS = "the words of a customer"
PAGES = ("/", "/search?q=refund", "/articles/refund-a-payment", "/nothing-here", "/contact", "/sign-in", "/healthz")


@pytest.mark.parametrize("address", PAGES)
def test_every_reply_has_its_headers(nobody: TestClient, address: str) -> None:
    headers = nobody.get(address).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert len(headers["x-request-id"]) == 12


def test_what_a_signed_in_person_sees_is_kept_by_nobody(visit: Visit) -> None:
    assert visit("alma").get("/").headers["cache-control"] == "no-store"
    assert visit("nobody").get("/api/v1/articles").headers["cache-control"] == "no-store"


def test_no_page_has_a_script_or_a_style_of_its_own(visit: Visit) -> None:
    alma = visit("alma")
    for address in ("/", "/search?q=refund", "/contact", "/tickets", "/articles/pair-a-reader"):
        text = alma.get(address).text
        assert "<style" not in text
        assert " style=" not in text
        assert " onclick=" not in text
        assert text.count("<script") == text.count('<script type="module" src="/static/') > 0


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"origin": "http://testserver.elsewhere.example"},
        {"origin": "http://[broken"},
    ],
)
def test_another_site_changes_nothing(visit: Visit, headers: dict[str, str]) -> None:
    alma = visit("alma")
    refused = alma.post("/sign-out", headers=headers)
    assert refused.status_code == 403
    assert "another site" in refused.text
    assert alma.get("/tickets").status_code == 200


def test_a_cookie_without_a_word_on_where_it_comes_from_is_refused(visit: Visit, app: FastAPI) -> None:
    alma = visit("alma")
    silent = TestClient(app, cookies=dict(alma.cookies), follow_redirects=False)
    assert silent.post("/sign-out").status_code == 403


def test_a_program_without_cookies_need_not_say_where_it_comes_from(app: FastAPI, nobody: TestClient) -> None:
    assert TestClient(app).post("/api/v1/suggest", json={"subject": "refund"}).status_code == 200


def test_the_browsers_own_word_counts_before_the_origin(visit: Visit) -> None:
    headers = {"sec-fetch-site": "same-origin", "origin": "https://elsewhere.example"}
    assert visit("alma").post("/sign-out", headers=headers).status_code == 303


def test_no_get_changes_anything(nobody: TestClient) -> None:
    for address in ("/sign-out", "/helpful", "/contact/solved"):
        assert nobody.get(address).status_code in {404, 405}


def test_the_headers_of_a_page_can_be_asked_for_alone(nobody: TestClient) -> None:
    for address in ("/", "/healthz", "/api/v1/articles", "/articles/heron"):
        reply = nobody.head(address)
        assert reply.status_code == 200, address
        assert reply.text == ""
    assert nobody.head("/nothing").status_code == 404


def test_a_body_that_is_too_large_is_refused_before_it_is_read(nobody: TestClient) -> None:
    page = nobody.post("/contact", data={"body": "x" * LARGEST_FORM})
    assert page.status_code == 413
    assert "too large" in page.text
    reply = nobody.post("/api/v1/suggest", content=b"x" * (LARGEST_JSON + 1))
    assert reply.status_code == 413
    assert reply.json()["error"]["code"] == "too_large"


def test_a_body_that_does_not_say_how_large_it_is_is_counted(nobody: TestClient) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(20):
            yield b"x" * 100_000

    reply = nobody.post("/contact", content=pieces(), headers={"content-type": "application/x-www-form-urlencoded"})
    assert reply.status_code == 413


def test_what_nobody_foresaw_is_a_plain_page_with_a_reference(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(desk)

    @app.get("/breaks")
    def breaks() -> None:
        raise RuntimeError(WORDS)

    @app.get("/api/breaks")
    def breaks_too() -> None:
        raise RuntimeError(WORDS)

    with caplog.at_level(logging.INFO), TestClient(app) as client:
        page = client.get("/breaks")
        reply = client.get("/api/breaks")
    for one in (page, reply):
        assert one.status_code == 500
        assert WORDS not in one.text
        assert "Traceback" not in one.text
        assert one.headers["content-security-policy"]
    reference = page.headers["x-request-id"]
    assert reference in page.text
    assert reply.json()["error"]["reference"] == reply.headers["x-request-id"]
    said = "\n".join(record.getMessage() for record in caplog.records)
    assert reference in said
    assert "in breaks" in said
    assert WORDS not in said


def test_the_log_tells_where_but_not_what_was_asked(nobody: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "deflect"):
        nobody.get("/search?q=pangolin")
        nobody.post("/contact", data={"subject": "pangolin", "body": "pangolin", "email": "pangolin@example.com"})
        nobody.post("/api/v1/suggest", json={"subject": "pangolin", "limit": "pangolin"})
    said = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("deflect"))
    assert "GET /search 200" in said
    assert "pangolin" not in said


def test_alive_before_the_engines_are_loaded_and_ready_after(app: FastAPI) -> None:
    waiting = TestClient(app)
    assert waiting.get("/healthz").json() == {"alive": True}
    early = waiting.get("/readyz")
    assert early.status_code == 503
    assert "search" in early.json()["waiting_for"]
    with TestClient(app) as started:
        assert app.state.readiness.wait(30)
        assert started.get("/readyz").json()["ready"] is True


def test_too_often_is_said_plainly(nobody: TestClient, app: FastAPI) -> None:
    app.state.limits.named["vote"] = Limit(2, 1000)
    votes = [nobody.post("/helpful", data={"slug": "pair-a-reader", "answer": "yes"}) for _ in range(3)]
    assert [vote.status_code for vote in votes] == [303, 303, 429]
    assert votes[-1].headers["retry-after"] == "60"


def test_a_limit_refills_evenly_and_forgets_nobody_else() -> None:
    clock = [0.0]
    limit = Limit(2, 10, lambda: clock[0])
    assert [limit.take("a") for _ in range(3)] == [True, True, False]
    assert limit.take("b")
    clock[0] = 5.0
    assert [limit.take("a") for _ in range(2)] == [True, False]
