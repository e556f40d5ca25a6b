"""Synonyms on pages: what a lead decides, and how rephrased searches of one visit come to be proposed."""

from __future__ import annotations

import re
from html import unescape

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from kb.models import AuditEntry, Question, SynonymGroup
from tests.web.conftest import Visit, hidden_fields
from web.desk import Desk

BEFORE, AFTER = "the zapper is broken", "the card reader is broken"
HERE = "/desk/synonyms"


def groups(desk: Desk) -> dict[tuple[str, ...], bool]:
    """Words → whether they were declined."""
    with desk.reading() as session:
        return {tuple(group.words): group.declined for group in session.scalars(select(SynonymGroup))}


def number_of(desk: Desk) -> int:
    with desk.reading() as session:
        return session.scalars(select(SynonymGroup)).one().id


def rephrased(client: TestClient, desk: Desk) -> None:
    """Search, find nothing, and say it in other words in the same form."""
    page = client.get("/search", params={"q": BEFORE}).text
    client.get("/search", params={"q": AFTER} | hidden_fields(page, "/search"))
    with desk.writing() as session:
        for question in session.scalars(select(Question)):
            # Whether a search found something is not what these tests are about.
            question.answered = question.redacted == AFTER
        session.commit()


def test_a_lead_adds_changes_removes_and_adds_again(visit: Visit, desk: Desk) -> None:
    lead = visit("lead")
    assert "No words stand for each other yet" in lead.get(HERE).text
    done = lead.post(HERE, data={"words": "zapper, card reader;\nterminal"})
    assert done.headers["location"] == f"{HERE}?done=synonyms-saved"
    assert groups(desk) == {("zapper", "card reader", "terminal"): False}
    number = number_of(desk)
    form = hidden_fields(lead.get(HERE, params={"edit": number}).text, HERE)
    lead.post(HERE, data=form | {"words": "zapper, reader"})
    assert groups(desk) == {("zapper", "reader"): False}
    gone = lead.post(f"{HERE}/{number}/remove").headers["location"]
    assert groups(desk) == {}
    assert 'value="zapper, reader"' in lead.get(gone).text
    with desk.reading() as session:
        acts = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert acts[-3:] == ["synonyms saved", "synonyms saved", "synonyms removed"]


@pytest.mark.parametrize("words", ["", "one", "one, ONE", "a, " + "x" * 61, ", ".join(f"w{n}" for n in range(21))])
def test_what_is_no_group_comes_back_with_the_reason_and_the_words(visit: Visit, desk: Desk, words: str) -> None:
    reply = visit("lead").post(HERE, data={"words": words})
    assert reply.status_code == 422
    assert f'value="{words}"' in unescape(reply.text)
    assert 'role="alert"' in reply.text
    assert groups(desk) == {}


def test_a_search_in_other_words_of_the_same_visit_is_proposed_with_how_often(visit: Visit, desk: Desk) -> None:
    rephrased(visit("nobody"), desk)
    assert "zapper" not in visit("lead").get(HERE).text
    rephrased(visit("alma"), desk)
    text = visit("lead").get(HERE).text
    row = next(row for row in re.findall(r"<tr>.*?</tr>", text, re.DOTALL) if "zapper" in row)
    assert re.findall(r'data-name="(\w+)">(\d+)<', row) == [("People", "2"), ("Times", "2")]
    assert "propose 1 pair of synonyms" in visit("lead").get("/desk/gaps").text


def test_a_page_that_is_loaded_again_counts_once(visit: Visit, desk: Desk) -> None:
    nobody = visit("nobody")
    page = nobody.get("/search", params={"q": BEFORE}).text
    for _ in range(3):
        nobody.get("/search", params={"q": AFTER} | hidden_fields(page, "/search"))
    rephrased(nobody, desk)
    text = visit("lead").get(HERE).text
    assert re.findall(r'data-name="(\w+)">(\d+)<', text) == [("People", "2"), ("Times", "2")]


def test_from_an_article_that_did_not_help_the_search_at_the_top_goes_on(visit: Visit, desk: Desk) -> None:
    nobody = visit("nobody")
    found = unescape(nobody.get("/search", params={"q": "refund a card payment"}).text)
    address = re.search(r'href="(/articles/[^"]+)"', found)
    assert address
    form = hidden_fields(nobody.get(address[1]).text, "/search")
    nobody.get("/search", params={"q": "give money back"} | form)
    with desk.reading() as session:
        first, second = session.scalars(select(Question).order_by(Question.id))
    assert second.after_id == first.id
    assert "after" not in hidden_fields(nobody.get("/browse").text, "/search")


def test_a_program_says_which_question_it_puts_in_other_words(visit: Visit, desk: Desk) -> None:
    nobody = visit("nobody")
    key = nobody.post("/api/v1/suggest", json={"subject": BEFORE}).json()["question_key"]
    nobody.post("/api/v1/suggest", json={"subject": AFTER, "after": key})
    with desk.reading() as session:
        first, second = session.scalars(select(Question).order_by(Question.id))
    assert second.after_id == first.id


def test_a_key_of_nobodys_or_of_somebody_else_leads_nowhere(visit: Visit, desk: Desk) -> None:
    alma = visit("alma").get("/search", params={"q": BEFORE}).text
    for key in (hidden_fields(alma, "/search")["after"], "nonsense", "\x00", "x" * 5000):
        assert visit("nobody").get("/search", params={"q": AFTER, "after": key}).status_code == 200
    with desk.reading() as session:
        assert session.scalars(select(Question).where(Question.after_id.is_not(None))).all() == []


def test_accepting_serves_and_declining_is_remembered_until_it_is_taken_back(visit: Visit, desk: Desk) -> None:
    rephrased(visit("alma"), desk)
    rephrased(visit("bert"), desk)
    lead = visit("lead")
    form = hidden_fields(lead.get(HERE).text, HERE)
    lead.post(f"{HERE}/decline", data=form)
    assert groups(desk) == {("card reader", "zapper"): True}
    assert "1 proposal was declined" in lead.get(HERE).text
    assert lead.post(f"{HERE}/{number_of(desk)}/remove").status_code == 404, "what was declined serves nobody"
    lead.post(f"{HERE}/{number_of(desk)}/reconsider")
    lead.post(HERE, data=hidden_fields(lead.get(HERE).text, HERE))
    assert groups(desk) == {("card reader", "zapper"): False}
    assert "data-name" not in lead.get(HERE).text, "nothing waits any more"
    assert lead.post(f"{HERE}/{number_of(desk)}/reconsider").status_code == 404


def test_a_pair_that_was_declined_may_be_added_by_hand(visit: Visit, desk: Desk) -> None:
    lead = visit("lead")
    lead.post(f"{HERE}/decline", data={"words": "zapper, card reader"})
    lead.post(HERE, data={"words": "zapper, card reader, terminal"})
    assert groups(desk) == {("zapper", "card reader", "terminal"): False}


@pytest.mark.parametrize("who", ["nobody", "alma", "front"])
def test_customers_and_agents_may_not(visit: Visit, desk: Desk, who: str) -> None:
    visit("lead").post(HERE, data={"words": "zapper, card reader"})
    number = number_of(desk)
    visitor = visit(who)
    assert visitor.get(HERE).status_code == (303 if who == "nobody" else 403)
    for deed in ("", "/decline", f"/{number}/remove", f"/{number}/reconsider"):
        assert visitor.post(f"{HERE}{deed}", data={"words": "intruding, words"}).status_code in {401, 403}
    assert groups(desk) == {("zapper", "card reader"): False}


def test_it_is_a_part_of_the_gaps(visit: Visit) -> None:
    text = visit("lead").get(HERE).text
    assert '<a href="/desk/gaps" aria-current="page">Gaps</a>' in text
    assert '<a href="/desk/synonyms" aria-current="page">Synonyms</a>' in text


def test_numbers_that_no_group_has(visit: Visit) -> None:
    lead = visit("lead")
    for number in ("99", str(2**63), "-1", "1_0", "x"):
        assert lead.post(f"{HERE}/{number}/remove").status_code in {404, 422}
        assert lead.get(HERE, params={"edit": number}).status_code in {200, 422}
