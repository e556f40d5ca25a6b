from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup

from kb.excerpts import excerpt_with_matches
from kb.markup import detect_format, plain_text, render, sections, table_of_contents
from kb.sanitising import TOO_LARGE


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<h2>Reset</h2><p>Hold the key.</p>", "html"),
        ("# Reset\n\nHold the key.", "markdown"),
        ("See [the guide](/guide) first.", "markdown"),
        ("| Key | Use |\n|---|---|\n| A<br>B | C |", "markdown"),
        ("## Page\n\n```html\n<div><p>one</p><p>two</p><p>three</p></div>\n```", "markdown"),
        ("Hold the key for ten seconds.\n\nThen let go.", "text"),
        ("1 < 2 and 3 > 2", "text"),
        ("", "text"),
    ],
)
def test_the_format_is_told_from_the_body(body: str, expected: str) -> None:
    assert detect_format(body) == expected


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<p onclick=alert(1)>x</p>",
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href='JaVa\tScript:alert(1)'>x</a>",
        "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
        "<style>body{background:url(//elsewhere.example/a)}</style>",
        "<p style='background:url(//elsewhere.example/a)'>x</p>",
        "<iframe src=//elsewhere.example></iframe>",
        "<svg><script>alert(1)</script></svg>",
        "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
        "<form action=//elsewhere.example><input name=password></form>",
        "<img src='https://elsewhere.example/a.png'>",
        "<img src='//elsewhere.example/a.png'>",
        "<img src='/\t/elsewhere.example/a.png'>",
        "<img src='/\\elsewhere.example/a.png'>",
        "<img src='data:image/svg+xml;base64,AAAA'>",
        "<img srcset='https://elsewhere.example/a.png 2x' src='/a.png'>",
        "<h2 id='x' onmouseover=alert(1)>x</h2>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
        "<base href=//elsewhere.example><meta http-equiv=refresh content=0><link rel=stylesheet href=//elsewhere.example>",
    ],
)
@pytest.mark.parametrize("body_format", ["html", "markdown", "text"])
def test_nothing_hostile_is_rendered(hostile: str, body_format: str) -> None:
    tree = BeautifulSoup(render(f"before\n\n{hostile}\n\nafter", body_format), "html.parser")

    assert "before" in tree.get_text()
    assert "after" in tree.get_text()
    for element in tree.find_all(True):
        assert element.name in {"p", "a", "img", "h2", "br"}
        assert not [name for name in element.attrs if name.startswith("on") or name in {"style", "srcset"}]
        for name in ("href", "src"):
            assert not re.search(r"script:|data:|elsewhere", str(element.get(name, "")))


def test_images_from_here_stay_and_links_say_no_referrer() -> None:
    html = render('<p><img src="/files/a.png" alt="A"> <a href="https://maker.example/">x</a></p>', "html")

    assert 'src="/files/a.png"' in html
    assert 'rel="noopener noreferrer nofollow"' in html


def test_headings_are_named_once_each_and_the_page_keeps_h1() -> None:
    body = "# Printer\n\n## Reset\n\na\n\n## Reset\n\nb\n\n## Reset 2\n\nc\n\n## 印刷\n\n## !!!\n\nd"

    tree = BeautifulSoup(render(body, "markdown"), "html.parser")
    names = [str(heading["id"]) for heading in tree.find_all(re.compile("^h[1-6]$"))]

    assert tree.find("h1") is None
    assert names == [
        "section-printer", "section-reset", "section-reset--2", "section-reset-2", "section-印刷", "section-untitled",
    ]  # fmt: skip
    assert names == [section.anchor for section in sections(body, "markdown")]
    assert table_of_contents(body, "markdown")[:2] == ((2, "Printer", "section-printer"), (3, "Reset", "section-reset"))


def test_links_inside_an_article_still_lead_to_their_heading() -> None:
    html = render('<a href="#w_old">go</a><h2 id="w_old">New words</h2>', "html")
    markdown = render("[go](#new-words)\n\n## New words", "markdown")

    assert 'href="#section-new-words"' in html
    assert 'href="#section-new-words"' in markdown


def test_a_hand_made_list_of_contents_is_dropped() -> None:
    body = (
        '<div id="toc"><h2>Contents</h2><ul><li><a href="#a">Reset</a></li></ul></div><h2 id="a">Reset</h2><p>Hold.</p>'
    )

    assert plain_text(body, "html") == "Reset\nHold."
    assert (
        plain_text(body.replace('div id="toc"', 'nav class="toc x"').replace("/div", "/nav"), "html") == "Reset\nHold."
    )
    assert plain_text(body.replace('"toc"', '"tools"'), "html") == "Contents\n- Reset\nReset\nHold."


def test_lists_tables_and_code_stay_readable() -> None:
    body = (
        "Intro *here*.\n\n## Steps\n\n1. Open\n2. Close\n   - gently\n\n"
        "| Key | Use |\n|---|---|\n| A<br>B | reset |\n\n```\nif x:\n    y\n```\n"
    )

    first, steps = sections(body, "markdown")

    assert first.blocks == ("Intro here.",)
    assert steps.blocks == ("1. Open", "2. Close", "- gently", "Key | Use", "A B | reset", "if x:\n    y")
    assert steps.text.startswith("1. Open\n2. Close")


def test_plain_text_keeps_what_looks_like_a_tag() -> None:
    assert plain_text("press <Enter> & wait\nthen go", "text") == "press <Enter> & wait\nthen go"


def test_overrides_of_direction_and_nul_are_gone() -> None:
    for body_format in ("html", "markdown", "text"):
        assert plain_text("a\u202eb\x00c\ud800d", body_format) == "abcd"
        render("a\u202eb\x00c\ud800d", body_format).encode()


@pytest.mark.parametrize(
    ("body", "body_format"),
    [
        ("<div>" * 200_000 + "word", "html"),
        ("<ul><li>" * 100_000 + "word", "html"),
        ("<b>" * 100_000 + "word", "html"),
        ("<div " * 200_000 + "word", "html"),
        ("<" * 300_000 + "word", "html"),
        ("word " + "[" * 1_000_000, "markdown"),
        ("word " + "![" * 500_000, "markdown"),
        ("word " + "x" * 1_000_000, "markdown"),
        ("word " + "> " * 100_000, "markdown"),
        ("word " + "*a " * 300_000, "markdown"),
        ("word\n\n" + "# a\n" * 8_000, "markdown"),
        ("word " + "x" * 1_000_000, "text"),
        ("<p>word</p>" + "<h2>a</h2>" * 8_000, "html"),
    ],
)
def test_a_megabyte_of_anything_is_read(body: str, body_format: str) -> None:
    # No clock: what is quadratic in any of these would run for minutes.
    assert render(body, body_format)
    assert sections(body, body_format)


def test_what_is_too_large_says_so() -> None:
    assert TOO_LARGE in render("# a\n" + "word " * 200_000, "markdown")
    assert TOO_LARGE not in render("# a\n" + "word " * 1_000, "markdown")


def test_rendering_what_was_rendered_changes_nothing() -> None:
    once = render("<h2>A &amp; B</h2><p>1 &lt; 2 <code>&lt;script&gt;</code></p><pre>\n  a\n</pre>", "html")

    assert render(once, "html") == once


def test_matched_words_are_marked_whatever_their_form() -> None:
    text = "Printing résumés: the PRINTER printed <b> a prince."

    marked = excerpt_with_matches(text, ["print resume"])

    assert "".join(part for part, _ in marked) == text
    assert [part for part, matched in marked if matched] == ["Printing", "résumés", "PRINTER", "printed"]


@pytest.mark.parametrize(
    ("text", "words", "matched"),
    [
        ("add an address", ["add"], ["add"]),
        ("closing it", ["close"], ["closing"]),
        ("nothing here", [], []),
        ("", ["x"], []),
        ("Straße strasse", ["STRASSE"], ["Straße", "strasse"]),
    ],
)
def test_matching_words(text: str, words: list[str], matched: list[str]) -> None:
    assert [part for part, is_match in excerpt_with_matches(text, words) if is_match] == matched
