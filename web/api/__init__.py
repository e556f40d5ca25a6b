"""The JSON API. Invariant: what a page can do a program can do, with the same rules and one shape of error."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from web.api.answering import router as answering
from web.api.articles import router as articles
from web.api.drifting import router as drifting
from web.api.escalations import router as escalations
from web.api.firstdays import router as firstdays
from web.api.keeping import router as keeping
from web.api.people import router as people
from web.api.removing import router as removing
from web.api.searching import router as searching
from web.api.shapes import ERRORS
from web.api.synonyms import router as synonyms
from web.api.tickets import router as tickets

DESCRIPTION: Final = """
Everything the pages do, for programs. Public articles can be searched and read, and a ticket can be opened, without
signing in; everything else needs a key, sent as `Authorization: Bearer …` (make one with `deflect users key`).

Every error has one shape: `{"error": {"code", "message", "field", "reference"}}`. `code` is for programs, `message` for
people, `field` names what was wrong in the request, and `reference` finds the request in the log. What you may not see
is answered like what does not exist: 404. 409 means that somebody was faster; 429 and 503 carry `Retry-After`.

Moments are ISO 8601 in UTC. Texts are plain unless a field says otherwise.
"""
TAGS: Final = [
    {"name": "search", "description": "Questions in, articles out."},
    {"name": "articles", "description": "Reading, writing and publishing what is known."},
    {
        "name": "keeping",
        "description": "What waits for a reader, how articles do, what is missing and what keeps coming back.",
    },
    {"name": "tickets", "description": "From the first word to the resolution."},
    {"name": "escalations", "description": "What is predicted, and what people say to it."},
    {"name": "people", "description": "Who a key speaks for."},
]

router = APIRouter(prefix="/api/v1", responses=ERRORS)
# An article's health stands before the article, whose address may be of any length.
for part in (
    searching,
    answering,
    synonyms,
    keeping,
    articles,
    tickets,
    escalations,
    drifting,
    firstdays,
    people,
    removing,
):
    router.include_router(part)
