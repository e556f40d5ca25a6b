"""Who sees what, on every route there is. A new route is in this matrix by existing; one whose parameters the matrix
cannot fill fails it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.routing import RouteContext, iter_route_contexts
from fastapi.testclient import TestClient
from sqlalchemy import select

from kb.models import Article, Ticket
from kb.services import accounts
from tests.web.conftest import Visit
from tests.web.furnishing import ARCHIVED, DRAFT, EVERYBODY, INTERNAL, NOTE, PRIVATE, SECRETS
from web.desk import Desk

PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
ALIKE = "blinking light"
"""Words that stand in every guarded text, so that each is a candidate for an answer."""


def routes(app: FastAPI) -> list[RouteContext]:
    """Every route but the static files."""
    return [route for route in iter_route_contexts(app.routes) if route.methods]


@pytest.fixture
def values(desk: Desk) -> dict[str, list[str]]:
    with desk.reading() as session:
        slugs = list(session.scalars(select(Article.slug)))
        references = list(session.scalars(select(Ticket.reference)))
    return {
        "slug": slugs, "reference": references, "question_key": ["nothing"], "name": ["notes.txt"],
        "version": ["20260101-000000"],
    }  # fmt: skip


def addresses(route: RouteContext, values: dict[str, list[str]]) -> list[str]:
    names = PARAMETER.findall(route.path or "")
    numbers = {name: ["1", "2"] for name in names if name.endswith("_id") or name in {"number", "prediction"}}
    pools = [(values | numbers)[name] for name in names]
    return [_filled(route.path or "", dict(zip(names, chosen, strict=True))) for chosen in product(*pools)]


def _filled(path: str, chosen: dict[str, str]) -> str:
    return PARAMETER.sub(lambda match: quote(chosen[match[1]]), path)


def leaks(who: str, text: str) -> list[str]:
    return [secret.word for secret in SECRETS if who not in secret.seen_by and secret.word in text]


@pytest.mark.slow
@pytest.mark.parametrize("who", sorted(EVERYBODY))
def test_no_route_shows_anybody_what_is_not_for_them(
    visit: Visit, app: FastAPI, values: dict[str, list[str]], who: str
) -> None:
    visitor = visit(who)
    found: list[str] = []
    assert {"/", "/articles/{slug:path}", "/api/v1/tickets/{reference:path}"} <= {route.path for route in routes(app)}
    for route in routes(app):
        for address in addresses(route, values):
            for method in sorted((route.methods or set()) - {"HEAD"}):
                if "sign" in address:
                    continue
                reply = visitor.request(method, address, params={"q": ALIKE, "words": ALIKE, "k": "x"})
                found += [f"{method} {address}: failed"] if reply.status_code == 500 else []
                found += [f"{method} {address}: {word}" for word in leaks(who, _without_echo(reply.text, address))]
    assert not found


def _without_echo(text: str, address: str) -> str:
    """What the visitor wrote themselves is no leak."""
    return text.replace(address, "")


def test_everything_that_can_be_asked_is_asked_about_each_secret(visit: Visit) -> None:
    for who in sorted(EVERYBODY):
        visitor = visit(who)
        for secret in SECRETS:
            for text in _asked(visitor, secret.word):
                others = [word for word in leaks(who, text) if word != secret.word]
                assert not others, f"{who} asked for {secret.word}"
                if who not in secret.seen_by:
                    assert f"Title {secret.word}" not in text, f"{who} found {secret.word}"
                    assert f"Summary {secret.word}" not in text
                    assert f"and {secret.word} in the body" not in text


def _asked(visitor: TestClient, word: str) -> Iterator[str]:
    # The words of the question come back in the page, so what is looked for is more than the word alone.
    yield visitor.get("/search", params={"q": word}).text
    yield visitor.get("/search", params={"q": ALIKE, "product": f"Product {word}"}).text
    yield visitor.get("/api/v1/search", params={"q": word, "limit": 50}).text
    yield visitor.get("/api/v1/search", params={"q": f"{ALIKE} {word}", "limit": 50}).text
    for paused in ("false", "true"):
        yield visitor.get("/api/v1/complete", params={"q": word, "paused": paused, "limit": 20}).text
        yield visitor.get("/api/v1/complete", params={"q": word[:9], "paused": paused, "limit": 20}).text
    yield visitor.post("/api/v1/suggest", json={"subject": word, "body": ALIKE, "limit": 50}).text
    yield visitor.post("/contact", data={"subject": word, "body": ALIKE, "email": "a@example.com"}).text
    yield visitor.get("/browse", params={"product": f"Product {word}"}).text
    yield visitor.get("/api/v1/articles", params={"topic": f"Topic {word}"}).text


@pytest.mark.parametrize("word", [DRAFT.word, ARCHIVED.word])
def test_drafts_and_archived_articles_are_found_by_nobody(visit: Visit, word: str) -> None:
    for who in sorted(EVERYBODY):
        assert all(f"Title {word}" not in text for text in _asked(visit(who), word)), who


def test_counts_do_not_betray_what_is_hidden(visit: Visit) -> None:
    totals = {who: visit(who).get("/api/v1/articles").json()["total"] for who in sorted(EVERYBODY)}
    assert totals == {"nobody": 5, "alma": 5, "bert": 5, "front": 7, "vault": 7, "lead": 8, "operator": 8}


def test_a_customer_reads_nothing_of_the_desks_own(visit: Visit) -> None:
    alma = visit("alma")
    reference = alma.get("/api/v1/tickets").json()["tickets"][0]["reference"]
    seen = alma.get(f"/api/v1/tickets/{reference}").json()
    assert seen["prediction"] is None
    assert seen["escalations"] == []
    assert seen["level"] == ""
    assert seen["attributes"] == {}
    assert NOTE.word not in str(seen)


def test_whoever_was_shut_out_sees_what_nobody_sees(visit: Visit, desk: Desk) -> None:
    front = visit("front")
    assert INTERNAL.word in front.get("/articles/plover").text
    with desk.writing() as session:
        accounts.disable(session, "front@example.com", datetime.now(UTC))
        session.commit()
    assert front.get("/articles/plover").status_code == 404
    assert INTERNAL.word not in front.get("/search", params={"q": ALIKE}).text


def test_a_private_teams_ticket_is_no_neighbour_for_others(visit: Visit) -> None:
    with_private = {}
    for who in ("front", "vault", "lead"):
        staff = visit(who)
        reference = staff.get("/api/v1/tickets").json()["tickets"][0]["reference"]
        with_private[who] = PRIVATE.word in staff.post(f"/api/v1/tickets/{reference}/suggest").text
    assert not with_private["front"]
