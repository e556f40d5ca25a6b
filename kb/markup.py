"""An article's body as safe HTML and as plain sections.

Invariant: whatever goes in, what comes out holds no script, no style, no foreign image, and every heading has an
anchor that `sections` and `render` agree on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import nh3
from bs4 import BeautifulSoup, NavigableString, Tag
from markdown_it import MarkdownIt

LONGEST_MARKDOWN: Final = 200_000
LONGEST_LINE: Final = 10_000
"""Beyond these the parser takes seconds (it is quadratic in a paragraph); the body is then shown as plain text."""
HEADINGS: Final = ("h1", "h2", "h3", "h4", "h5", "h6")
TAGS: Final = {
    "a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "dd", "del", "details", "div", "dl", "dt", "em",
    "figcaption", "figure", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "small",
    "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul", "var",
    *HEADINGS,
}  # fmt: skip
ATTRIBUTES: Final = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
BLOCKS: Final = {"p", "li", "pre", "dt", "dd", "td", "th", "blockquote", "figcaption", "caption", "summary", "div"}
MARKDOWN: Final = MarkdownIt("js-default", {"html": False, "linkify": False})
LOOKS_HTML = re.compile(
    r"<(?:p|div|h[1-6]|ul|ol|table|br|span|a|img|strong|em|section|article|body|html)\b[^>]*>", re.IGNORECASE
)
LOOKS_MARKDOWN = re.compile(
    r"^(?:#{1,6}\s|[-*+]\s|\d+[.)]\s|>\s|```|\|.+\|)|\[[^\]\n]{1,200}\]\([^)\n]{1,500}\)|\*\*\S", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the blocks of plain text under it; the text before the first heading has none."""

    heading: str
    anchor: str
    level: int
    blocks: tuple[str, ...]


def detect_format(body: str) -> str:
    """``html``, ``markdown`` or ``text``."""
    start = body[:20_000]
    if LOOKS_HTML.search(start):
        return "html"
    return "markdown" if LOOKS_MARKDOWN.search(start) else "text"


@lru_cache(maxsize=256)
def render(body: str, body_format: str) -> str:
    """Sanitised HTML in which every heading carries its anchor. Headings start at h2: the page owns h1."""
    tree = _tree(body, body_format)
    shift = 1 if tree.find("h1") else 0
    for heading in tree.find_all(HEADINGS):
        heading.name = f"h{min(6, int(heading.name[1]) + shift)}"
    for image in tree.find_all("img"):
        image["loading"] = "lazy"
    return str(tree)


@lru_cache(maxsize=256)
def sections(body: str, body_format: str) -> tuple[Section, ...]:
    """Plain text by section, in reading order."""
    found: list[Section] = []
    heading, anchor, level, blocks = "", "", 0, list[str]()
    for element in _flow(_tree(body, body_format)):
        if isinstance(element, str):
            blocks.append(element)
            continue
        if heading or blocks:
            found.append(Section(heading, anchor, level, tuple(blocks)))
        heading, anchor, level, blocks = _text(element), str(element["id"]), int(element.name[1]), []
    if heading or blocks:
        found.append(Section(heading, anchor, level, tuple(blocks)))
    return tuple(found)


def plain_text(body: str, body_format: str) -> str:
    """All of it without markup, a block a line."""
    lines: list[str] = []
    for section in sections(body, body_format):
        lines += [section.heading] if section.heading else []
        lines += section.blocks
    return "\n".join(lines)


def _tree(body: str, body_format: str) -> BeautifulSoup:
    """Sanitised, with anchors."""
    tree = BeautifulSoup(nh3.clean(
        _html(body, body_format), tags=TAGS, attributes=ATTRIBUTES, attribute_filter=_allowed,
        url_schemes={"http", "https", "mailto", "tel"}, link_rel="noopener noreferrer nofollow",
        clean_content_tags={"script", "style", "template", "noscript", "title"},
    ), "html.parser")  # fmt: skip
    for image in tree.find_all("img", src=False):
        image.decompose()
    _anchor(tree)
    return tree


def _html(body: str, body_format: str) -> str:
    body = body.replace("\x00", "")
    if body_format == "html":
        return _without_contents_list(body)
    if (
        body_format == "markdown"
        and len(body) <= LONGEST_MARKDOWN
        and len(max(body.split("\n\n"), key=len)) <= LONGEST_LINE
    ):
        return MARKDOWN.render(body)
    return "".join(f"<p>{nh3.clean_text(part)}</p>" for part in re.split(r"\n\s*\n", body) if part.strip())


def _without_contents_list(body: str) -> str:
    """A hand-made list of contents repeats every heading and would be found instead of them."""
    if 'id="toc"' not in body:
        return body
    tree = BeautifulSoup(body, "lxml")
    for contents in tree.select("#toc"):
        contents.decompose()
    return str(tree)


def _allowed(tag: str, attribute: str, value: str) -> str | None:
    """Images from here only: a foreign one would tell its owner who reads."""
    if tag == "img" and attribute == "src":
        return value if value.startswith("/") and not value.startswith(("//", "/\\")) else None
    return value


def _anchor(tree: BeautifulSoup) -> None:
    used: set[str] = set()
    for heading in tree.find_all(HEADINGS):
        base = re.sub(r"[^\w]+", "-", _text(heading).lower()).strip("-")[:80] or "section"
        name, number = base, 2
        while name in used:
            name, number = f"{base}-{number}", number + 1
        used.add(name)
        heading["id"] = name


def _flow(tree: Tag) -> Iterator[Tag | str]:
    """Headings as tags and everything else as lines of text, in order; no recursion, so depth cannot hurt."""
    line: list[str] = []
    for node in tree.descendants:
        if isinstance(node, Tag):
            if node.name in HEADINGS or node.name in BLOCKS or node.name in {"br", "tr", "ul", "ol", "table"}:
                yield from _line(line)
                line = []
            if node.name in HEADINGS:
                yield node
        elif isinstance(node, NavigableString) and not _in_heading(node):
            line.append(str(node))
    yield from _line(line)


def _line(parts: list[str]) -> Iterator[str]:
    joined = " ".join("".join(parts).split())
    if joined:
        yield joined


def _in_heading(node: NavigableString) -> bool:
    parent, steps = node.parent, 0
    while parent is not None and steps < 6:
        if parent.name in HEADINGS:
            return True
        parent, steps = parent.parent, steps + 1
    return False


def _text(element: Tag) -> str:
    return " ".join(element.get_text(" ").split())
