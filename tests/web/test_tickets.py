from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from tests.web.conftest import Visit


@pytest.fixture
def alma(visit: Visit) -> TestClient:
    return visit("alma")


@pytest.fixture
def address(alma: TestClient) -> str:
    found = re.search(r'href="(/tickets/T-[\d-]+)"', alma.get("/tickets").text)
    assert found
    return found[1]


def test_a_customer_sees_their_tickets_and_the_thread_without_notes(alma: TestClient, address: str) -> None:
    text = alma.get(address).text
    assert "wordalmasavocet" in text
    assert "Have you tried the article?" in text
    assert "wordnoteredshank" not in text
    assert "Pair a card reader with a till" in text


def test_a_reply_appears_and_opens_the_ticket_again(alma: TestClient, address: str) -> None:
    assert "Waiting for your answer" in alma.get(address).text
    sent = alma.post(f"{address}/reply", data={"body": "Yes, <b>twice</b>."})
    assert sent.headers["location"] == f"{address}?done=sent#newest"
    text = alma.get(sent.headers["location"]).text
    assert "Yes, &lt;b&gt;twice&lt;/b&gt;." in text
    assert "Your reply was sent." in text
    assert "Waiting for your answer" not in text


def test_an_empty_reply_is_said_and_changes_nothing(alma: TestClient, address: str) -> None:
    reply = alma.post(f"{address}/reply", data={"body": "  \n "})
    assert reply.status_code == 422
    assert "Write something first." in reply.text


def test_this_solved_it_resolves_and_can_be_taken_back(alma: TestClient, address: str) -> None:
    solved = alma.post(f"{address}/solved", data={"article": "pair-a-reader"})
    assert solved.headers["location"].startswith(f"{address}?done=solved")
    text = alma.get(address).text
    assert "This is solved." in text
    assert "You said that this solved it." in text
    alma.post(f"{address}/reopen")
    alma.post(f"{address}/reopen")
    assert "This is solved." not in alma.get(address).text


def test_only_an_article_they_may_read_can_have_solved_it(alma: TestClient, address: str) -> None:
    assert alma.post(f"{address}/solved", data={"article": "plover"}).status_code == 422
    assert "This is solved." not in alma.get(address).text


def test_asking_for_a_manager_is_kept_once(alma: TestClient, address: str) -> None:
    assert alma.post(f"{address}/manager", data={"reason": "It has been a week."}).status_code == 303
    again = alma.post(f"{address}/manager", data={"reason": "It has been a week."})
    assert again.status_code == 422
    assert "asked for that already" in again.text


@pytest.mark.parametrize("action", ["reply", "solved", "reopen", "manager"])
@pytest.mark.parametrize("who", ["bert", "nobody"])
def test_nobody_else_can_do_anything_with_it(
    visit: Visit, alma: TestClient, address: str, action: str, who: str
) -> None:
    data = {"body": "intruding", "article": "pair-a-reader", "reason": "intruding"}
    before = alma.get(address).text
    assert visit(who).post(f"{address}/{action}", data=data).status_code in {401, 404}
    after = alma.get(address).text
    assert "intruding" not in after
    assert ("This is solved." in before) == ("This is solved." in after)


def test_staff_are_led_to_their_own_view(visit: Visit, address: str) -> None:
    assert visit("front").get(address).headers["location"] == f"/desk{address}"
