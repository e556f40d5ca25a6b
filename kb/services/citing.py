"""What a public reply gives away. Invariant: neither the address nor the words of a guarded article reach a customer by mistake."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from sqlalchemy.orm import Session

from kb.errors import InvalidError
from kb.queries import staff as staff_q
from kb.queries.staff import Guarded
from kb.viewers import Viewer, may_read

ADDRESS = re.compile(r"/articles/([^\s#?\"'<>)\]]+)")
LEAST: Final = 60
"""Letters in a row that are no coincidence."""
PIECE: Final = LEAST // 2
"""Any such stretch holds one of the pieces that a text is cut into."""
UNNAMED: Final = "An article you cannot read"


def check_public(session: Session, viewer: Viewer, ticket_id: int, body: str) -> None:
    """Stop a reply to a customer that links to a guarded article, or repeats one that was suggested for the ticket.

    Raises:
        InvalidError: it does; the message names the article, if the viewer may read it.
    """
    found = [*_linked(session, body), *_repeated(session, ticket_id, body)]
    if not found:
        return
    titles = dict.fromkeys(
        f"“{row.title}”" if may_read(viewer, row.audience, row.team_id) else UNNAMED for row in found
    )
    raise InvalidError(
        f"{', '.join(titles)} is not for customers, so this was not sent. "
        "Say it in your own words, or send an internal note.",
        field="body",
    )


def _linked(session: Session, body: str) -> list[Guarded]:
    slugs = {unquote(slug).rstrip(".,;:!") for slug in ADDRESS.findall(body)}
    return staff_q.guarded_articles(session, sorted(slugs)) if slugs else []


def _repeated(session: Session, ticket_id: int, body: str) -> list[Guarded]:
    words = _plain(body)
    if len(words) < LEAST:
        return []
    return [row for row in staff_q.guarded_passages(session, ticket_id) if _repeats(words, _plain(row.text))]


def _repeats(words: str, passage: str) -> bool:
    """Whether `LEAST` letters in a row stand in both."""
    return any(
        _alike(words, passage, at, start) >= LEAST
        for start in range(0, len(passage) - PIECE + 1, PIECE)
        for at in _places(words, passage[start : start + PIECE])
    )


def _places(words: str, piece: str) -> Iterator[int]:
    at = words.find(piece)
    while at >= 0:
        yield at
        at = words.find(piece, at + 1)


def _alike(words: str, passage: str, at: int, start: int) -> int:
    """Letters that are the same around those two places, as many as matter."""
    before = 0
    while before < LEAST and at > before and start > before and words[at - before - 1] == passage[start - before - 1]:
        before += 1
    after = 0
    longest = min(LEAST, len(words) - at, len(passage) - start)
    while after < longest and words[at + after] == passage[start + after]:
        after += 1
    return before + after


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
