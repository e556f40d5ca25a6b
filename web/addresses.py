"""Addresses of our own pages. Invariant: always a path, never a host, so that no header can turn a link elsewhere."""

from __future__ import annotations

from urllib.parse import quote, urlencode


def article_address(slug: str, anchor: str = "", question_key: str = "") -> str:
    """An article, at a section; `question_key` carries what was asked into a ticket."""
    query = f"?{urlencode({'k': question_key})}" if question_key else ""
    return f"/articles/{quote(slug)}{query}" + (f"#{quote(anchor)}" if anchor else "")


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
