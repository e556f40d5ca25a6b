"""What an agent makes of a suggestion. Invariant: it can be said with one key, and taken back."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from kb.errors import ConflictError
from kb.services import feedback, seeing, ticketing
from web.addresses import desk_address
from web.dependencies import Now, Records, Staff
from web.questions import CleanLine

router = APIRouter()
Slug = Annotated[CleanLine, Form(max_length=200)]
Find = Annotated[CleanLine, Form(max_length=400)]


@router.post("/tickets/{reference:path}/verdict")
def verdict(
    request: Request,
    session: Records,
    viewer: Staff,
    now: Now,
    reference: str,
    key: Annotated[CleanLine, Form(max_length=100)],
    rank: Annotated[int, Form(ge=1, le=100)],
    said: Annotated[CleanLine, Form(max_length=20)] = "",
    find: Find = "",
) -> Response:
    """Not relevant, outdated, inserted, or nothing of it."""
    seeing.ticket(session, viewer, reference)
    feedback.verdict(session, viewer, key, rank, said, now)
    if request.headers.get("accept", "").startswith("application/json"):
        return Response(status_code=204)
    return _back(reference, "marked" if said else "unmarked", find)


@router.post("/tickets/{reference:path}/link")
def link(session: Records, viewer: Staff, now: Now, reference: str, article: Slug, find: Find = "") -> Response:
    """Say that this is the answer."""
    ticketing.link(session, viewer, reference, article, now)
    return _back(reference, "linked", find)


@router.post("/tickets/{reference:path}/unlink")
def unlink(session: Records, viewer: Staff, now: Now, reference: str, article: Slug, find: Find = "") -> Response:
    """Take that back."""
    try:
        ticketing.unlink(session, viewer, reference, article, now)
    except ConflictError:
        # Pressed twice: it is not linked, which is what was wanted.
        session.rollback()
    return _back(reference, "unlinked", find)


def _back(reference: str, done: str, find: str) -> Response:
    query = urlencode({"done": done} | ({"find": find} if find else {}))
    return RedirectResponse(f"{desk_address(reference)}?{query}#suggested", 303)
