"""The editor in a real browser: the preview follows the words, and nothing in it runs."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from tests.web.conftest import WCAG, Open

pytestmark = pytest.mark.browser
EDIT = "/desk/articles/pair-a-reader/edit"
HARMFUL = "## New steps\n\nHold it for **nine** seconds.\n\n<img src=x onerror=\"document.title='run'\">\n\nCall +44 20 7946 0135"


@pytest.fixture
def editor(surf: Open) -> Page:
    page = surf("front", viewport={"width": 1500, "height": 900})
    page.goto(EDIT)
    return page


def test_the_preview_follows_what_is_typed_and_nothing_in_it_runs(editor: Page) -> None:
    expect(editor.locator("#preview .prose")).to_contain_text("four seconds")
    editor.fill("#body", HARMFUL)
    shown = editor.locator("#preview .prose")
    expect(shown.locator("h2")).to_have_text("New steps")
    expect(shown.locator("strong")).to_have_text("nine")
    expect(shown.locator("img")).to_have_count(0)
    expect(editor.locator("#checked h2")).to_have_text("1 piece looks personal")
    assert "run" not in editor.title().split()
    editor.locator("#checked").get_by_role("button", name="+44 20 7946 0135").click()
    chosen = (
        "document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)"
    )
    assert editor.evaluate(chosen) == "+44 20 7946 0135"
    editor.fill("#title", "Pair it anew")
    expect(editor.locator("#preview .preview-title")).to_have_text("Pair it anew")


def test_words_that_came_before_a_slow_reply_never_show_over_newer_ones(editor: Page) -> None:
    held: list[Route] = []
    expect(editor.locator("#preview .prose")).to_contain_text("four seconds")
    editor.route("**/preview", lambda route: route.continue_() if held else held.append(route))
    with editor.expect_request("**/preview"):
        editor.fill("#body", "Older words.")
    editor.fill("#body", "Newer words.")
    expect(editor.locator("#preview .prose")).to_have_text("Newer words.")
    assert len(held) == 1
    held[0].abort()
    expect(editor.locator("#preview .prose")).to_have_text("Newer words.")


def test_the_editor_with_its_preview_stands_in_nobodys_way(editor: Page) -> None:
    expect(editor.locator("#preview .prose")).to_contain_text("four seconds")
    found = Axe().run(editor, options={"runOnly": WCAG}).response["violations"]
    assert not [(one["id"], [node["html"][:150] for node in one["nodes"]]) for one in found]


def test_without_a_script_the_button_shows_the_same(surf: Open) -> None:
    page = surf("front", java_script_enabled=False)
    page.goto(EDIT)
    expect(page.locator("#preview")).to_be_hidden()
    page.fill("#body", "## New steps")
    page.get_by_role("button", name="Preview and check").click()
    expect(page.locator("#preview .prose h2")).to_have_text("New steps")
    expect(page.locator("#body")).to_have_value("## New steps")
