"""An article in Confluence's storage format.

Invariant: pictures, files and links between articles lead to their counterparts there; one that has none keeps its words
and is counted.
Source: Confluence storage format, https://confluence.atlassian.com/doc/confluence-storage-format-790796544.html
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from bs4 import BeautifulSoup, Tag

from kb.markup import render
from kb.records import ArticleRecord
from kb.services.health import SLUG
from web.connectors.storage_format import convert

FILES: Final = "/files/"
ELSEWHERE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)


def storage_of(record: ArticleRecord, titles: Mapping[str, str], dropped: Counter[str]) -> str:
    """Sanitised HTML is storage format already, but for what leads somewhere. `titles` are the pages there, by slug."""
    tree = BeautifulSoup(render(record.body, record.body_format or "markdown"), "lxml")
    places = {**titles, record.slug: record.title}
    for image in tree.find_all("img"):
        _picture(tree, image, record, places, dropped)
    for link in tree.find_all("a", href=True):
        _link(tree, link, record, places, dropped)
    for heading in tree.find_all(id=True):
        del heading["id"]
    for link in tree.find_all("a", rel=True):
        del link["rel"]
    return tree.body.decode_contents(formatter="minimal") if tree.body else ""


def shown(storage: str) -> tuple[str, tuple[str, ...]]:
    """What a page shows, however its markup is spelt: its words, and where its pictures and links lead."""
    tree = BeautifulSoup(convert(storage).html, "lxml")
    led = [str(element.get("src") or element.get("href") or "") for element in tree.find_all(["img", "a"])]
    return " ".join(tree.get_text(" ").split()), tuple(led)


def _picture(
    tree: BeautifulSoup, image: Tag, record: ArticleRecord, titles: Mapping[str, str], dropped: Counter[str]
) -> None:
    file = _file(tree, str(image.get("src", "")), record, titles)
    if file is None:
        dropped["picture that is not there"] += 1
        image.decompose()
        return
    made = tree.new_tag("ac:image", attrs={"ac:alt": str(image.get("alt", ""))} if image.get("alt") else {})
    made.append(file)
    image.replace_with(made)


def _link(
    tree: BeautifulSoup, link: Tag, record: ArticleRecord, titles: Mapping[str, str], dropped: Counter[str]
) -> None:
    target, _, anchor = str(link["href"]).partition("#")
    if ELSEWHERE.match(target):
        return
    if target.startswith(FILES):
        inside = _file(tree, target, record, titles)
    else:
        inside = _page(tree, target, titles) if target else None
    if inside is None and (target or not anchor):
        dropped["link to what does not leave"] += 1
        link.unwrap()
        return
    # An anchor is the heading's own words there, and ours are made from them.
    made = tree.new_tag("ac:link", attrs={"ac:anchor": anchor} if anchor else {})
    if inside is not None:
        made.append(inside)
    body = tree.new_tag("ac:link-body")
    for child in list(link.children):
        body.append(child.extract())
    made.append(body)
    link.replace_with(made)


def _page(tree: BeautifulSoup, target: str, titles: Mapping[str, str]) -> Tag | None:
    match = SLUG.match(unquote(target))
    title = titles.get(match[1]) if match else None
    return tree.new_tag("ri:page", attrs={"ri:content-title": title}) if title is not None else None


def _file(tree: BeautifulSoup, target: str, record: ArticleRecord, titles: Mapping[str, str]) -> Tag | None:
    """One of the article's own, or one of another article's page."""
    slug, _, name = unquote(target).removeprefix(FILES).rpartition("/")
    if not target.startswith(FILES) or slug not in titles:
        return None
    if slug == record.slug and name not in {file.name for file in record.files}:
        return None
    made = tree.new_tag("ri:attachment", attrs={"ri:filename": name})
    if slug != record.slug:
        made.append(tree.new_tag("ri:page", attrs={"ri:content-title": titles[slug]}))
    return made
