"""The lead's page of answers: the risk that is chosen, what it means, and which ranker serves."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from sqlalchemy import select

from kb.models import AnswerChoice, AuditEntry
from search.engine import Engine as Search
from tests.kb.test_answers import ranker
from tests.web.conftest import WCAG, Open, Visit, hidden_fields
from tests.web.desk_cases import text_of
from web.desk import Desk

HERE = "/desk/answers"


@pytest.fixture
def learned(desk: Desk, furnished_home: Path) -> Search:
    """The same index, with two rankers of the test's own; the second serves."""
    # Other tests ask for rankers in the home that all share, which leaves a folder there.
    others = shutil.ignore_patterns("rankers")
    shutil.copytree(furnished_home / "index", desk.settings.home / "index", symlinks=True, ignore=others)
    search = Search(desk.settings.home / "index", threads=1, index_threads=1)
    search.rankers.folder.mkdir(parents=True)
    for facts in ({"figures": {"gain mrr@10, low": 0.02, "learned hit@1": 0.61}, "lessons": 321}, {"lessons": 400}):
        search.rankers.promote(search.rankers.add(ranker(), facts))
    desk.__dict__["search"] = search
    return search


def choices(desk: Desk) -> list[float | None]:
    with desk.reading() as session:
        return list(session.scalars(select(AnswerChoice.risk).order_by(AnswerChoice.number)))


def test_a_lead_sees_what_a_risk_means_chooses_it_and_is_told(visit: Visit, desk: Desk, learned: Search) -> None:
    assert learned.rankers.current() == "ranker-000002"
    lead = visit("lead")
    page = lead.get(HERE).text
    assert "As it was set up; no lead chose otherwise yet." in page
    assert "Of 100 questions whose article is here, 50 get an answer" in text_of(page)
    done = lead.post(f"{HERE}/risk", data={"number": "0", "percent": "10"})
    assert done.headers["location"] == f"{HERE}?done=risk-chosen"
    page = lead.get(done.headers["location"]).text
    assert "Suggestions are called an answer at that risk from now on." in page
    words = text_of(page)
    assert "Of 100 questions without an article, at most 10 are answered all the same" in words
    assert "10 get an answer, and of 100 answers 95 are the right article" in words
    assert "of 100 whose article is missing, 90 are told so" in words
    assert lead.post(f"{HERE}/risk", data={"number": "1"}).status_code == 303
    assert choices(desk) == [0.1, None]


def test_of_two_leads_the_second_sees_the_choice_again(visit: Visit, desk: Desk, learned: Search) -> None:
    del learned
    lead = visit("lead")
    form = hidden_fields(lead.get(HERE).text, f"{HERE}/risk")
    assert lead.post(f"{HERE}/risk", data=form | {"percent": "5"}).status_code == 303
    late = lead.post(f"{HERE}/risk", data=form | {"percent": "40"})
    assert late.status_code == 409
    assert "Somebody else chose another risk meanwhile" in late.text
    assert lead.post(f"{HERE}/risk", data={"number": "1", "percent": "101"}).status_code == 422
    assert choices(desk) == [0.05]


def test_a_lead_lets_another_ranker_serve_and_goes_back_to_the_fixed_rule(
    visit: Visit, desk: Desk, learned: Search
) -> None:
    lead = visit("lead")
    words = text_of(lead.get(HERE).text)
    assert "321 tickets" in words
    form = hidden_fields(lead.get(HERE).text, f"{HERE}/ranker")
    assert form == {"name": "ranker-000001", "expected": "ranker-000002"}
    assert lead.post(f"{HERE}/ranker", data=form).headers["location"] == f"{HERE}?done=ranker-serves"
    assert learned.rankers.current() == "ranker-000001"
    late = lead.post(f"{HERE}/ranker", data=form)
    assert late.status_code == 409
    assert "Somebody else changed meanwhile which ranker serves" in late.text
    assert lead.post(f"{HERE}/ranker", data={"name": "", "expected": "ranker-000001"}).status_code == 303
    assert "The fixed rule: words, meaning" in text_of(lead.get(HERE).text)
    with desk.reading() as session:
        acts = session.scalars(select(AuditEntry.action).where(AuditEntry.subject.like("ranker:%"))).all()
    assert acts == ["ranker promoted", "ranker refused", "ranker promoted"]


def test_where_nothing_was_learned_the_page_says_how(visit: Visit) -> None:
    words = text_of(visit("lead").get(HERE).text)
    assert "What that means is known once a ranker was learned from solved tickets" in words
    assert "No ranker was learned yet" in words


def test_answers_are_for_leads(visit: Visit, desk: Desk) -> None:
    for who in ("alma", "front"):
        assert visit(who).get(HERE).status_code == 403
        assert visit(who).post(f"{HERE}/risk", data={"number": "0", "percent": "5"}).status_code == 403
        assert visit(who).post(f"{HERE}/ranker", data={}).status_code == 403
        assert visit(who).get("/api/v1/answers").status_code == 403
    assert choices(desk) == []


def test_a_program_reads_and_chooses_it_too(visit: Visit, desk: Desk, learned: Search) -> None:
    del learned
    lead = visit("lead")
    before = lead.get("/api/v1/answers").json()
    assert (before["number"], before["share"], before["meaning"]["answered"]) == (0, None, 0.5)
    after = lead.put("/api/v1/answers", json={"share": 0.2, "number": 0}).json()
    assert (after["number"], after["share"], after["by"]) == (1, 0.2, "Lead")
    assert after["meaning"]["refused"] == 0.8
    assert lead.put("/api/v1/answers", json={"share": 0.3, "number": 0}).status_code == 409
    assert lead.put("/api/v1/answers", json={"share": 1.3, "number": 1}).status_code == 422
    assert choices(desk) == [0.2]


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
def test_the_page_is_open_to_everybody(surf: Open, learned: Search, width: int, scheme: str) -> None:
    del learned
    page = surf("lead", viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(HERE)
    found = Axe().run(page, options={"runOnly": WCAG}).response["violations"]
    assert [(one["id"], [node["html"][:150] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
