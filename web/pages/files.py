"""Pictures and files of articles. Invariant: for exactly those who may read the article, and nothing in one can run."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from kb.services import attaching
from web.dependencies import Looking, Records

router = APIRouter()
SAFE: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@router.get("/files/{slug:path}/{name}")
def file(session: Records, viewer: Looking, slug: str, name: str) -> Response:
    """One file. Pictures are shown in their place, everything else is saved."""
    found = attaching.fetch(session, viewer, slug, name)
    kind = "inline" if found.file.picture else "attachment"
    return Response(found.content, media_type=found.file.media_type, headers={
        "content-disposition": f"{kind}; filename*=UTF-8''{quote(found.file.name)}", "content-security-policy": SAFE,
        "x-content-type-options": "nosniff", "cache-control": "private, no-cache", "etag": f'"{found.file.checksum[:32]}"',
    })  # fmt: skip
