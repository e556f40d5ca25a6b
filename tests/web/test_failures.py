from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import IntegrityError, OperationalError

from kb import errors
from tests.web.conftest import Visit
from web import failures
from web.desk import Desk


def test_every_named_error_has_a_status_of_its_own_class_or_the_nearest() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.DeflectError)]
    statuses = {kind.__name__: int(failures.status_of(kind("x"))) for kind in kinds}
    assert statuses == {
        "DeflectError": 500, "NotFoundError": 404, "NotAllowedError": 403, "SignInError": 401,
        "TooManyAttemptsError": 429, "ConflictError": 409, "InvalidError": 422, "UnavailableError": 503,
        "RecordsError": 503, "SchemaTooNewError": 503, "SchemaTooOldError": 503,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("method", "address", "status", "code"),
    [
        ("GET", "/api/v1/articles/nothing", 404, "not_found"),
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("GET", "/api/", 404, "not_found"),
        ("DELETE", "/api/v1/search", 405, "method_not_allowed"),
        ("GET", "/api/v1/me", 401, "not_signed_in"),
        ("GET", "/api/v1/predictions", 403, "not_allowed"),
        ("GET", "/api/v1/search?q=x&limit=1000", 422, "invalid"),
        ("GET", "/api/v1/search", 422, "invalid"),
    ],
)
def test_every_error_of_the_api_has_one_shape(
    nobody: TestClient, method: str, address: str, status: int, code: str
) -> None:
    reply = nobody.request(method, address)
    assert reply.status_code == status
    error = reply.json()["error"]
    assert set(error) == {"code", "message", "field", "reference"}
    assert error["code"] == code
    assert error["message"].endswith(".") or error["field"]
    assert error["reference"] == reply.headers["x-request-id"]


@pytest.mark.parametrize(
    "body", ['{"subject": NaN}', '{"limit": 1e999}', '{"limit": -Infinity}', '{"subject": "\\ud800"}']
)
def test_what_json_does_not_know_is_refused_without_falling_over_it(nobody: TestClient, body: str) -> None:
    reply = nobody.post("/api/v1/suggest", content=body, headers={"content-type": "application/json"})
    assert reply.status_code in {200, 422}
    if reply.status_code == 422:
        assert reply.json()["error"]["field"] in {"subject", "limit"}


def test_the_field_is_named_and_what_was_sent_is_not_repeated(nobody: TestClient) -> None:
    reply = nobody.post("/api/v1/suggest", json={"subject": "x", "limit": "the words of a customer"})
    assert reply.json()["error"]["field"] == "limit"
    assert "words of a customer" not in reply.text
    unknown = nobody.post("/api/v1/suggest", json={"subject": "x", "sujet": "y"})
    assert unknown.json()["error"]["field"] == "sujet"


def test_a_page_that_is_not_there_says_so_with_a_reference_and_ways_on(nobody: TestClient) -> None:
    reply = nobody.get("/nothing")
    assert reply.status_code == 404
    assert reply.headers["x-request-id"] in reply.text
    assert 'href="/contact"' in reply.text
    assert 'href="/"' in reply.text


def test_a_page_that_is_not_there_still_knows_who_is_signed_in(visit: Visit) -> None:
    text = visit("alma").get("/nothing").text
    assert "My tickets" in text
    assert "/sign-in" not in text


@pytest.mark.parametrize("slug", ["plover", "lapwing", "dunlin", "snipe", "title-worddraftcurlew"])
def test_a_hidden_article_and_one_that_never_was_are_the_same(nobody: TestClient, slug: str) -> None:
    for prefix in ("/articles/", "/api/v1/articles/"):
        hidden, never = nobody.get(f"{prefix}{slug}"), nobody.get(f"{prefix}neverwas")
        assert hidden.status_code == never.status_code == 404
        assert _alike(hidden.text, slug) == _alike(never.text, "neverwas")


def _alike(text: str, slug: str) -> str:
    return re.sub(r"[0-9a-f]{12}", "-", text.replace(slug, "-"))


def test_another_customers_ticket_and_one_that_never_was_are_the_same(visit: Visit) -> None:
    bert = visit("bert")
    reference = visit("alma").get("/api/v1/tickets").json()["tickets"][0]["reference"]
    for prefix in ("/tickets/", "/api/v1/tickets/"):
        hidden, never = bert.get(f"{prefix}{reference}"), bert.get(f"{prefix}T-0000-000000")
        assert hidden.status_code == never.status_code == 404
        assert _alike(hidden.text, reference) == _alike(never.text, "T-0000-000000")


@pytest.mark.parametrize(
    ("raised", "status"),
    [
        (OperationalError("select x", {}, Exception("database is locked")), 503),
        (IntegrityError("insert x", {}, Exception("UNIQUE constraint failed")), 409),
    ],
)
def test_a_database_that_refuses_is_no_crash(
    nobody: TestClient, raised: Exception, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise raised

    monkeypatch.setattr("kb.services.reading.home", refuse)
    page = nobody.get("/")
    assert page.status_code == status
    assert "select x" not in page.text
    if status == 503:
        assert page.headers["retry-after"] == "2"


def test_readers_do_not_wait_for_a_writer(nobody: TestClient, desk: Desk) -> None:
    with desk.writing() as holding:
        holding.connection()
        assert nobody.get("/articles/pair-a-reader").status_code == 200
        assert nobody.get("/api/v1/search?q=reader").json()["hits"]
        assert nobody.get("/api/v1/complete?q=reader").json()["articles"]
