from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from kb.models import Question, Suggestion, Ticket
from tests.web.conftest import Visit, hidden_fields
from web.desk import Desk

READER = {
    "subject": "Card reader does not pair with the till",
    "body": "I hold the round key for four seconds but the light never blinks blue on the reader.",
    "email": "carla@example.com",
}
ODD = {"subject": "Wine", "body": "Which wine goes with salmon?", "email": "carla@example.com"}
"""Nothing that this desk knows of."""


def tickets(desk: Desk) -> list[Ticket]:
    with desk.reading() as session:
        return list(session.scalars(select(Ticket).where(Ticket.requester == "carla@example.com")))


def test_without_scripts_suggestions_come_before_sending_and_never_block(nobody: TestClient, desk: Desk) -> None:
    offered = nobody.post("/contact", data=READER).text
    assert "Does one of these answer it?" in offered
    assert 1 <= offered.count("This solved it") <= 3
    assert "/articles/pair-a-reader" in offered
    assert not tickets(desk)
    sent = nobody.post("/contact", data=hidden_fields(offered, "/contact"))
    assert sent.status_code == 303
    (made,) = tickets(desk)
    assert (made.subject, made.body) == (READER["subject"], READER["body"])
    assert sent.headers["location"] == f"/contact/sent?reference={made.reference}"
    assert made.reference in nobody.get(sent.headers["location"]).text


def test_what_was_shown_goes_along_with_the_ticket(nobody: TestClient, desk: Desk) -> None:
    offered = nobody.post("/contact", data=READER).text
    nobody.post("/contact", data=hidden_fields(offered, "/contact"))
    (made,) = tickets(desk)
    with desk.reading() as session:
        asked = session.scalars(select(Question).where(Question.ticket_id == made.id)).one()
    assert asked.surface == "form"
    assert READER["subject"] in asked.redacted


def test_what_was_searched_for_goes_along_too(nobody: TestClient, desk: Desk) -> None:
    results = nobody.get("/search?q=reader light").text
    way = re.search(r'href="(/contact\?q=reader%20light&amp;k=[\w-]+)"', results)
    assert way
    form = nobody.get(way[1].replace("&amp;", "&")).text
    assert 'value="reader light"' in form
    nobody.post("/contact", data=ODD | {"question_key": hidden_fields(form, "/contact")["question_key"]})
    (made,) = tickets(desk)
    with desk.reading() as session:
        assert session.scalars(select(Question).where(Question.ticket_id == made.id)).one().redacted == "reader light"


def test_this_solved_it_writes_no_ticket_and_keeps_the_text(nobody: TestClient, desk: Desk) -> None:
    offered = nobody.post("/contact", data=READER).text
    fields = hidden_fields(offered, "/contact/solved")
    ended = nobody.post("/contact/solved", data=fields)
    assert ended.status_code == 200
    assert "Glad that helped" in ended.text
    assert not tickets(desk)
    with desk.reading() as session:
        assert session.scalars(select(Suggestion).where(Suggestion.verdict == "solved")).one().rank == int(
            fields["rank"]
        )
    again = nobody.post("/contact/edit", data=hidden_fields(ended.text, "/contact/edit")).text
    assert READER["body"] in again
    assert f'value="{READER["subject"]}"' in again


def test_without_a_good_match_it_is_sent_at_once(nobody: TestClient, desk: Desk) -> None:
    assert nobody.post("/contact", data=ODD).status_code == 303
    assert len(tickets(desk)) == 1


def test_everything_that_is_wrong_is_said_at_once_and_nothing_is_lost(nobody: TestClient, desk: Desk) -> None:
    reply = nobody.post("/contact", data={"subject": " ", "body": "Kept <word> for word", "email": "not an address"})
    assert reply.status_code == 422
    assert 'role="alert"' in reply.text
    assert '<a href="#subject">' in reply.text
    assert '<a href="#email">' in reply.text
    assert 'aria-describedby="email-wrong" aria-invalid="true"' in reply.text
    assert "Kept &lt;word&gt; for word" in reply.text
    assert 'value="not an address"' in reply.text
    assert not tickets(desk)


@pytest.mark.parametrize("field", ["subject", "body"])
def test_a_field_that_is_too_long_is_named(nobody: TestClient, desk: Desk, field: str) -> None:
    reply = nobody.post("/contact", data=ODD | {field: "long " * 30_000, "checked": "yes"})
    assert reply.status_code == 422
    assert f'<a href="#{field}">' in reply.text
    assert not tickets(desk)


def test_whoever_is_signed_in_needs_no_address_and_sees_the_ticket(visit: Visit) -> None:
    bert = visit("bert")
    assert 'name="email"' not in bert.get("/contact").text
    sent = bert.post("/contact", data={"subject": "???", "body": "!!!"})
    assert "See your ticket" in bert.get(sent.headers["location"]).text
    assert "???" in bert.get("/tickets").text


def test_the_confirmation_shows_references_only(nobody: TestClient) -> None:
    assert nobody.get("/contact/sent?reference=Call+0900+now").status_code == 404
    assert "T-2026-000001" in nobody.get("/contact/sent?reference=T-2026-000001").text


def test_nobody_is_promised_mail_that_nothing_sends(nobody: TestClient, visit: Visit, desk: Desk) -> None:
    form, sent = nobody.get("/contact").text, nobody.get(nobody.post("/contact", data=ODD).headers["location"]).text
    assert "Whoever answers writes to your e-mail address." in form
    assert "No e-mail is sent by this page" in sent
    (made,) = tickets(desk)
    to_agents = visit("front").get(f"/desk/tickets/{made.reference}").text
    assert "has no account and is sent nothing from here" in to_agents
    assert f'href="mailto:carla%40example.com?subject={made.reference}"' in to_agents
    reference = visit("alma").get("/api/v1/tickets").json()["tickets"][0]["reference"]
    assert "is sent nothing from here" not in visit("front").get(f"/desk/tickets/{reference}").text


def test_somebody_elses_suggestion_cannot_be_judged(visit: Visit, desk: Desk) -> None:
    offered = visit("alma").post("/contact", data=READER).text
    fields = hidden_fields(offered, "/contact/solved")
    assert visit("bert").post("/contact/solved", data=fields).status_code == 200
    with desk.reading() as session:
        assert not session.scalars(select(Suggestion).where(Suggestion.verdict == "solved")).all()
