from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from kb.models import Question, Review, Suggestion
from search.engine import Engine as Search
from tests.web.conftest import HERE, Visit, sign_in
from tests.web.desk_cases import opened, predicted, reply_fields, stored, text_of
from tests.web.furnishing import INTERNAL
from web.app import create_app
from web.desk import Desk

GUARDED = "/articles/plover"


@pytest.fixture
def front(visit: Visit) -> TestClient:
    return visit("front")


@pytest.fixture
def reference(desk: Desk) -> str:
    return opened(desk)


@pytest.fixture
def address(reference: str) -> str:
    return f"/desk/tickets/{reference}"


def test_suggestions_are_there_with_passage_source_age_and_reason(front: TestClient, address: str) -> None:
    html = front.get(address).text
    first = re.search(r'<li class="offer suggestion.*?</li>', html, re.DOTALL)
    assert first
    words = text_of("<main" + first[0])
    assert "Pair a card reader with a till" in words
    assert "Hold the round key for four seconds" in words
    assert re.search(r"solved (a|\d+) similar ticket", words, re.IGNORECASE)
    assert re.search(r"Updated \w+ \d+, \d{4}", words)
    assert "<mark>" in first[0]
    assert 'href="/articles/pair-a-reader' in first[0]


def test_an_internal_article_wears_its_badge(front: TestClient, desk: Desk) -> None:
    html = front.get(f"/desk/tickets/{opened(desk, 'blinking light', INTERNAL.word)}").text
    card = re.search(r'<li class="offer suggestion[^>]*data-slug="plover".*?</li>', html, re.DOTALL)
    assert card
    assert "Internal" in text_of("<main" + card[0])
    assert "data-guarded" in card[0]


def test_no_good_answer_is_said_and_guesses_are_for_whoever_asks(front: TestClient, desk: Desk) -> None:
    html = front.get(f"/desk/tickets/{opened(desk, 'Wine', 'Which wine goes with salmon?')}").text
    assert "No good answer found" in html
    before_details = html.split('<details class="nearest">')[0]
    assert "data-suggestion" not in before_details


def test_other_words_find_other_articles(front: TestClient, address: str) -> None:
    html = front.get(address, params={"find": "receipt does not print"}).text
    assert html.index("print-a-receipt") < html.index("Will it escalate?")
    assert 'value="receipt does not print"' in html


def test_a_reply_is_sent_and_a_note_stays_inside(front: TestClient, visit: Visit, reference: str, address: str) -> None:
    sent = front.post(f"{address}/reply", data=reply_fields(front, reference) | {"body": "Hold the <b>key</b>."})
    assert sent.headers["location"] == f"{address}?done=sent#newest"
    noted = front.post(
        f"{address}/reply", data=reply_fields(front, reference) | {"body": "Between us.", "note": "yes"}
    )  # fmt: skip
    assert "done=noted" in noted.headers["location"]
    page = front.get(sent.headers["location"]).text
    assert "Your reply was sent." in page
    assert "Hold the &lt;b&gt;key&lt;/b&gt;." in page
    theirs = visit("bert").get(f"/tickets/{reference}").text
    assert "Hold the &lt;b&gt;key&lt;/b&gt;." in theirs
    assert "Between us." not in theirs


def test_a_reply_that_crosses_another_is_not_sent_and_not_lost(
    front: TestClient, visit: Visit, reference: str, address: str
) -> None:
    lead = visit("lead")
    mine, theirs = reply_fields(front, reference), reply_fields(lead, reference)
    assert lead.post(f"{address}/reply", data=theirs | {"body": "I have it."}).status_code == 303
    late = front.post(f"{address}/reply", data=mine | {"body": "Written meanwhile"})
    assert late.status_code == 409
    assert "Somebody wrote meanwhile" in late.text
    assert ">\nWritten meanwhile</textarea>" in late.text
    assert "I have it." in late.text
    assert "Written meanwhile" not in front.get(address).text
    again = {"seen": re.findall(r'name="seen" value="(\d+)"', late.text)[0], "body": "Written meanwhile"}
    assert front.post(f"{address}/reply", data=again).status_code == 303


@pytest.mark.parametrize(
    "body",
    [
        f"See https://help.example{GUARDED} for that.",
        f"See {GUARDED}.",
        f"See {GUARDED}?k=1#about.",
        "See /articles/%70lover",
    ],
)
def test_a_guarded_article_is_not_linked_to_in_a_reply_but_in_a_note(
    front: TestClient, visit: Visit, reference: str, address: str, body: str
) -> None:
    stopped = front.post(f"{address}/reply", data=reply_fields(front, reference) | {"body": body})
    assert stopped.status_code == 422
    assert "is not for customers, so this was not sent" in stopped.text
    assert body in stopped.text
    assert body not in visit("bert").get(f"/tickets/{reference}").text
    noted = front.post(f"{address}/reply", data=reply_fields(front, reference) | {"body": body, "note": "yes"})
    assert noted.status_code == 303


def test_the_words_of_a_guarded_article_are_stopped_too(front: TestClient, desk: Desk) -> None:
    reference = opened(desk, "blinking light", INTERNAL.word)
    front.get(f"/desk/tickets/{reference}")
    words = f"Dear Bert,\n\nThe blinking  light and {INTERNAL.word} in the body of it.\n\nYours"
    stopped = front.post(f"/desk/tickets/{reference}/reply", data={"seen": "0", "body": words})
    assert stopped.status_code == 422
    own = front.post(f"/desk/tickets/{reference}/reply", data={"seen": "0", "body": "The light blinks; wait for it."})
    assert own.status_code == 303


def test_the_reason_names_no_article_that_the_agent_may_not_read(front: TestClient, address: str) -> None:
    stopped = front.post(f"{address}/reply", data={"seen": "0", "body": "See /articles/dunlin for that."})
    assert stopped.status_code == 422
    assert "An article you cannot read is not for customers" in stopped.text
    assert "wordvaultdunlin" not in stopped.text


def test_without_scripts_a_suggestion_goes_behind_what_was_typed(front: TestClient, desk: Desk, address: str) -> None:
    page = front.post(f"{address}/compose", data={"body": "Dear Bert,", "insert": "pair-a-reader"}).text
    typed = re.search(r'<textarea id="body".*?>\n(.*?)</textarea>', page, re.DOTALL)
    assert typed
    assert typed[1].startswith("Dear Bert,\n\nHold the round key")
    assert f"{HERE}/articles/pair-a-reader" in typed[1]
    with desk.reading() as session:
        assert session.scalars(select(Suggestion).where(Suggestion.verdict == "inserted")).one().rank >= 1
    cited = front.post(f"{address}/compose", data={"body": "", "cite": "pair-a-reader"}).text
    assert "Pair a card reader with a till\nhttp" in cited


def test_what_is_sent_to_a_customer_names_the_address_that_customers_know(
    front: TestClient, desk: Desk, address: str
) -> None:
    desk.settings = desk.settings.model_copy(update={"public_url": "https://help.example.com/"})
    page = front.post(f"{address}/compose", data={"body": "", "cite": "pair-a-reader"}).text
    assert "Pair a card reader with a till\nhttps://help.example.com/articles/pair-a-reader" in page
    assert 'data-address="https://help.example.com/articles/pair-a-reader' in page, "what a script inserts"


def test_without_scripts_too_a_guarded_one_goes_into_a_note_only(front: TestClient, desk: Desk) -> None:
    address = f"/desk/tickets/{opened(desk, 'blinking light', INTERNAL.word)}"
    stopped = front.post(f"{address}/compose", data={"body": "Dear Bert,", "insert": "plover"})
    assert stopped.status_code == 422
    assert "is not for customers" in stopped.text
    assert ">\nDear Bert,</textarea>" in stopped.text
    assert front.post(f"{address}/compose", data={"insert": "plover", "note": "yes"}).status_code == 200
    assert front.post(f"{address}/compose", data={"insert": "dunlin", "note": "yes"}).status_code == 422


def test_a_verdict_is_kept_shown_and_taken_back(front: TestClient, desk: Desk, address: str) -> None:
    fields = _verdict_fields(front.get(address).text)
    kept = front.post(f"{address}/verdict", data=fields | {"said": "outdated"})
    assert "done=marked" in kept.headers["location"]
    assert "turned-down" in front.get(address).text
    with desk.reading() as session:
        assert session.scalars(select(Suggestion.verdict).where(Suggestion.verdict != "")).all() == ["outdated"]
    quiet = front.post(f"{address}/verdict", data=fields | {"said": ""}, headers={"accept": "application/json"})
    assert quiet.status_code == 204
    assert "turned-down" not in front.get(address).text


def test_somebody_elses_suggestion_cannot_be_judged(front: TestClient, visit: Visit, address: str) -> None:
    fields = _verdict_fields(front.get(address).text)
    assert visit("lead").post(f"{address}/verdict", data=fields | {"said": "outdated"}).status_code == 404


def test_looking_again_is_not_asking_again(front: TestClient, visit: Visit, desk: Desk, address: str) -> None:
    for _ in range(3):
        front.get(address)
    with desk.reading() as session:
        assert session.scalar(select(func.count(Question.id)).where(Question.surface == "agent")) == 1
    visit("lead").get(address)
    front.get(address, params={"find": "receipt"})
    with desk.reading() as session:
        assert session.scalar(select(func.count(Question.id)).where(Question.surface == "agent")) == 3


def test_an_article_is_linked_as_the_answer_and_unlinked(front: TestClient, address: str) -> None:
    front.post(f"{address}/link", data={"article": "pair-a-reader"})
    assert "✓ Linked" in front.get(address).text
    for _ in range(2):
        assert front.post(f"{address}/unlink", data={"article": "pair-a-reader"}).status_code == 303
    assert "✓ Linked" not in front.get(address).text
    assert front.post(f"{address}/link", data={"article": "no-such"}).status_code == 422


def test_a_ticket_is_taken_given_back_and_given_to_a_colleague(
    front: TestClient, desk: Desk, reference: str, address: str
) -> None:
    front.post(f"{address}/assign", data={"to": "me"})
    assert "Give it back" in front.get(address).text
    assert reference in front.get("/desk/queue?mine=yes").text
    front.post(f"{address}/assign", data={"to": ""})
    assert stored(desk, reference).assignee_id is None
    assert reference not in front.get("/desk/queue?mine=yes").text
    front.post(f"{address}/assign", data={"to": "lead@example.com"})
    assert "Lead" in text_of(front.get(address).text)
    assert front.post(f"{address}/assign", data={"to": "alma@example.com"}).status_code == 422


def test_moving_to_a_private_team_leads_back_to_the_queue(front: TestClient, address: str) -> None:
    moved = front.post(f"{address}/move", data={"team": "Vault"})
    assert moved.headers["location"] == "/desk/queue?done=moved"
    assert front.get(address).status_code == 404


def test_handing_up_shows_the_pathway_and_needs_a_reason(front: TestClient, desk: Desk, address: str) -> None:
    page = text_of(front.get(address).text)
    assert "Anything about money that went missing" in page
    form = {"kind": "hierarchic", "to_team": "Vault", "reason": "  "}
    refused = front.post(f"{address}/escalate", data=form)
    assert refused.status_code == 422
    assert '<a href="#reason">' in refused.text
    assert re.search(r'value="Vault" checked', refused.text)
    assert re.search(r'value="hierarchic" selected', refused.text)
    nowhere = front.post(f"{address}/escalate", data={"reason": "It is late."})
    assert '<a href="#to_team">' in nowhere.text
    assert "It is late." in nowhere.text
    done = front.post(f"{address}/escalate", data=form | {"reason": "The customer waits since Monday."})
    assert done.headers["location"] == "/desk/queue?done=escalated", "Vault is private"
    ticket = stored(desk, address.rsplit("/", 1)[1])
    assert (ticket.escalated, ticket.level) == (True, "L3")


def test_a_ticket_is_resolved_and_drafted_in_two_clicks_and_opened_again(
    front: TestClient, desk: Desk, reference: str, address: str
) -> None:
    empty = front.post(f"{address}/resolve", data={"resolution": " "})
    assert empty.status_code == 422
    assert '<a href="#resolution">' in empty.text
    drafted = front.post(f"{address}/resolve", data={"resolution": "Held the key for longer.", "draft": "yes"})
    assert re.fullmatch(r"/desk/articles/[\w-]+/edit\?done=drafted", drafted.headers["location"])
    assert reference in front.get(drafted.headers["location"]).text
    page = front.get(address).text
    assert "Held the key for longer." in page
    for _ in range(2):
        assert front.post(f"{address}/reopen").status_code == 303
    assert stored(desk, reference).status == "open"


def test_a_ticket_that_teaches_nothing_is_called_that(front: TestClient, address: str) -> None:
    front.post(f"{address}/resolve", data={"resolution": "Solved!"})
    assert "nothing to learn from this ticket yet" in text_of(front.get(f"{address}/article").text)


def test_who_else_has_it_open_is_shown(front: TestClient, visit: Visit, address: str) -> None:
    lead = visit("lead")
    assert re.search(r"data-others hidden", front.get(address).text)
    assert lead.get(f"{address}/presence").json() == {"others": ["Front"], "messages": 0}
    assert front.get(f"{address}/presence").json()["others"] == ["Lead"]
    assert "Lead" in text_of(front.get(address).text)
    assert not re.search(r"data-others hidden", front.get(address).text)


def test_a_prediction_is_said_in_words_with_reasons_and_can_be_overruled(
    front: TestClient, desk: Desk, reference: str, address: str
) -> None:
    number = predicted(desk, reference)
    html = front.get(address).text
    words = text_of(html)
    assert "Likely to escalate: Vault" in words
    assert "mentions a chargeback" in words
    assert "m-1" in words
    assert re.search(r'class="bar-for" x="50.0"', html)
    assert re.search(r'class="bar-against" x="26.0"', html)
    assert "80%" not in html.split("<details")[0]
    fields = {"prediction": str(number), "number": "0", "said": "disagreed"}
    assert front.post(f"{address}/prediction", data=fields).status_code == 303
    assert front.post(f"{address}/prediction", data=fields).status_code == 409
    with desk.reading() as session:
        assert [row.verdict for row in session.scalars(select(Review))] == ["disagreed"]
    undone = front.post(f"{address}/prediction", data=fields | {"number": "1", "said": "undo"})
    assert undone.status_code == 303
    changed = fields | {"number": "2", "said": "team changed", "team": "Vault"}
    assert front.post(f"{address}/prediction", data=changed).headers["location"] == "/desk/queue?done=judged"


def test_similar_tickets_say_what_became_of_them(front: TestClient, address: str) -> None:
    words = text_of(front.get(address).text)
    assert "Similar tickets, and what became of them" in words
    assert "As the article says." in words
    assert re.search(r"Solved without escalation|Escalated to Front", words)


def test_who_asks_and_what_they_searched_for(front: TestClient, visit: Visit, desk: Desk) -> None:
    for number in range(7):
        opened(desk, f"Earlier {number}", "Something else.")
    results = visit("bert").get("/search?q=reader light").text
    way = re.search(r'href="/contact\?q=reader%20light&amp;k=([\w-]+)"', results)
    assert way
    data = {"subject": "Zyx", "body": "Qwv", "question_key": way[1], "checked": "yes"}
    sent = visit("bert").post("/contact", data=data)
    reference = sent.headers["location"].split("=")[1]
    words = text_of(front.get(f"/desk/tickets/{reference}").text)
    assert re.search(r"Other tickets 7\b", words)
    assert words.count("Earlier ") == 5
    assert "Before they wrote Asked: reader light" in words


def test_an_article_is_read_beside_the_ticket(front: TestClient) -> None:
    panel = front.get("/desk/panel/pair-a-reader").text
    assert "Hold the round key" in panel
    assert "<html" not in panel
    assert front.get("/desk/panel/dunlin").status_code == 404


def test_without_an_index_or_a_model_replying_works(desk: Desk, tmp_path: Path) -> None:
    reference = opened(desk)
    desk.__dict__["search"] = Search(tmp_path / "nothing", threads=1, index_threads=1)
    app = create_app(desk)
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False, headers={"origin": HERE}) as client:
        sign_in(client, "front")
        page = client.get(f"/desk/tickets/{reference}")
        assert page.status_code == 200
        assert "Replying works as always." in page.text
        sent = client.post(f"/desk/tickets/{reference}/reply", data={"seen": "0", "body": "We look at it."})
        assert sent.status_code == 303


@pytest.mark.parametrize("query", ["page=0", "page=99999999999", "status=lost", "decision=perhaps", "mine=maybe"])
def test_a_nonsense_filter_is_refused(front: TestClient, query: str) -> None:
    assert front.get(f"/desk/queue?{query}").status_code == 422


def test_the_queue_is_filtered_by_its_address(front: TestClient, desk: Desk, reference: str) -> None:
    other = opened(desk, "100% off_ until", "Nothing.")
    predicted(desk, reference)
    assert reference in front.get("/desk/queue?decision=escalate").text
    assert other not in front.get("/desk/queue?decision=escalate").text
    assert other in front.get("/desk/queue", params={"text": "100% off_"}).text
    assert reference not in front.get("/desk/queue", params={"text": "100%"}).text
    assert "No ticket matches these filters" in front.get("/desk/queue?product=Nothing").text
    assert "H-1" in front.get("/desk/queue?status=resolved").text


def test_a_long_queue_comes_in_pages(front: TestClient, desk: Desk) -> None:
    references = [opened(desk, f"Number {number}", "One of many.") for number in range(55)]
    first = front.get("/desk/queue?text=Number").text
    onward = re.search(r'rel="next" href="([^"]+)"', first)
    assert onward
    second = front.get(onward[1].replace("&amp;", "&")).text
    listed = [r for r in references if f">{r}<" in first], [r for r in references if f">{r}<" in second]
    assert (len(listed[0]), len(listed[1])) == (50, 5)
    assert not set(listed[0]) & set(listed[1])


def _verdict_fields(html: str) -> dict[str, str]:
    key = re.search(r'name="key" value="([\w-]+)"', html)
    assert key
    return {"key": key[1], "rank": "1"}
