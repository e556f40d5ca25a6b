from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from kb.models import Article, Revision
from tests.web.conftest import Visit, hidden_fields
from tests.web.desk_cases import opened, reply_fields, text_of
from web.desk import Desk

EDIT = "/desk/articles/pair-a-reader/edit"


@pytest.fixture
def front(visit: Visit) -> TestClient:
    return visit("front")


def form_of(client: TestClient, slug: str) -> dict[str, str]:
    """The editor's form as it would be sent untouched."""
    html = client.get(f"/desk/articles/{slug}/edit").text
    fields = hidden_fields(html, f"/desk/articles/{slug}/save")
    fields["title"] = re.search(r'name="title"[^>]*value="([^"]*)"', html)[1]  # type: ignore[index]
    fields["body"] = re.search(r'<textarea id="body".*?>\n(.*?)</textarea>', html, re.DOTALL)[1]  # type: ignore[index]
    fields["audience"] = re.search(r'name="audience" value="(\w+)" form="editor" checked', html)[1]  # type: ignore[index]
    return fields


def published_text(desk: Desk, slug: str) -> str:
    with desk.reading() as session:
        article = session.scalars(select(Article).where(Article.slug == slug)).one()
        return session.get_one(Revision, article.published_id).body


def test_a_draft_from_a_resolved_escalation_is_flagged_checked_and_published(
    front: TestClient, visit: Visit, desk: Desk
) -> None:
    reference = opened(desk, "Zwischen till and scale", "The scale shows nothing.")
    address = f"/desk/tickets/{reference}"
    front.post(f"{address}/reply", data=reply_fields(front, reference) | {"body": "Swap the grey cable for the blue."})
    form = {"kind": "functional", "to_team": "Front", "reason": "Needs hands."}
    front.post(f"{address}/escalate", data=form)
    front.post(f"{address}/resolve", data={"resolution": "The blue cable was the right one."})
    assert reference in front.get("/desk/articles?show=unwritten").text
    edit = front.post(f"{address}/draft").headers["location"]
    slug = re.search(r"/desk/articles/([\w-]+)/edit", edit)[1]  # type: ignore[index]
    assert reference not in front.get("/desk/articles?show=unwritten").text
    page = front.get(edit).text
    assert "blue" in page
    assert reference in page
    fields = form_of(front, slug)
    fields["body"] = "## Resolution\n\nUse the blue cable, or write to ada.stone@example.com."
    assert front.post(f"/desk/articles/{slug}/save", data=fields).status_code == 303
    listed = text_of(front.get("/desk/articles").text)
    assert "1 piece looks personal" in listed
    page = front.get(edit).text
    assert re.search(r"<mark data-find=\"ada.stone@example.com\">", page)
    fields = form_of(front, slug) | {"audience": "public", "topics": "Scales, Cables,"}
    stopped = front.post(f"/desk/articles/{slug}/publish", data=fields)
    assert stopped.status_code == 422
    assert "looks like personal data" in stopped.text
    assert visit("nobody").get(f"/articles/{slug}").status_code == 404
    done = front.post(f"/desk/articles/{slug}/publish", data=fields | {"checked": "yes"})
    assert done.headers["location"] == f"/desk/articles/{slug}/edit?done=published"
    seen = visit("nobody").get(f"/articles/{slug}").text
    assert "Use the blue cable" in seen
    assert "Not yet checked by an expert" in seen
    assert "Scales" in seen


def test_the_second_of_two_writers_sees_both_texts_and_loses_nothing(front: TestClient, visit: Visit) -> None:
    lead = visit("lead")
    mine, theirs = form_of(front, "pair-a-reader"), form_of(lead, "pair-a-reader")
    address = "/desk/articles/pair-a-reader/save"
    assert lead.post(address, data=theirs | {"body": "Hold the square key.\n\nThen wait."}).status_code == 303
    late = front.post(address, data=mine | {"body": "Hold the round key.\n\nThen wait.", "title": "Pair it"})
    assert late.status_code == 409
    assert "Somebody changed this article meanwhile." in late.text
    assert ">\nHold the round key.\n\nThen wait.</textarea>" in late.text
    assert 'value="Pair it"' in late.text
    assert re.search(r'class="diff-removed">.*?Hold the square key\.', late.text)
    assert re.search(r'class="diff-added">.*?Hold the round key\.', late.text)
    again = hidden_fields(late.text, address) | {"title": "Pair it", "body": "Hold the round key.\n\nThen wait."}
    assert front.post(address, data=again).status_code == 303


def test_what_is_saved_is_not_published_and_differs_visibly(front: TestClient, desk: Desk) -> None:
    before = published_text(desk, "pair-a-reader")
    changed = form_of(front, "pair-a-reader")
    changed["body"] = changed["body"].replace("four seconds", "nine seconds")
    front.post("/desk/articles/pair-a-reader/save", data=changed)
    assert published_text(desk, "pair-a-reader") == before
    page = front.get(EDIT).text
    assert re.search(r'class="diff-removed">.*?four seconds', page)
    assert re.search(r'class="diff-added">.*?nine seconds', page)
    assert "Changes to a published article" in front.get("/desk/articles").text


def test_line_ends_of_a_browser_change_nothing(front: TestClient, desk: Desk) -> None:
    fields = form_of(front, "pair-a-reader")
    before = fields["version"]
    front.post("/desk/articles/pair-a-reader/save", data=fields | {"body": fields["body"].replace("\n", "\r\n")})
    assert form_of(front, "pair-a-reader")["version"] == before


def test_a_preview_is_laid_out_safely_and_keeps_what_was_typed(front: TestClient) -> None:
    fields = form_of(front, "pair-a-reader")
    fields["body"] = "## Steps\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1)) call +44 20 7946 0135"
    page = front.post("/desk/articles/pair-a-reader/preview", data=fields).text
    assert re.search(r"<h2[^>]*>Steps", page)
    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "1 piece looks personal" in page
    assert "four seconds" in front.get(EDIT).text.split('id="changes"')[0]


def test_an_agent_publishes_for_their_own_team_only(front: TestClient, visit: Visit) -> None:
    fields = form_of(front, "pair-a-reader") | {"audience": "team"}
    address = "/desk/articles/pair-a-reader/publish"
    missing = front.post(address, data=fields)
    assert missing.status_code == 422
    assert "Choose the team that may read it." in missing.text
    assert "your own team only" in front.post(address, data=fields | {"team": "Vault"}).text
    assert front.post(address, data=fields | {"team": "Front"}).status_code == 303
    assert visit("nobody").get("/articles/pair-a-reader").status_code == 404
    assert visit("vault").get(EDIT).status_code == 404


def test_only_a_lead_archives(front: TestClient, visit: Visit) -> None:
    version = {"version": form_of(front, "pair-a-reader")["version"]}
    assert front.post("/desk/articles/pair-a-reader/archive", data=version).status_code == 403
    assert visit("lead").post("/desk/articles/pair-a-reader/archive", data={"version": "0"}).status_code == 409
    assert visit("lead").post("/desk/articles/pair-a-reader/archive", data=version).status_code == 303
    assert visit("nobody").get("/articles/pair-a-reader").status_code == 404


def test_an_article_is_begun_from_nothing(front: TestClient, visit: Visit) -> None:
    empty = front.post("/desk/articles/new", data={"title": " ", "body": "Kept"})
    assert empty.status_code == 422
    assert '<a href="#title">' in empty.text
    assert ">\nKept</textarea>" in empty.text
    made = front.post("/desk/articles/new", data={"title": "Tip the cat", "body": "Gently."})
    assert made.headers["location"] == "/desk/articles/tip-the-cat/edit?done=saved"
    assert "Never published" in front.get("/desk/articles/tip-the-cat/edit").text
    assert visit("nobody").get("/articles/tip-the-cat").status_code == 404


def test_published_articles_are_listed_and_found_by_title(front: TestClient) -> None:
    assert "Pair a card reader" in front.get("/desk/articles?show=published").text
    found = front.get("/desk/articles?show=published&text=RECEIPT").text
    assert "A receipt does not print" in found
    assert "Pair a card reader" not in found
    assert "wordvaultdunlin" not in front.get("/desk/articles?show=published").text


@pytest.mark.parametrize("slug", ["no-such", "dunlin"])
def test_an_article_that_is_not_for_the_agent_cannot_be_edited(front: TestClient, slug: str) -> None:
    fields = {"version": "1", "title": "x", "body": "intruding"}
    assert front.get(f"/desk/articles/{slug}/edit").status_code == 404
    for deed in ("save", "preview", "publish"):
        assert front.post(f"/desk/articles/{slug}/{deed}", data=fields).status_code == 404


def test_a_gap_leads_to_an_article_with_its_title(front: TestClient) -> None:
    assert front.get("/desk/articles/new?title=Why").text.count('value="Why"') == 1


def solved_with(front: TestClient, desk: Desk, reply: str) -> str:
    """A ticket about a reader that this reply solved."""
    reference = opened(desk)
    front.post(f"/desk/tickets/{reference}/reply", data=reply_fields(front, reference) | {"body": reply})
    front.post(f"/desk/tickets/{reference}/resolve", data={"resolution": reply})
    return reference


def test_what_says_it_already_is_linked_and_nothing_new_is_written(front: TestClient, desk: Desk) -> None:
    said = "Hold the round key for four seconds until the light blinks blue, then press Add reader on the till."
    address = f"/desk/tickets/{solved_with(front, desk, said)}"
    page = front.get(f"{address}/article").text
    assert "One of these says nearly all of it: link it." in page
    assert page.index("Pair a card reader with a till") < page.index("Write a new article")
    linked = front.post(f"{address}/article", data={"choice": "link", "article": "pair-a-reader"})
    assert linked.headers["location"] == f"{address}?done=linked"
    assert "Pair a card reader with a till" in front.get(address).text
    refused = front.post(f"{address}/article", data={"choice": "improve", "article": "dunlin"})
    assert refused.status_code == 409
    assert "wordvaultdunlin" not in refused.text


def test_a_near_article_is_improved_with_what_the_case_adds(front: TestClient, desk: Desk) -> None:
    said = (
        "Hold the round key for four seconds until the light blinks blue. "
        "On the old model the battery must be taken out for a minute before that."
    )
    address = f"/desk/tickets/{solved_with(front, desk, said)}"
    page = text_of(front.get(f"{address}/article").text)
    assert "It does not say yet:" in page
    before = published_text(desk, "pair-a-reader")
    improved = front.post(f"{address}/article", data={"choice": "improve", "article": "pair-a-reader"})
    assert improved.headers["location"] == f"{EDIT}?done=improved"
    assert "battery must be taken out" in front.get(EDIT).text
    assert published_text(desk, "pair-a-reader") == before


def test_a_new_one_is_written_where_nothing_is_near(front: TestClient, desk: Desk) -> None:
    address = f"/desk/tickets/{solved_with(front, desk, 'Swap the grey cable for the blue.')}"
    made = front.post(f"{address}/article", data={"choice": "new"})
    assert made.headers["location"].endswith("/edit?done=drafted")
    again = front.post(f"{address}/draft")
    assert again.headers["location"] == made.headers["location"], "one ticket, one article"


def test_only_a_solved_ticket_that_one_may_see_becomes_an_article(front: TestClient, desk: Desk) -> None:
    assert front.get(f"/desk/tickets/{opened(desk)}/article").status_code == 409
    assert front.get("/desk/tickets/T-private/article").status_code == 404
    assert front.post("/desk/tickets/T-private/article", data={"choice": "new"}).status_code == 404
