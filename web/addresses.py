"""Addresses of our own pages. Invariant: always a path, never a host, so that no header can turn a link elsewhere."""

from __future__ import annotations

from urllib.parse import quote, urlencode


def article_address(slug: str, anchor: str = "", question_key: str = "") -> str:
    """An article, at a section; `question_key` carries what was asked into a ticket."""
    query = f"?{urlencode({'k': question_key})}" if question_key else ""
    return f"/articles/{quote(slug)}{query}" + (f"#{quote(anchor)}" if anchor else "")


def shelf_address(product: str = "", topic: str = "") -> str:
    """The articles about a product, a topic, or both; all shelves where neither is named."""
    return f"/browse{_narrowed(product, topic)}"


def feed_address(product: str = "", topic: str = "") -> str:
    """The same as a feed."""
    return f"/feed.atom{_narrowed(product, topic)}"


def ticket_address(reference: str) -> str:
    """A ticket as its requester sees it."""
    return f"/tickets/{quote(reference, safe='')}"


def desk_address(reference: str) -> str:
    """A ticket as the desk sees it."""
    return f"/desk/tickets/{quote(reference, safe='')}"


def article_edit_address(slug: str) -> str:
    """An article as the desk edits it."""
    return f"/desk/articles/{quote(slug)}/edit"


def article_about_address(slug: str) -> str:
    """An article as those who keep it see it."""
    return f"/desk/articles/{quote(slug)}/about"


def _narrowed(product: str, topic: str) -> str:
    named = {name: value for name, value in (("product", product), ("topic", topic)) if value}
    return f"?{urlencode(named)}" if named else ""
