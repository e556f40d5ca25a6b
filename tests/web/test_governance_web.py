"""Who may let an article's texts out, on the desk's pages and over the API."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from tests.web.conftest import Visit
from tests.web.desk_cases import text_of
from tests.web.test_desk_articles import EDIT, form_of

PAGE = "/desk/articles/pair-a-reader"
API = "/api/v1/articles/pair-a-reader/publish"
COMPLIANCE = "compliance based"


@pytest.fixture
def lead(visit: Visit) -> TestClient:
    return visit("lead")


def version(client: TestClient) -> int:
    return int(client.get("/api/v1/drafts/pair-a-reader").json()["version"])


def chosen(client: TestClient) -> list[str]:
    """What the editor's list of governances has selected; empty where there is no such list."""
    return re.findall(r'<option value="(\w+ based)" selected>', client.get(EDIT).text)


def test_a_lead_governs_an_article_in_the_editor_and_others_submit(lead: TestClient, visit: Visit) -> None:
    front = visit("front")
    assert (chosen(lead), chosen(front)) == (["experience based"], [])
    assert "Save and publish" in front.get(EDIT).text
    done = lead.post(f"{PAGE}/publish", data=form_of(lead, "pair-a-reader") | {"governance": COMPLIANCE})
    assert done.status_code == 303
    assert chosen(lead) == [COMPLIANCE]
    for place in ("about", "edit"):
        assert '<span class="badge guarded">Compliance based</span>' in front.get(f"{PAGE}/{place}").text
    shown = front.get(EDIT).text
    assert "Save and publish" not in shown
    assert f'href="{PAGE}/about#out"' in shown
    changed = form_of(front, "pair-a-reader") | {"body": "Press it for nine seconds."}
    refused = front.post(f"{PAGE}/publish", data=changed)
    assert refused.status_code == 422
    assert "Submit it for review" in text_of(refused.text)
    assert "Press it for nine seconds." in refused.text
    assert "nine seconds" not in visit("nobody").get("/articles/pair-a-reader").text
    assert front.post(f"{PAGE}/save", data=changed).status_code == 303
    assert front.post(f"{PAGE}/submit", data={"version": version(front), "audience": "public"}).status_code == 303
    assert "Press it for nine seconds" in lead.get("/desk/submissions").text


def test_a_page_refuses_a_governance_that_there_is_not(lead: TestClient) -> None:
    odd = lead.post(f"{PAGE}/publish", data=form_of(lead, "pair-a-reader") | {"governance": "the board"})
    assert odd.status_code == 422
    assert chosen(lead) == ["experience based"]


def test_the_api_governs_says_so_and_refuses_others(lead: TestClient, visit: Visit) -> None:
    front = visit("front")
    theirs = front.post(API, json={"version": version(front), "governance": COMPLIANCE})
    assert (theirs.status_code, theirs.json()["error"]["code"]) == (403, "not_allowed")
    odd = lead.post(API, json={"version": version(lead), "governance": "the board"})
    assert odd.status_code == 422
    assert "compliance based" in odd.text
    assert lead.post(API, json={"version": version(lead), "governance": COMPLIANCE}).status_code == 200
    assert lead.post(API, json={"version": version(lead)}).status_code == 200
    assert front.get("/api/v1/drafts/pair-a-reader").json()["governance"] == COMPLIANCE
    refused = front.post(API, json={"version": version(front), "audience": "internal"})
    assert (refused.status_code, "Submit it for review" in refused.text) == (403, True)


def test_the_language_of_an_article_is_set_where_it_is_published(lead: TestClient) -> None:
    odd = lead.post(f"{PAGE}/publish", data=form_of(lead, "pair-a-reader") | {"locale": "Portuguese (Brazil)"})
    assert odd.status_code == 422
    assert "Write the language as a code, such as en or pt-BR." in text_of(odd.text)
    done = lead.post(f"{PAGE}/publish", data=form_of(lead, "pair-a-reader") | {"locale": "pt-BR"})
    assert done.status_code == 303
    assert 'name="locale" form="editor" value="pt-BR"' in lead.get(EDIT).text
    assert lead.post(API, json={"version": version(lead)}).status_code == 200
    assert lead.get("/api/v1/drafts/pair-a-reader").json()["locale"] == "pt-BR", "not given, it stays"
    refused = lead.post(API, json={"version": version(lead), "locale": "p"})
    assert refused.json()["error"]["field"] == "locale"
    assert lead.post(API, json={"version": version(lead), "locale": ""}).status_code == 200
    assert lead.get("/api/v1/drafts/pair-a-reader").json()["locale"] == ""
