"""The help centre in a real browser: what scripts add, and what everybody can use."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

from kb.models import Suggestion, Ticket
from tests.web.conftest import WCAG, Open
from web.desk import Desk

pytestmark = pytest.mark.browser
PAGES = (
    "/", "/search?q=pair+reader+with+till", "/search?q=how+do+I+bake+sourdough+bread", "/articles/heron", "/browse",
    "/browse?topic=Refunds", "/contact", "/sign-in", "/programs", "/nothing",
)  # fmt: skip
LONG = (
    "I hold the round key for four seconds but the light never blinks blue, and Add reader on the till finds nothing."
)


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]})
    return [f"{each['id']}: {node['html'][:120]}" for each in found.response["violations"] for node in each["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_either_scheme(surf: Open, scheme: str) -> None:
    page = surf(color_scheme=scheme)
    for address in PAGES:
        page.goto(address)
        assert violations(page) == [], address


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_where_one_is_signed_in(surf: Open, scheme: str) -> None:
    page = surf("alma", color_scheme=scheme)
    page.goto("/tickets")
    assert violations(page) == []
    page.click(".ticket-subject")
    page.wait_for_selector(".thread")
    assert violations(page) == []
    page.click(".menu summary")
    assert violations(page) == []


def test_axe_finds_nothing_in_the_list_of_completions_and_on_the_way_to_a_ticket(surf: Open) -> None:
    page = surf()
    page.goto("/")
    page.type("#words", "refund")
    page.wait_for_selector("[role=option]")
    assert violations(page) == []
    page.goto("/contact")
    page.click("main .button.primary")
    page.wait_for_selector("[role=alert]")
    assert violations(page) == []


@pytest.mark.parametrize("width", [320, 640, 1280])
def test_no_page_scrolls_sideways(surf: Open, width: int) -> None:
    page = surf("alma", viewport={"width": width, "height": 700})
    for address in (*PAGES, "/tickets"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_every_target_is_large_enough_for_a_thumb(surf: Open) -> None:
    page = surf(viewport={"width": 360, "height": 700})
    for address in PAGES:
        page.goto(address)
        small = page.evaluate(
            """() => [...document.querySelectorAll('button, input:not([type=hidden]), select, textarea, summary, nav a, .button')]
            .filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 24).map(e => e.outerHTML.slice(0, 90))"""
        )
        assert small == [], address


def test_completions_come_while_one_types_and_keys_choose_among_them(surf: Open) -> None:
    page = surf()
    page.goto("/articles/heron")
    page.keyboard.press("/")
    page.keyboard.type("card")
    options = page.locator("[role=option]")
    expect(options.first).to_be_visible()
    expect(page.locator(".top-search [role=status]")).to_have_text(re.compile(r"^\d+ articles?$"))
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    chosen = page.locator("#top-words").get_attribute("aria-activedescendant")
    assert chosen == options.first.get_attribute("id")
    page.keyboard.press("Escape")
    expect(page.locator(".complete")).to_be_hidden()
    assert page.input_value("#top-words") == "card"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    address = page.locator("[role=option][aria-selected=true]").get_attribute("data-address")
    assert address == options.nth(1).get_attribute("data-address")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{address}")


def test_words_come_at_once_typos_forgiven_and_meaning_when_the_pause_comes(surf: Open) -> None:
    page = surf()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/api/v1/complete?" in request.url else None)
    page.goto("/")
    page.locator("#words").press_sequentially("recipt")
    expect(page.locator("[role=option]").first).to_contain_text("A receipt does not print")
    page.fill("#words", "")
    page.locator("#words").press_sequentially("lost my secret word for signing in", delay=20)
    expect(page.locator("[role=option]")).to_have_text([re.compile("Change a forgotten password")])
    whole = [url for url in asked if "signing+in&" in url]
    assert [url.endswith("paused=true") for url in whole] == [False, True], "words found nothing, so meaning was asked"
    assert len(asked) < 20, "not every letter is a question"


def test_enter_without_a_choice_searches(surf: Open) -> None:
    page = surf()
    page.goto("/")
    page.keyboard.type("refund a payment")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=refund+a+payment")
    expect(page.locator(".result mark").first).to_be_visible()


def test_a_late_reply_never_overwrites_a_newer_one(surf: Open) -> None:
    page = surf()
    held: list[Route] = []
    page.route(re.compile(r"complete\?q=refu&"), lambda route: held.append(route))
    page.goto("/")
    page.type("#words", "refu")
    page.wait_for_timeout(600)
    assert held, "the first question is on its way"
    page.fill("#words", "receipt")
    expect(page.locator("[role=option]").first).to_contain_text("receipt")
    for route in held:
        route.continue_()
    page.wait_for_timeout(300)
    expect(page.locator("[role=option]").first).to_contain_text("receipt")


def test_the_form_offers_answers_beside_and_sends_all_the_same(surf: Open, desk: Desk) -> None:
    page = surf()
    page.goto("/contact")
    page.fill("#subject", "Pair a card reader with a till")
    page.type("#body", LONG, delay=1)
    offers = page.locator("[data-offers] .offer")
    expect(offers.first).to_contain_text("Pair a card reader with a till")
    assert offers.count() <= 3
    page.fill("#email", "carla@example.com")
    page.click("main form.form .button.primary")
    page.wait_for_url("**/contact/sent?reference=*")
    with desk.reading() as session:
        assert session.scalars(select(Ticket).where(Ticket.requester == "carla@example.com")).one().body == LONG


def test_this_solved_it_beside_the_form_ends_kindly(surf: Open, desk: Desk) -> None:
    page = surf()
    page.goto("/contact")
    page.fill("#subject", "Pair a card reader with a till")
    page.type("#body", LONG, delay=1)
    page.get_by_role("button", name="This solved it").first.click()
    expect(page.get_by_role("heading", name="Glad that helped")).to_be_visible()
    page.get_by_role("button", name="Go back to what you wrote").click()
    expect(page.locator("#body")).to_have_value(LONG)
    with desk.reading() as session:
        assert session.scalars(select(Suggestion).where(Suggestion.verdict == "solved")).one().rank == 1


def test_focus_goes_to_what_is_wrong_and_the_skip_link_comes_first(surf: Open) -> None:
    page = surf()
    page.goto("/contact")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.click("main .button.primary")
    page.wait_for_selector("[role=alert]")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'subject'")


def test_a_reply_survives_a_reload(surf: Open) -> None:
    page = surf("alma")
    page.goto("/tickets")
    page.click(".ticket-subject")
    page.fill("#body", "Half a sentence that")
    page.reload()
    expect(page.locator("#body")).to_have_value("Half a sentence that")
    page.get_by_role("button", name="Send reply").click()
    page.wait_for_url("**done=sent**")
    expect(page.locator("#body")).to_have_value("")


def test_everything_works_without_scripts(surf: Open, desk: Desk) -> None:
    page = surf(java_script_enabled=False)
    page.goto("/")
    page.fill("#words", "pair a reader")
    page.get_by_role("button", name="Search").click()
    page.locator(".result-title a").first.click()
    page.get_by_role("button", name="No", exact=True).click()
    page.get_by_role("button", name="It is outdated").click()
    page.get_by_role("link", name="Ask a person").first.click()
    page.fill("#subject", "Pair a card reader with a till")
    page.fill("#body", LONG)
    page.fill("#email", "carla@example.com")
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("button", name="Send my question").click()
    expect(page.locator(".reference")).to_have_text(re.compile(r"T-\d{4}-\d+"))
    with desk.reading() as session:
        assert session.scalars(select(Ticket).where(Ticket.requester == "carla@example.com")).one()


def test_whoever_wants_no_motion_gets_none(surf: Open) -> None:
    page = surf(reduced_motion="reduce")
    page.goto("/")
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    assert page.evaluate("getComputedStyle(document.querySelector('.button')).transitionDuration") in {"0s", ""}


def test_headings_can_be_linked_to(surf: Open) -> None:
    page = surf()
    page.goto("/articles/heron")
    assert page.locator(".prose .anchor").first.get_attribute("href") == "#section-about-wordpublicheron"
