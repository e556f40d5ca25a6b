"""An article's body as safe HTML and as plain sections.

Invariant: a section's anchor is the name its heading carries in the rendered body.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple, TypeVar

from bs4.element import NavigableString, PreformattedString, Tag

from kb.sanitising import HEADINGS, safe_html, safe_tree, text_of

LONGEST_KEPT: Final = 200_000
"""Larger bodies are read anew each time rather than kept in memory."""
BLOCKS: Final = {
    "p", "pre", "dt", "dd", "blockquote", "figure", "figcaption", "caption", "summary", "details", "div", "br", "hr",
    "tr", "ul", "ol", "li", "dl", "table",
}  # fmt: skip
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
LOOKS_HTML = re.compile(
    r"<(?:p|div|h[1-6]|ul|ol|li|table|tr|td|br|span|a|img|strong|b|em|section|article|body|html)\b[^<>]*>",
    re.IGNORECASE,
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

    @property
    def text(self) -> str:
        return "\n".join(self.blocks)


class Heading(NamedTuple):
    """One line of a table of contents."""

    level: int
    """As in the rendered body, from 2."""
    heading: str
    anchor: str


def detect_format(body: str) -> str:
    """``html``, ``markdown`` or ``text``: whichever of the two has more marks, code left aside."""
    start = body[:20_000]
    prose = CODE.sub("", start)
    tags, marks = len(LOOKS_HTML.findall(prose)), len(LOOKS_MARKDOWN.findall(start))
    if not tags and not marks:
        return "text"
    return "html" if tags > marks else "markdown"


def render(body: str, body_format: str) -> str:
    """Sanitised HTML in which every heading carries its anchor. Headings start at h2: the page owns h1."""
    return _kept(_render, _render_afresh, body, body_format)


def sections(body: str, body_format: str) -> tuple[Section, ...]:
    """Plain text by section, in reading order: list items marked, table cells apart, code with its lines."""
    return _kept(_sections, _sections_afresh, body, body_format)


def table_of_contents(body: str, body_format: str) -> tuple[Heading, ...]:
    """Every heading in reading order."""
    found = [section for section in sections(body, body_format) if section.heading]
    shift = 1 if any(section.level == 1 for section in found) else 0
    return tuple(Heading(min(6, section.level + shift), section.heading, section.anchor) for section in found)


def plain_text(body: str, body_format: str) -> str:
    """All of it without markup, a block a line."""
    lines: list[str] = []
    for section in sections(body, body_format):
        lines += [section.heading] if section.heading else []
        lines += section.blocks
    return "\n".join(lines)


T = TypeVar("T")


def _kept(kept: Callable[[str, str], T], afresh: Callable[[str, str], T], body: str, body_format: str) -> T:
    return (kept if len(body) <= LONGEST_KEPT else afresh)(body, body_format)


def _render_afresh(body: str, body_format: str) -> str:
    tree = safe_tree(body, body_format)
    shift = 1 if tree.find("h1") else 0
    for heading in tree.find_all(HEADINGS):
        heading.name = f"h{min(6, int(heading.name[1]) + shift)}"
    return safe_html(tree)


def _sections_afresh(body: str, body_format: str) -> tuple[Section, ...]:
    found: list[Section] = []
    heading, anchor, level, blocks = "", "", 0, list[str]()
    for element in _Reader().read(safe_tree(body, body_format)):
        if isinstance(element, str):
            blocks.append(element)
            continue
        if heading or blocks:
            found.append(Section(heading, anchor, level, tuple(blocks)))
        heading, anchor, level, blocks = text_of(element), str(element["id"]), int(element.name[1]), []
    if heading or blocks:
        found.append(Section(heading, anchor, level, tuple(blocks)))
    return tuple(found)


_render = lru_cache(maxsize=128)(_render_afresh)
_sections = lru_cache(maxsize=2048)(_sections_afresh)
# A shelf is looked through whole for its health: with fewer places than articles nothing would ever be found there.


class _Reader:
    """Goes through a tree once, without recursion, so that depth cannot hurt."""

    def __init__(self) -> None:
        self.line: list[str] = []
        self.marker = ""
        self.lists: list[int | None] = []
        self.inside = {"pre": 0, "heading": 0, "cell": 0}

    def read(self, root: Tag) -> Iterator[Tag | str]:
        """Headings as tags and everything else as blocks of text, in order."""
        open_tags = [(root, iter(root.children))]
        while open_tags:
            tag, children = open_tags[-1]
            child = next(children, None)
            if child is None:
                open_tags.pop()
                yield from self._leave(tag)
            elif isinstance(child, Tag):
                open_tags.append((child, iter(child.children)))
                yield from self._enter(child)
            elif isinstance(child, NavigableString) and not isinstance(child, PreformattedString):
                self._add(str(child))
        yield from self._block()

    def _enter(self, tag: Tag) -> Iterator[Tag | str]:
        if self._ends_block(tag) or tag.name in HEADINGS:
            yield from self._block()
        elif tag.name == "br":
            self.line.append("\n")
        if tag.name in HEADINGS:
            self.inside["heading"] += 1
            self.marker = ""
            yield tag
        self._mark(tag)

    def _ends_block(self, tag: Tag) -> bool:
        """A line of code and a line in a table's cell do not stand alone."""
        if tag.name in {"br", "p"} and self.inside["cell"]:
            return False
        return tag.name in BLOCKS and not (tag.name == "br" and self.inside["pre"])

    def _mark(self, tag: Tag) -> None:
        if tag.name == "pre":
            self.inside["pre"] += 1
        elif tag.name in {"ul", "ol"}:
            self.lists.append(0 if tag.name == "ol" else None)
        elif tag.name == "li":
            number = self.lists[-1] if self.lists else None
            self.marker = "- " if number is None else f"{number + 1}. "
            if number is not None:
                self.lists[-1] = number + 1
        elif tag.name in {"td", "th"}:
            self.inside["cell"] += 1
            self.line += [" | "] if self.line else []

    def _leave(self, tag: Tag) -> Iterator[str]:
        if self._ends_block(tag):
            yield from self._block()
        if tag.name == "pre":
            self.inside["pre"] -= 1
        elif tag.name in HEADINGS:
            self.inside["heading"] -= 1
        elif tag.name in {"td", "th"}:
            self.inside["cell"] -= 1
        elif tag.name in {"ul", "ol"}:
            self.lists.pop()

    def _add(self, text: str) -> None:
        if not self.inside["heading"] and (self.line or text.strip()):
            self.line.append(text)

    def _block(self) -> Iterator[str]:
        joined = "".join(self.line)
        text = joined.strip("\n").rstrip() if self.inside["pre"] else " ".join(joined.split()).strip("| ")
        self.line = []
        if text.strip():
            yield self.marker + text
            self.marker = ""
