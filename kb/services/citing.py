"""What a public reply gives away. Invariant: neither the address nor the words of a guarded article reach a customer by mistake."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

from sqlalchemy.orm import Session

from kb.errors import InvalidError
from kb.queries import staff as staff_q

ADDRESS = re.compile(r"/articles/([^\s#?\"'<>)\]]+)")
LEAST: Final = 60
"""Letters in a row that are no coincidence."""


def check_public(session: Session, ticket_id: int, body: str) -> None:
    """Stop a reply to a customer that links to a guarded article, or repeats one that was suggested for the ticket.

    Raises:
        InvalidError: it does; the message names the article.
    """
    titles = dict.fromkeys([*_linked(session, body), *_repeated(session, ticket_id, body)])
    if titles:
        named = ", ".join(f"“{title}”" for title in titles)
        raise InvalidError(
            f"{named} is not for customers, so this was not sent. Say it in your own words, or send an internal note.",
            field="body",
        )


def _linked(session: Session, body: str) -> list[str]:
    found = {unquote(slug).rstrip(".,;:!") for slug in ADDRESS.findall(body)}
    return [title for _, title in staff_q.guarded_articles(session, sorted(found))] if found else []


def _repeated(session: Session, ticket_id: int, body: str) -> list[str]:
    words = _plain(body)
    if len(words) < LEAST:
        return []
    return [title for title, text in staff_q.guarded_passages(session, ticket_id) if _holds(words, _plain(text))]


def _holds(words: str, passage: str) -> bool:
    """Whether a stretch of the passage stands in the words; looked for at every half stretch of it."""
    starts = range(0, max(1, len(passage) - LEAST + 1), LEAST // 2)
    return len(passage) >= LEAST and any(passage[at : at + LEAST] in words for at in starts)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
