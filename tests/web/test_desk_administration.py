from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from kb.models import OutboxEvent, Question, Team
from kb.services import audit
from kb.services.asking import Answer, Asked, remember
from kb.services.working import TRIES
from kb.viewers import ANONYMOUS, Viewer
from tests.web.conftest import Visit
from tests.web.desk_cases import opened, predicted, stored, text_of
from tests.web.furnishing import PRIVATE
from web.backups import history
from web.backups.history import Event
from web.desk import Desk


@pytest.fixture
def operator(visit: Visit) -> TestClient:
    return visit("operator")


def test_the_status_says_what_runs_and_what_was_kept_safe(operator: TestClient, desk: Desk) -> None:
    words = text_of(operator.get("/desk/status").text)
    assert "Last backup never" in words
    assert str(desk.search.generation) in words
    assert "No model was trained yet" in words
    assert re.search(r"Published articles \d+", words)
    at = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    history.record(desk.settings.home, Event("backup", at, "a.zip", "0" * 64, 1))
    assert "Last backup Nov 20, 2026" in text_of(operator.get("/desk/status").text)


def test_errands_that_were_given_up_are_seen_and_tried_again(operator: TestClient, visit: Visit, desk: Desk) -> None:
    now = datetime.now(UTC)
    with desk.writing() as session:
        session.add(OutboxEvent(
            topic="ticket", payload={"ticket": 1}, created_at=now, available_at=now, attempts=TRIES, error="no disk",
        ))  # fmt: skip
        session.commit()
    assert "no disk" in operator.get("/desk/status").text
    assert visit("lead").post("/desk/status/retry").status_code == 403
    assert operator.post("/desk/status/retry").status_code == 303
    assert "no disk" not in operator.get("/desk/status").text
    with desk.reading() as session:
        assert session.scalars(select(OutboxEvent).where(OutboxEvent.attempts >= TRIES)).all() == []


def test_everybody_of_the_desk_is_listed_and_customers_are_counted(operator: TestClient) -> None:
    words = text_of(operator.get("/desk/people").text)
    assert "vault@example.com" in words
    assert "alma@example.com" not in words
    assert "2 customers have an account" in words


def test_the_audit_log_is_filtered_by_its_address(operator: TestClient, visit: Visit, desk: Desk) -> None:
    reference = opened(desk)
    visit("front").post(f"/desk/tickets/{reference}/assign", data={"to": "me"})
    page = operator.get("/desk/audit", params={"action": "ticket assigned"}).text
    assert f"ticket:{reference}" in page
    assert "article published" not in text_of(page.split("<tbody>")[1])
    assert f"ticket:{reference}" in operator.get("/desk/audit", params={"actor": "FRONT@"}).text
    assert f"ticket:{reference}" in operator.get("/desk/audit", params={"subject": f"ticket:{reference}"}).text
    assert f"ticket:{reference}" not in operator.get("/desk/audit", params={"subject": "article:"}).text
    today = datetime.now(UTC).date().isoformat()
    assert f"ticket:{reference}" in operator.get("/desk/audit", params={"since": today, "until": today}).text
    assert "Nothing of that kind was done" in operator.get("/desk/audit", params={"until": "2020-01-01"}).text
    for nonsense in ("9999-12-31", "0001-01-01", "x", "2026-02-31", "%00"):
        assert operator.get("/desk/audit", params={"since": nonsense, "until": nonsense}).status_code == 200


@pytest.mark.parametrize("cell", ['=HYPERLINK("x")', "+1", "-1", "@SUM(1)", "\t=1", " =1", "\uff1d1"])
def test_no_cell_of_the_export_runs_in_a_spreadsheet(operator: TestClient, desk: Desk, cell: str) -> None:
    with desk.writing() as session:
        audit.record(session, Viewer("agent", None, email=cell), cell, f"ticket:{cell}", datetime.now(UTC), note=cell)
        session.commit()
    reply = operator.get("/desk/audit.csv")
    assert reply.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in reply.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(reply.text)))
    assert rows[0] == ["at", "actor", "action", "subject", "details"]
    assert rows[1][1] == rows[1][2] == f"'{cell}"
    assert rows[1][3] == f"ticket:{cell}"


def test_the_export_holds_what_the_filters_show(operator: TestClient, visit: Visit, desk: Desk) -> None:
    visit("front").post(f"/desk/tickets/{opened(desk)}/assign", data={"to": "me"})
    rows = list(csv.reader(io.StringIO(operator.get("/desk/audit.csv?action=ticket+assigned").text)))
    assert [row[2] for row in rows[1:]] == ["ticket assigned"]


def test_what_a_team_is_for_is_written_down_by_a_lead(visit: Visit, desk: Desk) -> None:
    lead, front = visit("lead"), visit("front")
    fields = {
        "name": "Vault", "level": "L3", "description": "Money", "contact": "vault@example.com",
        "criteria": "Over £50 is gone.", "private": "yes",
    }  # fmt: skip
    assert front.post("/desk/teams", data=fields).status_code == 403
    assert lead.post("/desk/teams", data=fields | {"name": "No such"}).status_code == 404
    long = lead.post("/desk/teams", data=fields | {"criteria": "long " * 1000})
    assert long.status_code == 422
    assert '<a href="#criteria">' in long.text
    assert lead.post("/desk/teams", data=fields).status_code == 303
    assert "Over £50 is gone." in text_of(front.get("/desk/teams").text)
    assert "Over £50 is gone." in text_of(front.get(f"/desk/tickets/{opened(desk)}").text)
    with desk.reading() as session:
        assert session.scalars(select(Team).where(Team.name == "Vault")).one().private


def test_counts_of_a_private_teams_tickets_are_for_who_may_see_them(visit: Visit) -> None:
    def counted(who: str) -> list[str]:
        words = text_of(visit(who).get("/desk/teams").text)
        return re.findall(r"(\d+) tickets?", words.split("Vault")[1])

    assert counted("vault")[0] != "0"
    assert counted("front")[0] == "0"


def unanswered(desk: Desk, words: str, reference: str = "") -> None:
    """Somebody asked that and was told that there is no good answer."""
    with desk.writing() as session:
        ticket = stored(desk, reference).id if reference else None
        asked = Asked(words, surface="agent" if ticket else "help centre", ticket_id=ticket)
        remember(session, desk.search, asked, Answer((), answered=False), ANONYMOUS, datetime.now(UTC))
        session.commit()


def test_gaps_are_grouped_and_ranked_by_what_they_cost(visit: Visit, desk: Desk) -> None:
    for words in ("How do I fold a zebra?", "fold the zebras", "FOLD ZEBRA", "what is it?"):
        unanswered(desk, words)
    costly = opened(desk, "Paint a giraffe", "Please.")
    for _ in range(3):
        unanswered(desk, "Paint a giraffe, my number is +44 20 7946 0135", costly)
    page = visit("lead").get("/desk/gaps").text
    rows = [text_of("<main" + row) for row in re.findall(r"<tr><td>.*?</tr>", page, re.DOTALL)]
    rows = [row for row in rows if PRIVATE.word not in row]
    assert len(rows) == 2
    assert re.search(r"Paint a giraffe, my number is \[phone\] 1 0 1 ", rows[0]), "one ticket, however often looked at"
    assert re.search(r"FOLD ZEBRA 0 0 3 ", rows[1])
    assert 'href="/desk/articles/new?title=FOLD%20ZEBRA"' in page


def test_looking_at_what_nearly_says_it_does_not_make_a_gap_larger(visit: Visit, desk: Desk) -> None:
    def kept() -> int:
        with desk.reading() as session:
            return len(session.scalars(select(Question.id)).all())

    unanswered(desk, "Card reader of a walrus")
    lead, before = visit("lead"), kept()
    address = "/desk/gaps/near?words=Card%20reader%20of%20a%20walrus"
    assert f'href="{address}"' in lead.get("/desk/gaps").text
    page = lead.get(address).text
    assert 'href="/desk/articles/pair-a-reader/edit"' in page
    assert 'href="/desk/articles/new?title=Card%20reader%20of%20a%20walrus"' in page
    assert lead.get("/desk/gaps/near").status_code == 200
    assert kept() == before
    assert visit("front").get(address).status_code == 403


def test_articles_that_people_turn_down_are_listed(visit: Visit, desk: Desk) -> None:
    visit("alma").post("/helpful", data={"slug": "pair-a-reader", "answer": "no", "reason": "outdated"})
    visit("bert").post("/helpful", data={"slug": "pair-a-reader", "answer": "yes"})
    front = visit("front")
    address = f"/desk/tickets/{opened(desk)}"
    key = re.search(r'name="key" value="([\w-]+)"', front.get(address).text)
    assert key
    front.post(f"{address}/verdict", data={"key": key[1], "rank": "1", "said": "not relevant"})
    words = text_of(visit("lead").get("/desk/gaps").text)
    row = words.split("Articles that people turn down")[1]
    assert re.search(r"Pair a card reader with a till 0 0 1 0 1 1 ", row)
    assert "Refund a card payment" not in row


def test_a_prediction_of_another_kind_is_said_in_words_too(visit: Visit, desk: Desk) -> None:
    reference = opened(desk)
    for decision, words in (("unsure", "Unsure whether it escalates"), ("keep", "Not likely to escalate")):
        predicted(desk, reference, decision)
        assert words in visit("front").get("/desk/queue").text
