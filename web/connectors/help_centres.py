"""Help centres of Zendesk and Freshdesk, as their interfaces give them in JSON.

Invariant: only what was published comes in; whatever has no counterpart is counted by name.
Sources: https://developer.zendesk.com/api-reference/help_center/help-center-api/articles/ and
https://developers.freshdesk.com/api/#solutions
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from bs4 import BeautifulSoup

from kb.records import slugify
from web.connectors.row import Row, RowError

PUBLISHED: Final = 2
"""Freshdesk's number for a published article."""
ADDRESS = re.compile(r"/(?:articles|solutions/articles)/(\d+)")


def is_zendesk(values: Any) -> bool:  # noqa: ANN401 - whatever JSON holds
    """Whether it is a page of Zendesk's articles, with sections and categories beside them or not."""
    articles = values.get("articles") if isinstance(values, dict) else None
    return isinstance(articles, list) and all(isinstance(a, dict) and "body" in a and "title" in a for a in articles)


def is_freshdesk(values: Any) -> bool:  # noqa: ANN401
    """Whether it is a list of Freshdesk's solution articles."""
    return (
        isinstance(values, list)
        and bool(values)
        and all(isinstance(a, dict) and "description" in a and "folder_id" in a for a in values)
    )


def read_zendesk(values: Mapping[str, Any], dropped: Counter[str]) -> Iterator[Row | RowError]:
    """A row an article; a section is a topic, a category a product."""
    sections = {s["id"]: s for s in values.get("sections") or () if isinstance(s, dict) and "id" in s}
    categories = {c["id"]: c for c in values.get("categories") or () if isinstance(c, dict) and "id" in c}
    slugs = {str(a.get("id")): slugify(str(a["title"])) for a in values["articles"]}
    for number, article in enumerate(values["articles"], 1):
        if article.get("draft"):
            dropped["draft"] += 1
            continue
        section = sections.get(article.get("section_id"), {})
        category = categories.get(section.get("category_id"), {})
        yield Row(number, {
            "slug": slugify(str(article["title"])), "title": article["title"], "body": _led(article["body"], slugs, dropped),
            "body_format": "html", "topic": [n for n in (section.get("name"), *(article.get("label_names") or ())) if n],
            "product": category.get("name"), "updated_at": article.get("updated_at"), "url": article.get("html_url"),
            "locale": article.get("locale"),
            # Whoever must sign in to read it there is not everybody.
            "audience": "internal" if article.get("user_segment_id") else "public",
        })  # fmt: skip


def read_freshdesk(values: list[Mapping[str, Any]], dropped: Counter[str]) -> Iterator[Row | RowError]:
    """A row an article; tags are topics."""
    slugs = {str(a.get("id")): slugify(str(a.get("title"))) for a in values}
    for number, article in enumerate(values, 1):
        if article.get("status") != PUBLISHED:
            dropped["draft"] += 1
            continue
        yield Row(number, {
            "slug": slugify(str(article.get("title"))), "title": article.get("title"), "body_format": "html",
            "body": _led(article["description"], slugs, dropped), "topic": [str(tag) for tag in article.get("tags") or ()],
            "updated_at": article.get("updated_at"),
        })  # fmt: skip


def _led(html: Any, slugs: Mapping[str, str], dropped: Counter[str]) -> str:  # noqa: ANN401
    """Links to other articles lead to their slugs; pictures stay behind, because they lie with the other system."""
    tree = BeautifulSoup(str(html or ""), "lxml")
    for link in tree.find_all("a", href=ADDRESS):
        match = ADDRESS.search(str(link["href"]))
        if match and match[1] in slugs:
            link["href"] = slugs[match[1]]
    for image in tree.find_all("img"):
        dropped["picture from elsewhere"] += 1
        image.decompose()
    return tree.body.decode_contents() if tree.body else ""
