from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from kb.models import Account, Prediction, Review
from kb.services import ticketing
from kb.viewers import Viewer
from tests.web.conftest import Visit, hidden_fields
from tests.web.desk_cases import opened, predicted, stored, text_of
from web.desk import Desk


@pytest.fixture
def lead(visit: Visit) -> TestClient:
    return visit("lead")


@pytest.fixture
def cases(desk: Desk) -> list[tuple[str, int]]:
    """Three tickets and their predictions, the surest first."""
    made = []
    for number, probability in enumerate((0.9, 0.7, 0.6)):
        reference = opened(desk, f"Case {number}", "The reader will not pair with the till.")
        made.append((reference, predicted(desk, reference, probability=probability)))
    return made


def verdicts(desk: Desk) -> list[tuple[int, str, int]]:
    with desk.reading() as session:
        return [(r.prediction_id, r.verdict, r.number) for r in session.scalars(select(Review).order_by(Review.id))]


def test_the_list_is_sorted_by_need_with_count_and_age(lead: TestClient, desk: Desk, cases: list) -> None:
    quiet = opened(desk, "Quiet one", "Nothing.")
    predicted(desk, quiet, decision="keep", probability=0.1)
    page = lead.get("/desk/review").text
    words = text_of(page)
    assert re.search(r"To decide 3\b", words)
    assert words.index("Case 0") < words.index("Case 1") < words.index("Case 2")
    assert "Quiet one" not in words
    assert re.search(r"seconds? ago", words)


def test_everything_for_a_verdict_is_on_one_screen(lead: TestClient, cases: list) -> None:
    reference, prediction = cases[1]
    words = text_of(lead.get(f"/desk/review?at={prediction}").text)
    for needed in (
        "Likely to escalate: Vault", "mentions a chargeback", "speaks for escalation", "If so, one of: Vault, Front",
        "Model m-1", "The reader will not pair with the till.", "Similar cases, and what became of them",
        "As the article says.", reference, "Acknowledge", "Disagree", "Change team", "Snooze",
    ):  # fmt: skip
        assert needed in words or needed in lead.get(f"/desk/review?at={prediction}").text, needed


def test_what_would_change_it_and_what_makes_it_weaker_is_on_both_pages(
    lead: TestClient, desk: Desk, cases: list
) -> None:
    reference, prediction = cases[0]
    with desk.writing() as session:
        row = session.get_one(Prediction, prediction)
        row.level, row.notes = "L2", ["The ticket has no text to go by."]
        row.changes = [
            {"attribute": "priority", "now": "high", "instead": "low", "probability": 0.31},
            {"attribute": "channel", "now": "", "instead": "mail <b>", "probability": 0.5},
        ]
        session.commit()
    for address in (f"/desk/review?at={prediction}", f"/desk/tickets/{reference}"):
        words = text_of(lead.get(address).text)
        for needed in (
            "The ticket has no text to go by.", "What would change this", "If the priority were low not high 31% instead of 90%",
            "If the channel were mail <b> now not given 50% instead of 90%", "not a promise of what would happen", "Level L2",
        ):  # fmt: skip
            assert needed in words, (address, needed)
    assert "What would change this" not in text_of(lead.get(f"/desk/review?at={cases[1][1]}").text)
    kept = lead.get(f"/api/v1/predictions/{prediction}").json()["prediction"]
    assert (kept["level"], kept["notes"]) == ("L2", ["The ticket has no text to go by."])
    assert kept["changes"][0] == {"attribute": "priority", "now": "high", "instead": "low", "probability": 0.31}


@pytest.mark.parametrize("said", ["acknowledged", "disagreed", "snoozed"])
def test_a_verdict_leads_on_to_the_next(lead: TestClient, desk: Desk, cases: list, said: str) -> None:
    decided = lead.post(f"/desk/review/{cases[0][1]}/decide", data={"number": "0", "said": said, "note": "Seen."})
    assert decided.headers["location"] == f"/desk/review?state=open&done=decided&at={cases[1][1]}"
    page = lead.get(decided.headers["location"]).text
    assert re.search(r"To decide 2\b", text_of(page))
    assert "Just decided by you" in page
    assert cases[0][0] in lead.get(f"/desk/review?state={said}").text
    assert verdicts(desk) == [(cases[0][1], said, 1)]


def test_the_second_of_two_leads_is_told_plainly(lead: TestClient, visit: Visit, desk: Desk, cases: list) -> None:
    other = visit("operator")
    address, fields = f"/desk/review/{cases[0][1]}/decide", {"number": "0", "said": "acknowledged"}
    assert other.post(address, data=fields).status_code == 303
    late = lead.post(address, data=fields | {"said": "disagreed"})
    assert late.status_code == 409
    assert "Somebody else has just decided this. Look at it again." in late.text
    assert "Acknowledged" in text_of(late.text)
    assert verdicts(desk) == [(cases[0][1], "acknowledged", 1)]


def test_a_changed_team_is_undone_wherever_one_is(lead: TestClient, desk: Desk, cases: list) -> None:
    reference, prediction = cases[0]
    fields = {"number": "0", "said": "team changed", "team": "Front"}
    assert lead.post(f"/desk/review/{prediction}/decide", data=fields).status_code == 303
    assert stored(desk, reference).team_id is not None
    elsewhere = lead.get(f"/desk/review?at={cases[2][1]}").text
    undo = hidden_fields(elsewhere, "/desk/review/undo")
    assert undo["choice"] == f"{prediction}:1"
    undone = lead.post("/desk/review/undo", data=undo)
    assert undone.headers["location"] == f"/desk/review?state=open&done=undone&at={prediction}"
    assert stored(desk, reference).team_id is None
    assert "Just decided by you" not in lead.get("/desk/review").text
    assert lead.post("/desk/review/undo", data=undo).status_code == 409
    assert [said for _, said, _ in verdicts(desk)] == ["team changed", "reopened"]


def test_a_team_must_be_chosen_to_be_changed(lead: TestClient, desk: Desk, cases: list) -> None:
    refused = lead.post(f"/desk/review/{cases[0][1]}/decide", data={"number": "0", "said": "team changed"})
    assert refused.status_code == 422
    assert "Choose the team it belongs to." in refused.text
    assert verdicts(desk) == []


def test_several_are_previewed_counted_decided_and_undone_together(lead: TestClient, desk: Desk, cases: list) -> None:
    chosen = [f"{prediction}:0" for _, prediction in cases[:2]]
    preview = lead.post("/desk/review/bulk", data={"said": "disagreed", "choice": chosen})
    assert "Disagree with 2 predictions" in preview.text
    assert verdicts(desk) == [], "nothing before the preview was seen"
    shown = re.findall(r'name="choice" value="([\d:]+)"', preview.text)
    assert sorted(shown) == sorted(chosen)
    applied = lead.post("/desk/review/bulk/apply", data={"said": "disagreed", "choice": shown})
    page = lead.get(applied.headers["location"]).text
    assert "2 verdicts were kept." in page
    assert [said for _, said, _ in verdicts(desk)] == ["disagreed", "disagreed"]
    undo = re.findall(r'name="choice" value="(\d+:1)"', page)
    assert len(undo) == 2
    undone = lead.post("/desk/review/undo", data={"choice": undo})
    assert "2 verdicts were kept." in lead.get(undone.headers["location"]).text
    assert re.search(r"To decide 3\b", text_of(lead.get("/desk/review").text))


def test_what_somebody_decided_meanwhile_is_left_as_it_is(
    lead: TestClient, visit: Visit, desk: Desk, cases: list
) -> None:
    chosen = [f"{prediction}:0" for _, prediction in cases]
    visit("operator").post(f"/desk/review/{cases[0][1]}/decide", data={"number": "0", "said": "acknowledged"})
    preview = lead.post("/desk/review/bulk", data={"said": "disagreed", "choice": chosen}).text
    assert "Disagree with 2 predictions" in preview
    assert "1 of those you chose was decided by somebody else" in preview
    applied = lead.post("/desk/review/bulk/apply", data={"said": "disagreed", "choice": chosen})
    assert applied.headers["location"].endswith("kept=2&late=1")
    assert verdicts(desk)[0] == (cases[0][1], "acknowledged", 1)


@pytest.mark.parametrize("choice", ["", "1", "1:", ":0", "1:0:0", "x:0", "1:-1", "²:0", f"{2**70}:0"])
def test_a_nonsense_choice_is_refused(lead: TestClient, choice: str) -> None:
    assert lead.post("/desk/review/bulk", data={"said": "disagreed", "choice": [choice]}).status_code == 422
    assert lead.post("/desk/review/undo", data={"choice": [choice]}).status_code == 422


@pytest.mark.parametrize("number", ["0", "99999", str(2**63), "x"])
def test_a_prediction_that_is_not_there(lead: TestClient, number: str) -> None:
    assert lead.get(f"/desk/review?at={number}").status_code in {404, 422}
    fields = {"number": "0", "said": "acknowledged"}
    assert lead.post(f"/desk/review/{number}/decide", data=fields).status_code in {404, 422}


def test_an_empty_list_says_so(lead: TestClient) -> None:
    page = lead.get("/desk/review").text
    assert "No predictions" in page
    assert "Nothing is predicted: no model has been trained yet." in page
    assert "All decided" not in page
    assert "Nothing in this state" in lead.get("/desk/review?state=snoozed").text


@pytest.mark.parametrize(("answer", "state"), [("approve", "active"), ("decline", "declined")])
def test_a_customer_who_wants_a_manager_is_answered_once(
    lead: TestClient, visit: Visit, desk: Desk, answer: str, state: str
) -> None:
    reference = opened(desk)
    with desk.writing() as session:
        bert = session.scalars(select(Account).where(Account.email == "bert@example.com")).one()
        viewer = Viewer("customer", bert.id, bert.name, bert.email)
        ticketing.ask_for_a_manager(session, viewer, reference, "It has been a week.", datetime.now(UTC))
        session.commit()
    assert "1 customer asks for a manager" in lead.get("/desk/review").text
    page = lead.get("/desk/requests").text
    assert "It has been a week." in page
    fields = hidden_fields(page, f"/desk/tickets/{reference}/answer-request")
    address = f"/desk/tickets/{reference}/answer-request"
    assert visit("front").post(address, data=fields | {"answer": answer}).status_code == 403
    assert lead.post(address, data=fields | {"answer": answer}).headers["location"].startswith("/desk/requests?done=")
    assert lead.post(address, data=fields | {"answer": answer}).status_code == 409
    assert state in text_of(lead.get(f"/desk/tickets/{reference}").text)
    assert "Nobody is waiting" in lead.get("/desk/requests").text
