"""The lead's pages for models: how good what serves is, what another would change, and what became of predictions."""

from __future__ import annotations

import platform
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from sqlalchemy import select

from classifier.engine import Engine
from kb.models import AuditEntry, Prediction, Team, Ticket
from kb.services import promoting, runs, weighing
from kb.services.promoting import ModelsView
from kb.viewers import SYSTEM
from tests.classifier import desk as made_up
from tests.classifier.test_coldstart import PATHWAYS
from tests.web.conftest import WCAG, Open, Visit, hidden_fields
from tests.web.desk_cases import text_of
from web.desk import Desk
from web.training import alone

FIRST, SECOND, THIRD = "20250304-080000", "20250310-080000", "20250311-080000"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of sixty tickets that serves, one of a hundred and sixty that was judged against it, one of others."""
    folder = tmp_path_factory.mktemp("trained") / "models"
    engine, known = Engine(folder), made_up.examples(160, dated=True)
    engine.train(known[:60], now=made_up.START + timedelta(days=3))
    engine.train(known, now=made_up.START + timedelta(days=9))
    engine.retire()
    engine.train(made_up.examples(60, seed=7), now=made_up.START + timedelta(days=10))
    engine.retire()
    engine.promote(FIRST)
    return folder


@pytest.fixture
def learned(desk: Desk, trained: Path) -> Desk:
    shutil.copytree(trained, desk.settings.home / "models")
    return desk


def deeds(desk: Desk) -> list[str]:
    with desk.reading() as session:
        found = session.scalars(select(AuditEntry.action).where(AuditEntry.subject.like("model:%")))
        return list(found.all())


def test_where_nothing_was_trained_the_page_says_how(visit: Visit) -> None:
    words = text_of(visit("lead").get("/desk/models").text)
    assert "No model was trained yet" in words
    assert "deflect train" in words
    assert "Nothing was predicted in the last twelve weeks" in words
    assert "Nothing was trained yet" in words
    assert "Go back" not in words
    assert visit("lead").get(f"/desk/models/{FIRST}").status_code == 404


def test_models_are_for_leads(visit: Visit, learned: Desk) -> None:
    for who in ("alma", "front"):
        visitor = visit(who)
        assert visitor.get("/desk/models").status_code == 403
        assert visitor.get(f"/desk/models/{SECOND}").status_code == 403
        sent = visitor.post(f"/desk/models/{SECOND}/promote", data={"expected": FIRST})
        assert sent.status_code == 403
        assert visitor.post("/desk/models/rollback", data={"expected": FIRST}).status_code == 403
    assert visit("nobody").get("/desk/models").headers["location"].startswith("/sign-in")
    assert visit("operator").get("/desk/models").status_code == 200
    assert learned.escalation.version == FIRST
    assert deeds(learned) == []


def test_what_serves_is_told_in_words_with_sample_and_dates(visit: Visit, learned: Desk) -> None:
    words = text_of(visit("lead").get("/desk/models").text)
    found = weighing.consequence(learned.escalation, SYSTEM)
    assert found is not None
    right, finds = round(found.precision * 100), round(found.recall * 100)
    assert f"Of 100 tickets it says will escalate, about {right} do (between" in words
    assert f"it finds {finds} of 100 that do (between" in words
    assert f"Measured on {found.tickets} later tickets, written {found.first} to {found.last}" in words
    assert re.search(r"The team named first is right \d+% \d+% . \d+% 30 ", words)
    assert all(version in words for version in (FIRST, SECOND, THIRD))


def test_before_a_model_serves_one_sees_what_changes_and_is_asked(visit: Visit, learned: Desk) -> None:
    lead, address = visit("lead"), f"/desk/models/{SECOND}"
    page = lead.get(address).text
    words = text_of(page)
    judged = learned.escalation.comparison(SECOND)
    assert judged is not None
    assert f"Measured on {judged.tickets} later tickets, written {judged.first} to {judged.last}" in words
    gap = judged.differences["calibration error"]
    assert (
        f"differ by {gap.champion:.0%} {gap.challenger:.0%} {gap.low * 100:+.1f} … {gap.high * 100:+.1f} Bet" in words
    )
    assert learned.escalation.version == FIRST, "looking changes nothing"
    done = lead.post(f"{address}/promote", data=hidden_fields(page, f"{address}/promote"))
    assert (done.status_code, done.headers["location"]) == (303, "/desk/models?done=promoted")
    assert learned.escalation.version == SECOND
    assert "That model serves now" in lead.get(done.headers["location"]).text
    assert "Shall it serve?" not in lead.get(address).text
    assert deeds(learned) == ["model promoted"]


def test_going_back_is_one_click_that_says_what_returns(visit: Visit, learned: Desk) -> None:
    lead = visit("lead")
    lead.post(f"/desk/models/{SECOND}/promote", data={"expected": FIRST})
    page = lead.get("/desk/models").text
    assert f"Go back to {FIRST}" in page
    card = learned.escalation.card(FIRST)
    right = round(card.figures["escalation precision when sure"] * 100)
    assert f"Of 100 tickets it is sure will escalate, about {right} do" in text_of(page)
    assert re.search(rf"Brings back {FIRST} ?\. Learned from 60 tickets", text_of(page))
    done = lead.post("/desk/models/rollback", data=hidden_fields(page, "/desk/models/rollback"))
    assert done.status_code == 303
    assert learned.escalation.version == FIRST
    assert "The model from before serves again" in lead.get(done.headers["location"]).text
    assert "Go back to" not in lead.get("/desk/models").text
    assert deeds(learned) == ["model promoted", "model rolled back"]


def test_of_two_leads_the_second_is_told_and_both_are_written_down(visit: Visit, learned: Desk) -> None:
    lead, address = visit("lead"), f"/desk/models/{THIRD}"
    seen = hidden_fields(lead.get(address).text, f"{address}/promote")
    visit("operator").post(f"/desk/models/{SECOND}/promote", data={"expected": FIRST})
    refused = lead.post(f"{address}/promote", data=seen)
    assert refused.status_code == 409
    assert "Somebody else changed meanwhile which model serves" in refused.text
    assert hidden_fields(refused.text, f"{address}/promote") == {"expected": SECOND}
    again = lead.post("/desk/models/rollback", data={"expected": FIRST})
    assert again.status_code == 409
    assert "Somebody else changed meanwhile which model serves" in again.text
    assert learned.escalation.version == SECOND
    assert deeds(learned) == ["model promoted", "model promotion refused", "model rollback refused"]


def test_models_that_were_never_judged_together_are_not_compared(visit: Visit, learned: Desk) -> None:
    words = text_of(visit("lead").get(f"/desk/models/{THIRD}").text)
    assert "never judged on the same tickets" in words
    assert "Difference between" not in words


def view(desk: Desk) -> ModelsView:
    return promoting.models(desk.escalation, SYSTEM)


def test_the_way_back_is_judged_by_the_same_tickets_turned_round(learned: Desk) -> None:
    there = weighing.swap(view(learned), SECOND)
    learned.escalation.promote(SECOND)
    back = weighing.swap(view(learned), FIRST)
    assert there is not None
    assert back is not None
    assert (back.before, back.after, back.tickets) == (SECOND, FIRST, there.tickets)
    verdicts = {one.name: one.verdict for one in there.figures}
    assert verdicts["calibration error"] == "better"
    turned = {"better": "worse", "worse": "better", "alike": "alike"}
    assert {one.name: turned[one.verdict] for one in back.figures} == verdicts
    for one, other in zip(there.figures, back.figures, strict=True):
        assert (one.before, one.after, one.low, one.high) == (other.after, other.before, -other.high, -other.low)


def test_another_rule_for_alarms_is_tried_out_and_changes_nothing(visit: Visit, learned: Desk) -> None:
    lead = visit("lead")
    tried = lead.get("/desk/models", params={"kind": "capacity", "per_day": "2", "miss": "5"})
    found = weighing.consequence(learned.escalation, SYSTEM, "capacity", per_day=2)
    assert found is not None
    assert found.text in text_of(tried.text)
    assert 'value="capacity" selected' in tried.text
    nothing = lead.get("/desk/models", params={"kind": "capacity", "per_day": "0"})
    assert nothing.status_code == 422
    assert "The number of alarms a day must be above zero." in nothing.text
    for nonsense in ("nan", "inf", "-1", "x"):
        assert lead.get("/desk/models", params={"kind": "cost", "miss": nonsense}).status_code == 422


def test_what_a_lead_chooses_is_kept_and_decides(visit: Visit, learned: Desk) -> None:
    lead = visit("lead")
    page = lead.get("/desk/models", params={"kind": "cost", "miss": "30", "per_day": "20"}).text
    assert "nobody chose otherwise yet" in page
    kept = hidden_fields(page, "/desk/models/alarms")
    assert kept == {"number": "0", "kind": "cost", "per_day": "20", "miss": "30"}
    done = lead.post("/desk/models/alarms", data=kept)
    assert (done.status_code, done.headers["location"]) == (303, "/desk/models?done=alarms-chosen#wish-title")
    words = text_of(lead.get("/desk/models").text)
    assert re.search(r"A miss weighs as much as 30 false alarms chosen by \w+", words)
    found = weighing.consequence(learned.escalation, SYSTEM, "cost", miss=30)
    usual = weighing.consequence(learned.escalation, SYSTEM)
    assert found is not None
    assert usual is not None
    assert found.threshold < usual.threshold
    assert f"it finds {round(found.recall * 100)} of 100 that do (between" in words
    assert f"Measured on {found.tickets} later tickets, written {found.first} to {found.last}" in words
    assert "A miss weighs as much as 30 false alarms" in text_of(lead.get("/desk/review").text)
    refused = visit("operator").post("/desk/models/alarms", data=kept)
    assert refused.status_code == 409
    assert "Somebody else changed meanwhile how alarms are decided" in refused.text
    assert visit("front").post("/desk/models/alarms", data=kept).status_code == 403
    nothing = lead.post("/desk/models/alarms", data=kept | {"number": "1", "kind": "capacity", "per_day": "0"})
    assert nothing.status_code == 422
    assert "The number of alarms a day must be above zero." in nothing.text
    asked = lead.get("/api/v1/alarms").json()
    assert (asked["number"], asked["wanted"]["kind"], asked["wanted"]["miss"]) == (1, "cost", 30.0)
    assert asked["meaning"]["threshold"] == found.threshold


def test_a_program_chooses_too_and_the_second_is_told(visit: Visit, learned: Desk) -> None:
    lead = visit("lead")
    assert lead.get("/api/v1/alarms").json()["number"] == 0
    wanted = {"kind": "capacity", "per_day": 3, "each_team": True, "number": 0}
    done = lead.put("/api/v1/alarms", json=wanted)
    assert done.status_code == 200, done.text
    assert done.json()["words"].startswith("As many alarms as 3 a day; sets of teams")
    assert done.json()["meaning"]["first"] <= done.json()["meaning"]["last"]
    assert lead.put("/api/v1/alarms", json=wanted).status_code == 409
    assert lead.put("/api/v1/alarms", json=wanted | {"number": 1, "per_day": 0}).status_code == 422
    assert visit("front").get("/api/v1/alarms").status_code == 403
    assert visit("front").put("/api/v1/alarms", json=wanted).status_code == 403


def test_where_no_model_says_whether_there_is_nothing_to_choose(visit: Visit, desk: Desk) -> None:
    desk.escalation.train(made_up.examples(0), now=made_up.START, pathways=PATHWAYS)
    told = visit("lead").put("/api/v1/alarms", json={"kind": "cost", "miss": 3, "number": 0})
    assert told.status_code == 422
    assert "nothing to choose by" in told.text
    assert visit("lead").get("/api/v1/alarms").json()["meaning"] is None


def test_a_damaged_model_is_said_and_another_may_serve(visit: Visit, learned: Desk) -> None:
    (learned.settings.home / "models" / "versions" / FIRST / "model.skops").write_bytes(b"broken")
    lead = visit("lead")
    damaged = lead.get("/desk/models").text
    assert lead.get("/api/v1/first-days").json() is None
    assert "What serves cannot be read" in damaged
    assert "Whether it escalates" not in damaged
    asked = lead.post("/api/v1/predict", json={"subject": "Refund", "body": "Now!"})
    assert asked.status_code == 503
    assert f"Predictions are not available. Model {FIRST} is damaged" in asked.json()["error"]["message"]
    reference = lead.get("/api/v1/tickets").json()["tickets"][0]["reference"]
    for address in ("/desk/review", f"/desk/tickets/{reference}"):
        assert "Nothing is predicted just now: the model that serves cannot be read." in lead.get(address).text
    assert lead.get(f"/desk/models/{SECOND}").status_code == 200
    assert lead.post(f"/desk/models/{SECOND}/promote", data={"expected": FIRST}).status_code == 303
    assert "What serves cannot be read" not in lead.get("/desk/models").text
    assert "All decided" in lead.get("/desk/review").text
    assert "No prediction to show: the ticket is new" in lead.get(f"/desk/tickets/{reference}").text
    assert lead.post("/desk/models/rollback", data={"expected": SECOND}).status_code == 404
    assert learned.escalation.version == SECOND


@pytest.mark.parametrize(
    ("known", "words"),
    [(0, "Whether it escalates it does not say"), (40, "too few labels to tell how often it is right")],
)
def test_a_first_model_does_not_claim_to_be_judged(visit: Visit, desk: Desk, known: int, words: str) -> None:
    made = desk.escalation.train(made_up.examples(known), now=made_up.START, pathways=PATHWAYS)
    assert ("escalation" in made.trained) == bool(known)
    page = text_of(visit("lead").get("/desk/models").text)
    assert words in page
    assert "It has seen too few labels to be judged." in page
    assert "Of 100 tickets" not in page
    card = text_of(visit("lead").get(f"/desk/models/{made.version}").text)
    assert "It has seen too few labels to be judged on later tickets." in card


@pytest.mark.parametrize("name", ["20200101-000000", "..%2Fx", "rollback", "%00", "x" * 500])
def test_a_name_that_is_no_model_is_not_there(visit: Visit, learned: Desk, name: str) -> None:
    lead = visit("lead")
    assert lead.get(f"/desk/models/{name}").status_code == 404
    assert lead.post(f"/desk/models/{name}/promote", data={"expected": FIRST}).status_code == 404
    assert learned.escalation.version == FIRST


def test_training_that_was_stopped_is_called_interrupted(visit: Visit, desk: Desk) -> None:
    now = datetime.now(UTC)
    with desk.writing() as session:
        runs.begin(session, "by schedule", "here", now - timedelta(hours=2))
        runs.settle(session, "here", now - timedelta(hours=1))
        number = runs.begin(session, "by hand", "here", now)
        runs.fail(session, number, "There are no labelled tickets.", now)
        session.commit()
    words = text_of(visit("lead").get("/desk/models").text)
    assert re.search(r"Interrupted by schedule 1 hour . It was stopped before it was done", words)
    assert "Failed by hand" in words
    assert "There are no labelled tickets." in words


def test_a_run_whose_process_is_gone_is_called_interrupted_at_once(visit: Visit, desk: Desk) -> None:
    with desk.writing() as session:
        runs.begin(session, "by hand", platform.node(), datetime.now(UTC))
        session.commit()
    with alone(desk):
        assert "Running by hand" in text_of(visit("lead").get("/desk/models").text)
    assert "Interrupted by hand" in text_of(visit("lead").get("/desk/models").text)


def test_a_picture_shows_whether_it_means_what_it_says(visit: Visit, learned: Desk) -> None:
    page = visit("lead").get("/desk/models").text
    tenths = weighing.reliability(learned.escalation, SYSTEM)
    found = weighing.consequence(learned.escalation, SYSTEM)
    assert found is not None
    assert sum(one.tickets for one in tenths) == found.tickets
    assert page.count('class="plot-dot"') == len(tenths) == 10
    for one in tenths:
        assert f'cx="{one.said * 100:.1f}" cy="{100 - one.seen * 100:.1f}"' in page


def foreseen(desk: Desk, *, blind: bool, escalated: int, of: int, probability: float = 0.3) -> None:
    """Solved tickets of the last week of which so many escalated, with what was said of them."""
    now = datetime.now(UTC)
    with desk.writing() as session:
        for number in range(of):
            at = now - timedelta(hours=number % 24)
            ticket = Ticket(
                reference=f"M{blind}{number}", subject="s", body="b", created_at=at, text_hash="x", status="resolved",
                resolved_at=at, escalated=number < escalated,
            )  # fmt: skip
            session.add(ticket)
            session.flush()
            session.add(Prediction(
                ticket_id=ticket.id, model_version="m", probability=probability, threshold=0.5, created_at=at,
                decision="escalate" if number % 2 else "keep", features={}, teams=[], blind=blind,
            ))  # fmt: skip
        session.commit()


def test_weeks_are_told_in_words(visit: Visit, desk: Desk) -> None:
    foreseen(desk, blind=False, escalated=20, of=40)
    words = text_of(visit("lead").get("/desk/models").text)
    assert "Nothing differs in the last two weeks that chance does not explain." in words
    assert re.search(r"30% 5\d% 20 of 100 more than foreseen \(40 tickets\)", words)


def solved_by_teams(desk: Desk) -> None:
    """Solved tickets of two teams, with the team that was named first; those of one lately went wrong."""
    now = datetime.now(UTC)
    with desk.writing() as session:
        for name, right, of, days in (
            ("Tills", 5, 6, 1),
            ("Payouts", 3, 3, 2),
            ("Tills", 30, 44, 30),
            ("Tills", 1, 16, 3),
        ):
            team = session.scalar(select(Team).where(Team.name == name)) or Team(name=name)
            session.add(team)
            session.flush()
            for number in range(of):
                at = now - timedelta(days=days)
                ticket = Ticket(
                    reference=f"{name}{days}-{number}", subject="s", body="b", created_at=at, text_hash="x",
                    status="resolved", resolved_at=at, team_id=team.id,
                )  # fmt: skip
                session.add(ticket)
                session.flush()
                said = [{"team": name if number < right else "Elsewhere", "probability": 0.9}]
                session.add(Prediction(
                    ticket_id=ticket.id, model_version="m", created_at=at, features={}, teams=said,
                ))  # fmt: skip
        session.commit()


def test_each_teams_weeks_stand_with_their_tickets_on_the_page_and_in_the_api(visit: Visit, desk: Desk) -> None:
    solved_by_teams(desk)
    lead = visit("lead")
    words = text_of(lead.get("/desk/models").text)
    assert re.search(r"Tills 27% 6 of 22 68% 30 of 44 \d\d-\d\d \d+ of \d+", words)
    assert "Payouts 100% 3 of 3 none solved yet" in words
    warning = "Tills: of its 22 tickets of the last two weeks 27% were foreseen to be its own, before 68% of 44."
    assert warning in words
    told = lead.get("/api/v1/drift").json()
    assert warning in told["warnings"]
    assert [one["team"] for one in told["teams"]] == ["Tills", "Payouts"]
    assert {name: told["teams"][0]["last"][name] for name in ("tickets", "right", "share")} == {
        "tickets": 22, "right": 6, "share": 6 / 22,
    }  # fmt: skip
    assert visit("front").get("/api/v1/drift").status_code == 403


def test_what_the_list_misses_is_estimated_by_tickets_that_nobody_was_shown(visit: Visit, desk: Desk) -> None:
    assert "none of them is solved yet" in visit("lead").get("/desk/models").text
    foreseen(desk, blind=True, escalated=8, of=40)
    words = text_of(visit("lead").get("/desk/models").text)
    assert "Of 40 solved tickets that nobody was shown 8 escalated; the list would have held 4 of them" in words
    assert "So of 100 that escalate it misses about 50 (between 22 and 78)" in words


@pytest.mark.browser
@pytest.mark.parametrize(("scheme", "width"), [("dark", 1280), ("light", 320)])
def test_the_pages_stand_in_nobodys_way(surf: Open, learned: Desk, scheme: str, width: int) -> None:
    foreseen(learned, blind=False, escalated=20, of=40)
    foreseen(learned, blind=True, escalated=8, of=40)
    solved_by_teams(learned)
    learned.escalation.promote(SECOND)
    with learned.writing() as session:
        runs.begin(session, "by hand", "here", datetime.now(UTC))
        session.commit()
    page = surf("lead", viewport={"width": width, "height": 900}, color_scheme=scheme)
    for address in ("/desk/models?kind=capacity", f"/desk/models/{FIRST}", f"/desk/models/{THIRD}"):
        page.goto(address)
        page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")
        found = Axe().run(page, options={"runOnly": WCAG}).response["violations"]
        assert [(one["id"], [node["html"][:150] for node in one["nodes"]]) for one in found] == []
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, address
