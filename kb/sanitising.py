"""A foreign body as a tree of safe HTML.

Invariant: whatever goes in, what comes out holds no script, no style and no image from elsewhere, every heading has a
name of its own that depends on the body alone, and the work grows with the size of the body and no faster.
"""

from __future__ import annotations

import re
from typing import Final

import nh3
from bs4 import BeautifulSoup, Tag
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

LONGEST_MARKDOWN: Final = 600_000
LONGEST_HTML: Final = 1_000_000
DEEPEST: Final = 500
"""Tags open at once. The HTML parser is quadratic in depth, and no article is a tenth as deep."""
MOST_BRACKETS: Final = 8_000
"""Opening square brackets in one paragraph; the Markdown parser is quadratic in them."""
TOO_LARGE: Final = "This article is too large to be laid out and is shown as plain text."
HEADINGS: Final = ("h1", "h2", "h3", "h4", "h5", "h6")
TAGS: Final = {
    "a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "dd", "del", "details", "div", "dl", "dt", "em",
    "figcaption", "figure", "hr", "i", "img", "ins", "kbd", "li", "mark", "nav", "ol", "p", "pre", "q", "s", "samp",
    "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u",
    "ul", "var", *HEADINGS,
}  # fmt: skip
ATTRIBUTES: Final = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    **{name: {"id"} for name in HEADINGS},
    **{name: {"id", "class"} for name in ("div", "nav", "ul", "ol")},
}
WITHOUT_DEPTH: Final = {
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta", "p", "source", "tbody",
    "td", "tfoot", "th", "thead", "tr", "wbr",
}  # fmt: skip
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
ANY_TAG = re.compile(r"<[!/?a-zA-Z][^<>]*>")
# Direction overrides would turn the page around them; the rest of these no reader ever sees.
UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
CONTENTS: Final = {"toc", "table-of-contents", "contents"}
BREAK = re.compile(r"<br\s{0,3}/?>", re.IGNORECASE)


def _break_tag(state: StateInline, silent: bool) -> bool:
    """``<br>``, the one tag that Markdown tables cannot do without."""
    match = BREAK.match(state.src, state.pos)
    if match and not silent:
        state.push("hardbreak", "br", 0)
    state.pos = match.end() if match else state.pos
    return match is not None


def _markdown() -> MarkdownIt:
    parser = MarkdownIt("js-default", {"html": False, "linkify": False})
    parser.inline.ruler.before("autolink", "break_tag", _break_tag)
    return parser


MARKDOWN: Final = _markdown()


def safe_tree(body: str, body_format: str) -> BeautifulSoup:
    """The body without anything unsafe or unseen, without its list of contents, and with named headings."""
    tree = BeautifulSoup(_clean(_html(UNSEEN.sub("", body), body_format)), "html.parser")
    for image in tree.find_all("img", src=False):
        image.decompose()
    _drop_contents(tree)
    _name_headings(tree)
    return tree


def safe_html(tree: BeautifulSoup) -> str:
    """The tree as text, sanitised once more, because what is served is what must be safe."""
    return _clean(str(tree))


def too_large(body: str, body_format: str) -> bool:
    """Whether laying this body out could take seconds, so that only its text is shown."""
    if body_format == "markdown":
        return len(body) > LONGEST_MARKDOWN or max(part.count("[") for part in body.split("\n\n")) > MOST_BRACKETS
    return body_format == "html" and (len(body) > LONGEST_HTML or _depth(body) > DEEPEST)


def _clean(html: str) -> str:
    return nh3.clean(
        html, tags=TAGS, attributes=ATTRIBUTES, attribute_filter=_allowed, link_rel="noopener noreferrer nofollow",
        url_schemes={"http", "https", "mailto", "tel"}, set_tag_attribute_values={"img": {"loading": "lazy"}},
        clean_content_tags={"script", "style", "template", "noscript", "title", "iframe", "object", "svg", "math"},
    )  # fmt: skip


def _allowed(tag: str, attribute: str, value: str) -> str | None:
    """Images from here only: a foreign one would tell its owner who reads. Browsers drop blanks inside an address."""
    if tag == "img" and attribute == "src":
        here = value.startswith("/") and not value.startswith("//") and "\\" not in value
        return value if here and not re.search(r"[\x00-\x20]", value) else None
    if attribute == "class" or (attribute == "id" and tag not in HEADINGS):
        return next((word for word in value.lower().split() if word in CONTENTS), None)
    return value


def _html(body: str, body_format: str) -> str:
    if too_large(body, body_format):
        return _paragraphs(TOO_LARGE + "\n\n" + (ANY_TAG.sub(" ", body) if body_format == "html" else body))
    if body_format == "html":
        return body
    return str(MARKDOWN.render(body)) if body_format == "markdown" else _paragraphs(body)


def _paragraphs(text: str) -> str:
    parts = (part.strip() for part in re.split(r"\n[^\S\n]*\n", text))
    return "".join(f"<p>{nh3.clean_text(part).replace('&#10;', '<br>')}</p>" for part in parts if part)


def _depth(body: str) -> int:
    depth = deepest = 0
    for closing, name in TAG.findall(body):
        if name.lower() not in WITHOUT_DEPTH:
            depth = max(0, depth - 1) if closing else depth + 1
            deepest = max(deepest, depth)
    return deepest


def _drop_contents(tree: BeautifulSoup) -> None:
    """A hand-made list of contents repeats every heading and would be found instead of them."""
    for element in tree.find_all(("div", "nav", "ul", "ol")):
        if element.decomposed:
            continue
        if "id" in element.attrs or "class" in element.attrs:
            element.decompose()
        elif element.name == "nav":
            element.unwrap()


def _name_headings(tree: BeautifulSoup) -> None:
    """Names begin with ``section-``, so that none can be mistaken for a part of the page around the article."""
    used: dict[str, int] = {}
    renamed: dict[str, str] = {}
    for heading in tree.find_all(HEADINGS):
        words = text_of(heading)
        if not words:
            heading.unwrap()
            continue
        base = "section-" + (_slug(words) or "untitled")
        used[base] = number = used.get(base, 0) + 1
        # Two dashes, which no slug holds: "step 2" and the second "step" stay apart.
        name = base if number == 1 else f"{base}--{number}"
        renamed.setdefault(_slug(words), name)
        renamed.setdefault(str(heading.get("id", "")), name)
        heading["id"] = name
    for link in tree.find_all("a", href=re.compile("^#.")):
        target = str(link["href"])[1:]
        link["href"] = f"#{renamed.get(target) or renamed.get(target.lower()) or target}"


def text_of(element: Tag) -> str:
    """All words in it, on one line."""
    return " ".join(element.get_text(" ").split())


def _slug(words: str) -> str:
    return re.sub(r"[\W_]+", "-", words[:200].lower()).strip("-")[:80].strip("-")
