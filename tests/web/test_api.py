from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from kb.models import Prediction, Question
from kb.queries import tickets as tickets_q
from tests.web.conftest import Visit
from web.desk import Desk


def test_a_question_is_answered_with_the_passage_and_the_reason(nobody: TestClient) -> None:
    found = nobody.get("/api/v1/search?q=how do I pair a reader with my till").json()
    best = found["hits"][0]
    assert (best["slug"], best["rank"], best["audience"]) == ("pair-a-reader", 1, "public")
    assert best["address"].startswith("/articles/pair-a-reader")
    assert best["why"]
    assert found["question_key"] == ""


def test_suggestions_can_be_judged_by_whoever_was_shown_them(visit: Visit) -> None:
    alma, bert = visit("alma"), visit("bert")
    found = alma.post("/api/v1/suggest", json={"subject": "refund a payment", "body": "on the card"}).json()
    address = f"/api/v1/suggestions/{found['question_key']}"
    assert alma.post(address, json={"rank": 1, "verdict": "solved"}).status_code == 204
    assert bert.post(address, json={"rank": 1, "verdict": "outdated"}).status_code == 404
    assert alma.post(address, json={"rank": 99, "verdict": "solved"}).status_code == 404
    assert alma.post(address, json={"rank": 1, "verdict": "inserted"}).json()["error"]["field"] == "verdict"


def test_a_question_that_goes_on_replaces_what_it_was_before(visit: Visit, desk: Desk) -> None:
    alma, bert = visit("alma"), visit("bert")

    def asked(who: TestClient, text: str, replaces: str = "", surface: str = "form") -> str:
        body = {"subject": text, "surface": surface, "replaces": replaces}
        return str(who.post("/api/v1/suggest", json=body).json()["question_key"])

    def kept() -> list[str]:
        with desk.reading() as session:
            return sorted(session.scalars(select(Question.redacted)))

    first = asked(alma, "refund")
    second = asked(alma, "refund a payment", first)
    assert kept() == ["refund a payment"]
    asked(bert, "theirs stays", second)
    alma.post(f"/api/v1/suggestions/{second}", json={"rank": 1, "verdict": "solved"})
    asked(alma, "judged stays", second)
    searched = asked(alma, "a search stays", surface="help centre")
    asked(alma, "last", searched)
    assert kept() == ["a search stays", "judged stays", "last", "refund a payment", "theirs stays"]


def test_nothing_is_kept_where_that_was_not_wanted(nobody: TestClient) -> None:
    assert nobody.post("/api/v1/suggest", json={"subject": "refund", "keep": False}).json()["question_key"] == ""


def test_an_article_is_written_changed_published_found_and_archived(visit: Visit, desk: Desk) -> None:
    lead, nobody = visit("lead"), visit("nobody")
    made = lead.post("/api/v1/articles", json={"title": "Tip the cat", "body": "Call ada@example.com."}).json()
    address = f"/api/v1/articles/{made['slug']}"
    assert nobody.get(address).status_code == 404
    draft = lead.get(f"/api/v1/drafts/{made['slug']}").json()
    assert {"text": "ada@example.com", "kind": "email"} in draft["marked"]
    change = {"title": "Tip the cat", "body": "## How\n\nGently, by the quokka.", "version": draft["version"]}
    saved = lead.put(f"/api/v1/drafts/{made['slug']}", json=change)
    assert saved.status_code == 200
    late = lead.put(f"/api/v1/drafts/{made['slug']}", json=change)
    assert late.status_code == 409
    assert late.json()["error"]["code"] == "conflict"
    public = {"version": saved.json()["version"], "audience": "public", "topics": ["Cats"]}
    published = lead.post(f"{address}/publish", json=public).json()
    assert nobody.get(address).json()["topics"] == ["Cats"]
    assert nobody.get(address).json()["contents"][0]["heading"] == "How"
    assert lead.post(f"{address}/archive", json={"version": published["version"]}).status_code == 204
    assert nobody.get(address).status_code == 404


def test_lists_come_in_pages(visit: Visit) -> None:
    lead = visit("lead")
    whole = lead.get("/api/v1/articles?limit=200").json()
    pages = [lead.get(f"/api/v1/articles?limit=3&offset={at}").json() for at in range(0, whole["total"], 3)]
    assert [card["slug"] for page in pages for card in page["articles"]] == [card["slug"] for card in whole["articles"]]
    assert {page["total"] for page in pages} == {whole["total"]}
    assert lead.get("/api/v1/tickets?limit=1").json()["total"] == 2


def test_a_ticket_goes_its_way(visit: Visit) -> None:
    bert, front = visit("bert"), visit("front")
    opened = bert.post("/api/v1/tickets", json={"subject": "Till says no", "body": "It says no."})
    assert opened.status_code == 201
    address = f"/api/v1/tickets/{opened.json()['reference']}"
    steps = [
        front.post(f"{address}/assign", json={"email": "front@example.com"}),
        front.post(f"{address}/replies", json={"body": "Does it say why?"}),
        front.post(f"{address}/replies", json={"body": "Third one today.", "internal": True}),
        bert.post(f"{address}/replies", json={"body": "Because of the fuse."}),
        front.post(f"{address}/escalate", json={"to_team": "Vault", "reason": "Fuses are theirs."}),
    ]
    assert [step.status_code for step in steps] == [204] * 5
    assert front.get(address).status_code == 404, "Vault is a private team"
    lead = visit("lead")
    assert lead.post(f"{address}/links", json={"slug": "pair-a-reader"}).status_code == 204
    assert lead.request("DELETE", f"{address}/links?slug=pair-a-reader").status_code == 204
    assert lead.post(f"{address}/resolve", json={"resolution": "A new fuse."}).status_code == 204
    seen = bert.get(address).json()
    assert (seen["status"], seen["resolution"]) == ("resolved", "A new fuse.")
    assert [turn["body"] for turn in seen["turns"]] == ["Does it say why?", "Because of the fuse."]
    assert lead.get(address).json()["escalations"][0]["to_team"] == "Vault"
    drafted = lead.post(f"{address}/draft")
    assert drafted.status_code == 201
    assert drafted.json()["slug"] in [draft["slug"] for draft in lead.get("/api/v1/drafts").json()]


@pytest.mark.parametrize("what", ["assign", "links", "resolve", "escalate", "move", "draft", "predict", "suggest"])
def test_a_customer_does_nothing_that_is_the_desks(visit: Visit, what: str) -> None:
    alma = visit("alma")
    reference = alma.get("/api/v1/tickets").json()["tickets"][0]["reference"]
    body = {
        "assign": {"email": None}, "links": {"slug": "heron"}, "resolve": {"resolution": "x"}, "move": {"team": "Front"},
        "escalate": {"to_team": "Vault", "reason": "x"},
    }.get(what)  # fmt: skip
    assert alma.post(f"/api/v1/tickets/{reference}/{what}", json=body).status_code == 403


def test_suggestions_on_a_ticket_come_with_what_became_of_similar_ones(visit: Visit) -> None:
    front = visit("front")
    front.post("/api/v1/tickets", json={"subject": "Refund a card payment?", "body": "Refund the money on the card."})
    newest = front.get("/api/v1/tickets").json()["tickets"][0]["reference"]
    advice = front.post(f"/api/v1/tickets/{newest}/suggest").json()
    assert advice["hits"][0]["slug"] == "refund-a-payment"
    assert advice["hits"][0]["solved_similar"] >= 1
    assert advice["similar"][0]["articles"] == [{"slug": "refund-a-payment"}]
    assert advice["question_key"]


def test_without_a_model_there_is_no_prediction_and_no_default_no(visit: Visit) -> None:
    front = visit("front")
    said = front.post("/api/v1/predict", json={"subject": "Refund", "body": "Now!"})
    assert said.status_code == 503
    assert said.json()["error"]["code"] == "unavailable"
    reference = front.get("/api/v1/tickets").json()["tickets"][0]["reference"]
    assert front.post(f"/api/v1/tickets/{reference}/predict").json() is None


@pytest.fixture
def prediction_id(desk: Desk) -> int:
    with desk.writing() as session:
        alma = next(ticket for ticket in tickets_q.unpredicted(session, "none", 10) if ticket.team_id is None)
        row = Prediction(
            ticket_id=alma.id, model_version="m-1", probability=0.8, threshold=0.5, decision="escalate",
            reasons=[{"text": "mentions a chargeback", "weight": 0.4}], teams=[{"team": "Vault", "probability": 0.7}],
            team_set=["Vault"], features={}, created_at=datetime.now(UTC),
        )  # fmt: skip
        session.add(row)
        session.commit()
        return int(row.id)


def test_a_prediction_is_reviewed_once_and_undone(visit: Visit, prediction_id: int) -> None:
    lead, front = visit("lead"), visit("front")
    listed = lead.get("/api/v1/predictions").json()["predictions"][0]
    assert listed["prediction"]["words"] == "Likely to escalate: Vault"
    address = f"/api/v1/predictions/{prediction_id}"
    assert lead.post(f"{address}/reviews", json={"verdict": "acknowledged", "number": 0}).json() == {"number": 1}
    assert front.post(f"{address}/reviews", json={"verdict": "disagreed", "number": 0}).status_code == 409
    assert lead.get("/api/v1/predictions").json()["total"] == 0
    assert lead.get(address).json()["state"] == "acknowledged"
    assert lead.delete(f"{address}/reviews/1").json() == {"number": 2}
    assert lead.get(address).json()["state"] == "open"


@pytest.mark.parametrize(
    ("verdict", "field"),
    [({"verdict": "team changed"}, "team"), ({"verdict": "snoozed"}, "until"), ({"verdict": "perhaps"}, "verdict")],
)
def test_a_verdict_that_lacks_something_says_what(
    visit: Visit, prediction_id: int, verdict: dict[str, str], field: str
) -> None:
    reply = visit("lead").post(f"/api/v1/predictions/{prediction_id}/reviews", json=verdict | {"number": 0})
    assert reply.status_code == 422
    assert reply.json()["error"]["field"] == field


def test_a_prediction_is_snoozed_until_a_moment(visit: Visit, prediction_id: int) -> None:
    until = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    address = f"/api/v1/predictions/{prediction_id}"
    body = {"verdict": "snoozed", "until": until, "number": 0}
    assert visit("lead").post(f"{address}/reviews", json=body).status_code == 201
    naive = {"verdict": "snoozed", "until": "2026-11-24T12:00:00", "number": 1}
    assert visit("lead").post(f"{address}/reviews", json=naive).status_code == 422


def test_the_description_names_everything_and_every_error(app: FastAPI) -> None:
    described = app.openapi()
    assert described["info"]["description"]
    for path, methods in described["paths"].items():
        assert path.startswith("/api/v1/"), path
        for method, operation in methods.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            assert operation["description"], where
            assert operation["tags"], where
            assert {"401", "403", "404", "409", "422", "429", "503"} <= set(operation["responses"]), where
            for status in ("401", "422", "503"):
                schema = operation["responses"][status]["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/ErrorReply"}, where


def test_whatever_can_be_sent_is_described(app: FastAPI) -> None:
    described = app.openapi()
    bare = [
        f"{path} {each['name']}"
        for path, methods in described["paths"].items()
        for operation in methods.values()
        for each in operation.get("parameters", ())
        if each["in"] == "query" and not each.get("description")
    ]
    for name, schema in described["components"]["schemas"].items():
        if schema.get("additionalProperties") is False:
            bare += [f"{name} {field}" for field, about in schema["properties"].items() if not about.get("description")]
    assert not bare


def test_the_description_has_examples_of_what_is_sent_and_of_every_error(app: FastAPI) -> None:
    schemas = app.openapi()["components"]["schemas"]
    for name in ("SuggestAsked", "Opened", "Written", "HitShape", "Failure", "Me"):
        assert any("examples" in field for field in schemas[name]["properties"].values()), name


def test_people_can_read_the_description(nobody: TestClient, app: FastAPI) -> None:
    text = nobody.get("/programs").text
    for path in app.openapi()["paths"]:
        assert path in text
    assert nobody.get("/api/v1/openapi.json").status_code == 200
