"""What leads are told and asked while labels are few, on the page of models and over the API."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe

from kb.models import Prediction, Ticket
from kb.services import predictions, ticketing
from kb.viewers import SYSTEM
from tests.classifier import desk as made_up
from tests.classifier.test_coldstart import PATHWAYS as TELLING
from tests.web.conftest import WCAG, Open, Visit
from tests.web.desk_cases import opened, text_of
from web.desk import Desk

SUBJECTS = ("The ledger looks odd", "A lamp hums", "Holiday calendar empty", "Badge fails", "Coffee tastes of soap")
BLUNT = [replace(one, text=made_up.Text("We take care of whatever belongs to " + one.team)) for one in TELLING]
ADDRESS = "/api/v1/first-days"


def taught(desk: Desk, labels: int) -> str:
    """A first version of so many labels serves; which."""
    made = desk.escalation.train(made_up.examples(labels), now=made_up.START, pathways=BLUNT)
    assert made.promoted
    return made.version


def said(desk: Desk, version: str, subject: str, margin: float, *, blind: bool = False, status: str = "open") -> str:
    """A ticket of which that version prefers one team by so much; its reference."""
    now, reference = datetime.now(UTC), f"W-{subject}"
    with desk.writing() as session:
        ticket = Ticket(
            reference=reference, subject=subject, body=subject, created_at=now, text_hash=subject, status=status
        )
        session.add(ticket)
        session.flush()
        teams = [{"team": "Network", "probability": 0.4 + margin}, {"team": "Billing", "probability": 0.4}]
        session.add(Prediction(
            ticket_id=ticket.id, model_version=version, created_at=now, features={}, teams=teams, blind=blind,
        ))  # fmt: skip
        session.commit()
    return reference


def test_the_curve_is_drawn_said_and_listed(visit: Visit, desk: Desk) -> None:
    taught(desk, 40)
    lead = visit("lead")
    page, told = lead.get("/desk/models").text, lead.get(ADDRESS).json()
    words = text_of(page)
    assert told["labelled"] == 40
    assert [(one["labels"], one["tickets"]) for one in told["curve"]] == [(0, 13), (10, 13), (25, 13)]
    first, last = told["curve"][0], told["curve"][-1]
    assert f"With 25 labels the right team is named first in {round(last['right'] * 100)} of 100" in words
    assert f"Without any label the right team is named first in {round(first['right'] * 100)} of 100" in words
    assert "So far 40 solved tickets say which team was right" in words
    assert "Measured on the last 13 labelled tickets, none of them learned from" in words
    assert page.count('class="plot-dot"') == 3
    for one in told["curve"]:
        assert f'cx="{one["labels"] * 4:.1f}" cy="{100 - one["right"] * 100:.1f}"' in page
        low, high = (round(share * 100) for share in one["between"])
        assert f"{one['labels']} {round(one['right'] * 100)}% {low}% \N{EN DASH} {high}%" in words
        assert low < high


def test_before_there_are_labels_no_curve_is_claimed(visit: Visit, desk: Desk) -> None:
    taught(desk, 0)
    page = visit("lead").get("/desk/models").text
    assert "That is too few to tell what a further label does." in text_of(page)
    assert "plot-dot" not in page
    assert visit("lead").get(ADDRESS).json() == {"labelled": 0, "curve": [], "asked": []}
    assert "No open ticket waits for a team." in text_of(page)


def test_the_tickets_whose_team_would_teach_most_are_asked_for(visit: Visit, desk: Desk) -> None:
    version = taught(desk, 0)
    sure = said(desk, version, SUBJECTS[0], 0.5)
    unsure = said(desk, version, SUBJECTS[1], 0.0)
    said(desk, version, "Kept from everybody", 0.0, blind=True)
    said(desk, version, "Solved long ago", 0.0, status="resolved")
    said(desk, "another-version", "Judged by another version", 0.0)
    placed = said(desk, version, "In its team already", 0.0)
    with desk.writing() as session:
        ticketing.move(session, SYSTEM, placed, "Vault", datetime.now(UTC))
        session.commit()
    lead = visit("lead")
    asked = lead.get(ADDRESS).json()["asked"]
    assert [(one["reference"], one["between"]) for one in asked] == [
        (unsure, ["Network", "Billing"]), (sure, ["Network", "Billing"]),
    ]  # fmt: skip
    section = lead.get("/desk/models").text.split('id="first-days-title"')[1].split("</section>")[0]
    assert section.count('href="/desk/tickets/') == 2
    assert f"{SUBJECTS[1]} {unsure} · It wavers between Network and Billing. {SUBJECTS[0]}" in text_of(section)
    link = section.split('href="/desk/tickets/')[1].split('"')[0]
    assert SUBJECTS[1] in lead.get(f"/desk/tickets/{link}").text
    assert lead.post(f"/api/v1/tickets/{link}/move", json={"team": "Front"}).status_code == 204
    assert [one["reference"] for one in lead.get(ADDRESS).json()["asked"]] == [sure]


def test_five_are_asked_for_and_of_twins_one(visit: Visit, desk: Desk) -> None:
    version = taught(desk, 0)
    for number in range(3):
        said(desk, version, f"Printer smokes {'again ' * number}", 0.0)
    for subject in SUBJECTS:
        said(desk, version, subject, 0.1)
    asked = [one["subject"] for one in visit("lead").get(ADDRESS).json()["asked"]]
    assert len(asked) == 5
    assert sum(subject.startswith("Printer") for subject in asked) == 1


def test_what_the_worker_predicted_is_asked_about(visit: Visit, desk: Desk) -> None:
    taught(desk, 0)
    references = {opened(desk, f"{subject} today", subject) for subject in SUBJECTS}
    with desk.writing() as session:
        predictions.predict_waiting(session, desk.search, desk.escalation, datetime.now(UTC) + timedelta(seconds=1))
        session.commit()
    asked = visit("lead").get(ADDRESS).json()["asked"]
    assert {one["reference"] for one in asked} & references
    assert all(len(one["between"]) == 2 for one in asked)


def test_only_leads_are_asked(visit: Visit, desk: Desk) -> None:
    said(desk, taught(desk, 0), SUBJECTS[0], 0.0)
    for who in ("nobody", "alma", "front", "vault"):
        assert visit(who).get(ADDRESS).status_code == 403
        refused = visit(who).get("/desk/models")
        assert refused.status_code == (303 if who == "nobody" else 403)
        assert SUBJECTS[0] not in refused.text
    assert SUBJECTS[0] in visit("operator").get("/desk/models").text


def test_where_nothing_serves_nothing_is_said(visit: Visit, desk: Desk) -> None:
    taught(desk, 0)
    desk.escalation.retire()
    assert visit("lead").get(ADDRESS).json() is None
    assert "First days" not in visit("lead").get("/desk/models").text


def test_a_version_of_enough_labels_has_no_first_days(visit: Visit, desk: Desk) -> None:
    version = desk.escalation.train(made_up.examples(60), now=made_up.START).version
    said(desk, version, SUBJECTS[0], 0.0)
    page = visit("lead").get("/desk/models").text
    assert version in page
    assert "First days" not in page
    assert SUBJECTS[0] not in page
    assert visit("lead").get(ADDRESS).json() is None


@pytest.mark.browser
@pytest.mark.parametrize(("scheme", "width"), [("dark", 1280), ("light", 320)])
def test_the_section_stands_in_nobodys_way(surf: Open, desk: Desk, scheme: str, width: int) -> None:
    version = taught(desk, 40)
    for number, subject in enumerate(SUBJECTS):
        said(desk, version, subject, number / 10)
    page = surf("lead", viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto("/desk/models")
    page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")
    found = Axe().run(page, options={"runOnly": WCAG}).response["violations"]
    assert [(one["id"], [node["html"][:150] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
