"""Confluence's storage format as plain HTML.

Invariant: every macro is either turned into what it shows, or named in the list of what was dropped; links to pages and
pictures come out as `page:TITLE` and `file:NAME`, to be led to their place by whoever knows it.
Source: Confluence storage format, https://confluence.atlassian.com/doc/confluence-storage-format-790796544.html
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from html import unescape
from typing import Final

from bs4 import BeautifulSoup, Tag

BOXES: Final = {"info": "Note", "note": "Note", "tip": "Tip", "warning": "Warning", "panel": ""}
PLAIN: Final = {"code", "noformat"}
OPEN: Final = {"expand", "section", "column", "excerpt", "details", "div"}
"""Macros that only lay out what they hold."""
SILENT: Final = {"toc", "anchor"}
"""Macros that show nothing of their own, or what Deflect shows by itself."""
ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)[a-zA-Z]{2,31}[0-9]{0,2};")
"""Names of HTML that XML does not know."""
TICKED, UNTICKED = "\u2611 ", "\u2610 "


@dataclass(frozen=True, slots=True)
class Converted:
    """HTML, and how often each thing that has no counterpart was dropped."""

    html: str
    dropped: Counter[str]


def convert(storage: str) -> Converted:
    """Storage format to HTML."""
    named = ENTITY.sub(lambda match: unescape(match[0]), storage)
    tree = BeautifulSoup(
        f'<root xmlns:ac="ac" xmlns:ri="ri">{named}</root>', "lxml-xml" if "<![CDATA[" in storage else "lxml"
    )
    dropped: Counter[str] = Counter()
    root = tree.find("root") or tree
    for macro in _named(root, "structured-macro", "macro"):
        _macro(tree, macro, dropped)
    for image in _named(root, "image"):
        _image(tree, image, dropped)
    for link in _named(root, "link"):
        _link(tree, link, dropped)
    for task in _named(root, "task"):
        _task(task)
    for names, kind in ((("emoticon",), ""), (("placeholder",), ""), (("inline-comment-marker",), "keep")):
        for found in _named(root, *names):
            if kind == "keep":
                found.unwrap()
            else:
                found.decompose()
    for left in root.find_all(lambda tag: bool(tag.prefix) or ":" in tag.name):
        left.unwrap()
    return Converted(root.decode_contents(), dropped)


def _named(root: Tag, *names: str) -> list[Tag]:
    """Elements ac:NAME or ri:NAME, deepest first, however the parser spells the prefix."""
    wanted = {spelt for name in names for spelt in (f"ac:{name}", f"ri:{name}", name)}
    found = [tag for tag in root.find_all(lambda tag: tag.name in wanted) if isinstance(tag, Tag)]
    ours = [tag for tag in found if tag.prefix in ("ac", "ri") or ":" in tag.name]
    return sorted(ours, key=lambda tag: -len(list(tag.parents)))


def _attribute(tag: Tag, name: str) -> str:
    return str(tag.get(f"ac:{name}") or tag.get(f"ri:{name}") or tag.get(name) or "")


def _one(tag: Tag, name: str) -> Tag | None:
    return next(iter(_named(tag, name)), None)


def _macro(tree: BeautifulSoup, macro: Tag, dropped: Counter[str]) -> None:
    name = _attribute(macro, "name")
    body = _one(macro, "rich-text-body")
    plain = _one(macro, "plain-text-body")
    if name in PLAIN and plain is not None:
        code = tree.new_tag("pre")
        code.string = plain.get_text()
        macro.replace_with(code)
    elif name in BOXES and body is not None:
        box = tree.new_tag("blockquote")
        if BOXES[name]:
            label = tree.new_tag("strong")
            label.string = f"{BOXES[name]}: "
            box.append(label)
        for child in list(body.children):
            box.append(child.extract())
        macro.replace_with(box)
    elif name in OPEN and body is not None:
        _titled(tree, macro, body)
    else:
        if name not in SILENT:
            dropped[f"macro {name or 'without a name'}"] += 1
        if body is not None and name not in SILENT:
            macro.replace_with(*[child.extract() for child in list(body.children)])
        else:
            macro.decompose()


def _titled(tree: BeautifulSoup, macro: Tag, body: Tag) -> None:
    """What it holds, under its title where it has one."""
    title = next((p.get_text() for p in _named(macro, "parameter") if _attribute(p, "name") == "title"), "")
    children = [child.extract() for child in list(body.children)]
    if title:
        heading = tree.new_tag("h4")
        heading.string = title
        children.insert(0, heading)
    macro.replace_with(*children)


def _image(tree: BeautifulSoup, image: Tag, dropped: Counter[str]) -> None:
    file = _one(image, "attachment")
    if file is None:
        dropped["picture from elsewhere"] += 1
        image.decompose()
        return
    picture = tree.new_tag("img", src=f"file:{_attribute(file, 'filename')}", alt=_attribute(image, "alt"))
    image.replace_with(picture)


def _link(tree: BeautifulSoup, link: Tag, dropped: Counter[str]) -> None:
    page, file = _one(link, "page"), _one(link, "attachment")
    body = _one(link, "link-body") or _one(link, "plain-text-link-body")
    words = body.get_text() if body is not None else ""
    anchor = _attribute(link, "anchor")
    if page is not None:
        target, default = f"page:{_attribute(page, 'content-title')}", _attribute(page, "content-title")
    elif file is not None:
        target, default = f"file:{_attribute(file, 'filename')}", _attribute(file, "filename")
    elif anchor:
        target, default = f"#{anchor}", anchor
    else:
        dropped["link to a person or a space"] += 1
        link.replace_with(words)
        return
    made = tree.new_tag("a", href=f"{target}#{anchor}" if anchor and page is not None else target)
    made.string = words or default
    link.replace_with(made)


def _task(task: Tag) -> None:
    """A line with its box."""
    status, body = _one(task, "task-status"), _one(task, "task-body")
    number = _one(task, "task-id")
    done = status is not None and status.get_text().strip() == "complete"
    for gone in (status, number):
        if gone is not None:
            gone.decompose()
    if body is not None:
        body.insert(0, TICKED if done else UNTICKED)
        body.unwrap()
    task.name, task.prefix = "p", None
