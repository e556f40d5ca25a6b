"""Synonyms in a real browser: from a search that found nothing to words that a lead let stand for each other."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import select

from kb.models import Question
from kb.services import synonyms
from kb.viewers import SYSTEM
from tests.web.conftest import WCAG, Open
from web.desk import Desk

pytestmark = pytest.mark.browser


def rephrase(page: Page, before: str, after: str) -> None:
    """As a visitor does: search, see what comes, change the words in the same box."""
    page.goto("/")
    page.fill("#words", before)
    page.keyboard.press("Enter")
    expect(page.locator("#words")).to_have_value(before)
    page.wait_for_url("**/search?**")
    page.fill("#words", after)
    page.keyboard.press("Enter")
    page.wait_for_url("**after=**")


def settle(desk: Desk, found: str) -> None:
    """Whether a search found something is not what these tests are about."""
    with desk.writing() as session:
        for question in session.scalars(select(Question)):
            question.answered = question.redacted == found
        session.commit()


def test_words_that_two_visitors_put_in_each_others_place_serve_once_a_lead_says_so(surf: Open, desk: Desk) -> None:
    for _ in range(2):
        rephrase(surf(), "the gizmo is broken", "the roll is broken")
    settle(desk, "the roll is broken")
    visitor = surf()
    visitor.goto("/")
    visitor.locator("#words").press_sequentially("gizmo")
    visitor.wait_for_timeout(600)
    expect(visitor.locator("[role=option]")).to_have_count(0)
    lead = surf("lead")
    lead.goto("/desk/gaps")
    lead.get_by_role("link", name="Decide on them").click()
    expect(lead.get_by_role("row").filter(has_text="gizmo")).to_contain_text("2")
    lead.get_by_role("button", name=re.compile("Accept ?: gizmo = roll")).focus()
    lead.keyboard.press("Enter")
    expect(lead.get_by_role("heading", name="In use 1")).to_be_visible()
    visitor.fill("#words", "")
    visitor.locator("#words").press_sequentially("gizmo")
    expect(visitor.locator("[role=option]").first).to_contain_text("receipt")


def test_a_group_is_changed_removed_and_put_back_by_its_buttons(surf: Open) -> None:
    lead = surf("lead")
    lead.goto("/desk/synonyms")
    lead.get_by_label("Words and phrases").fill("gizmo, roll")
    lead.get_by_role("button", name="Add", exact=True).click()
    lead.get_by_role("link", name=re.compile("Change ?: gizmo = roll")).click()
    field = lead.get_by_label("Words and phrases")
    expect(field).to_be_focused()
    field.fill("gizmo")
    lead.keyboard.press("Enter")
    expect(lead.get_by_role("alert")).to_contain_text("at least two different words")
    lead.get_by_label("Words and phrases").fill("gizmo, paper roll")
    lead.keyboard.press("Enter")
    lead.get_by_role("button", name=re.compile("Remove ?: gizmo = paper roll")).click()
    expect(lead.get_by_text("No words stand for each other yet")).to_be_visible()
    lead.get_by_role("button", name="Add", exact=True).click()
    expect(lead.get_by_role("button", name=re.compile("Remove ?: gizmo = paper roll"))).to_be_visible()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("dark", 320)])
def test_the_page_stands_in_nobodys_way(surf: Open, desk: Desk, scheme: str, width: int) -> None:
    for _ in range(2):
        rephrase(surf(), "the gizmo is broken", "the roll is broken")
    settle(desk, "the roll is broken")
    with desk.writing() as session:
        kept = synonyms.save(session, SYSTEM, ["Wi-Fi", "wireless network", "WLAN"], datetime.now(UTC))
        synonyms.decline(session, SYSTEM, ["till", "drawer"], datetime.now(UTC))
        session.commit()
    page = surf("lead", color_scheme=scheme, viewport={"width": width, "height": 800})
    for address in ("/desk/synonyms", f"/desk/synonyms?edit={kept.id}"):
        page.goto(address)
        page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")
        found = Axe().run(page, options={"runOnly": WCAG}).response["violations"]
        assert [(one["id"], [node["html"][:150] for node in one["nodes"]]) for one in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
