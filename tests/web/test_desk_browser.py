"""The desk in a real browser: by keyboard alone, and with what a script adds."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from sqlalchemy import select

from kb.models import Message, Review, Suggestion
from tests.kb.desk_of_people import PASSWORD
from tests.web.conftest import WCAG, Open
from tests.web.desk_cases import opened, predicted, stored
from tests.web.furnishing import INTERNAL
from web.desk import Desk

pytestmark = pytest.mark.browser


def test_a_whole_review_by_keyboard(surf: Open, desk: Desk) -> None:
    cases = [(opened(desk, f"Case {n}", "It blinks."), n) for n in range(5)]
    numbers = [predicted(desk, reference, probability=0.9 - n / 10) for reference, n in cases]
    page = surf("lead")
    subject = page.locator("#case-title")
    assert subject.inner_text() == "Case 0"

    def pressed(key: str, then: str) -> None:
        page.keyboard.press(key)
        page.wait_for_function("then => document.querySelector('#case-title')?.innerText === then", arg=then)

    pressed("j", "Case 1")
    pressed("k", "Case 0")
    pressed("a", "Case 1")
    pressed("d", "Case 2")
    pressed("s", "Case 3")
    page.keyboard.press("t")
    assert page.evaluate("document.activeElement.id") == "team"
    page.keyboard.type("Front")
    page.keyboard.press("Tab")
    pressed("Enter", "Case 4")
    pressed("z", "Case 3")
    with desk.reading() as session:
        said = {(row.prediction_id, row.verdict) for row in session.scalars(select(Review))}
    assert said == {
        (numbers[0], "acknowledged"), (numbers[1], "disagreed"), (numbers[2], "snoozed"),
        (numbers[3], "team changed"), (numbers[3], "reopened"),
    }  # fmt: skip
    expect(page.get_by_text("Just decided by you")).to_be_visible()


def test_several_are_chosen_by_keyboard_while_walking(surf: Open, desk: Desk) -> None:
    for number in range(3):
        predicted(desk, opened(desk, f"Case {number}", "It blinks."), probability=0.9 - number / 10)
    page = surf("lead")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.wait_for_function("document.querySelector('#case-title').innerText === 'Case 1'")
    page.keyboard.press("x")
    page.get_by_role("button", name="Acknowledge…").click()
    expect(page.get_by_role("heading", name="Acknowledge 2 predictions")).to_be_visible()


def test_a_suggestion_goes_in_with_one_key_and_out_with_ctrl_z(surf: Open, desk: Desk) -> None:
    page = surf("front")
    page.goto(f"/desk/tickets/{opened(desk)}")
    page.keyboard.press("r")
    page.keyboard.type("Dear Bert,")
    page.locator("h1").click()
    with page.expect_response(re.compile("/verdict$")):
        page.keyboard.press("1")
    body = page.locator("#body")
    assert body.input_value().startswith("Dear Bert,\n\nHold the round key")
    assert re.search(r"\nhttp://127\.0\.0\.1:\d+/articles/pair-a-reader", body.input_value())
    page.keyboard.press("Control+z")
    expect(body).to_have_value("Dear Bert,")
    with desk.reading() as session:
        assert session.scalars(select(Suggestion).where(Suggestion.verdict == "inserted")).one().rank == 1


def test_a_guarded_article_is_stopped_with_a_reason_and_goes_into_a_note(surf: Open, desk: Desk) -> None:
    page = surf("front")
    page.goto(f"/desk/tickets/{opened(desk, 'blinking light', INTERNAL.word)}")
    card = page.locator('[data-slug="plover"]')
    card.get_by_role("button", name="Insert").click()
    expect(page.locator("#body")).to_have_value("")
    assert "is not for customers" in page.locator("#body-wrong").inner_text()
    page.get_by_label("Internal note").check()
    card.get_by_role("button", name="Insert").click()
    expect(page.locator("#body")).to_have_value(re.compile(re.escape(INTERNAL.word)))


def test_a_draft_survives_a_reload_and_a_session_that_ended(surf: Open, desk: Desk) -> None:
    page = surf("front")
    reference = opened(desk)
    page.goto(f"/desk/tickets/{reference}")
    page.locator("#body").fill("A long answer")
    page.reload()
    expect(page.locator("#body")).to_have_value("A long answer")
    page.context.clear_cookies()
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("link", name="Sign in again").click()
    page.fill("#email", "front@example.com")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#body")).to_have_value("A long answer")
    page.locator("#body").press("Control+Enter")
    page.wait_for_url(re.compile("newest"))
    expect(page.locator("#body")).to_have_value("")
    page.reload()
    expect(page.locator("#body")).to_have_value("")
    with desk.reading() as session:
        assert [message.body for message in session.scalars(select(Message))].count("A long answer") == 1


def test_a_verdict_with_one_key_needs_no_reload(surf: Open, desk: Desk) -> None:
    page = surf("front")
    page.goto(f"/desk/tickets/{opened(desk)}")
    page.locator("#body").fill("Half a sentence")
    page.locator("h1").click()
    page.keyboard.press("j")
    with page.expect_response(re.compile("/verdict$")):
        page.keyboard.press("x")
    card = page.locator("[data-suggestion]").first
    card.get_by_role("button", name="Take back").wait_for()
    expect(card.locator(".result-text")).to_be_hidden()
    expect(page.locator("#body")).to_have_value("Half a sentence")
    with desk.reading() as session:
        assert session.scalars(select(Suggestion.verdict).where(Suggestion.verdict != "")).all() == ["not relevant"]


def test_an_article_opens_beside_the_ticket_and_escape_leads_back(surf: Open, desk: Desk) -> None:
    page = surf("front")
    page.goto(f"/desk/tickets/{opened(desk)}")
    page.keyboard.press("o")
    panel = page.locator("#beside")
    panel.get_by_role("heading", name="Pair a card reader with a till").wait_for()
    assert page.evaluate("document.activeElement.closest('#beside') !== null")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    assert page.evaluate("document.activeElement.closest('[data-suggestion]') !== null")


def test_single_keys_can_be_switched_off_and_commands_still_work(surf: Open, desk: Desk) -> None:
    page = surf("front")
    reference = opened(desk)
    page.goto(f"/desk/tickets/{reference}")
    page.keyboard.press("?")
    page.get_by_label("Single keys do something").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    for key in ("?", "t", "1", "s"):
        page.keyboard.press(key)
    assert not page.locator("dialog[open]").count()
    expect(page.locator("#body")).to_have_value("")
    page.keyboard.press("Control+k")
    page.keyboard.type("take the")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert stored(desk, reference).assignee_id is not None


def test_somebody_else_on_the_ticket_and_a_new_message_are_noticed(surf: Open, desk: Desk) -> None:
    reference = opened(desk)
    front, lead = surf("front"), surf("lead")
    front.goto(f"/desk/tickets/{reference}")
    lead.goto(f"/desk/tickets/{reference}")
    expect(lead.get_by_text("Front has this ticket open too.")).to_be_visible()
    lead.locator("#body").fill("I have it.")
    lead.locator("#body").press("Control+Enter")
    lead.wait_for_url(re.compile("newest"))
    front.evaluate("window.dispatchEvent(new Event('focus'))")
    front.get_by_text("A new message came in while you were here.").wait_for()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 320)])
def test_no_page_of_the_desk_stands_in_anybodys_way(surf: Open, desk: Desk, scheme: str, width: int) -> None:
    reference = opened(desk)
    predicted(desk, reference)
    page = surf("operator", color_scheme=scheme, viewport={"width": width, "height": 900})
    page.goto("/desk/review")
    page.keyboard.press("a")
    page.wait_for_url(re.compile("done=decided"))
    predicted(desk, opened(desk, "Another", "It blinks."))
    found: dict[str, object] = {}
    for address in (
        "/desk/queue", f"/desk/tickets/{reference}", "/desk/review", "/desk/requests", "/desk/articles",
        "/desk/articles?show=published", "/desk/tickets/H-1/article", "/desk/articles/new", "/desk/articles/pair-a-reader/edit", "/desk/gaps",
        "/desk/status", "/desk/teams?edit=Vault", "/desk/people", "/desk/audit",
    ):  # fmt: skip
        page.goto(address)
        page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")
        result = Axe().run(page, options={"runOnly": WCAG})
        wrong = [
            (one["id"], [node["failureSummary"] + node["html"][:150] for node in one["nodes"]])
            for one in result.response["violations"]
        ]
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        small = page.evaluate(TOO_SMALL)
        found |= {address: problem} if (problem := (wrong, max(0, wide), small)) != ([], 0, []) else {}
    assert not found, found


TOO_SMALL = """() => [...document.querySelectorAll('main a, main button, main summary, main input, main select')]
  .filter(one => one.checkVisibility() && getComputedStyle(one).display !== 'inline' && !one.closest('.prose'))
  .filter(one => { const box = one.getBoundingClientRect(); return box.width && (box.height < 24 || box.width < 24); })
  .filter(one => !(one.type === 'checkbox' || one.type === 'radio') || !one.closest('label, li'))
  .map(one => one.outerHTML.slice(0, 80))"""
