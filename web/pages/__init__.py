"""The pages for people. Invariant: everything that can be done here can be done without scripts."""

from __future__ import annotations

from fastapi import APIRouter

from web.pages.desk import router as desk
from web.pages.feed import router as feed
from web.pages.files import router as files
from web.pages.patterns import router as patterns
from web.pages.programs import router as programs
from web.pages.reading import router as reading
from web.pages.searching import router as searching
from web.pages.signing_in import router as signing_in
from web.pages.tickets import router as tickets
from web.pages.writing import router as writing

router = APIRouter(include_in_schema=False)
for part in (searching, reading, feed, writing, tickets, signing_in, desk, files, programs, patterns):
    router.include_router(part)
