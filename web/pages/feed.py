"""The feed. Invariant: the same for everybody: whoever asks is not looked at, so no cookie puts more into it."""

from __future__ import annotations

from hashlib import sha256

from fastapi import APIRouter, Request
from starlette.responses import Response
from starlette.staticfiles import NotModifiedResponse

from kb.services import announcing
from web import atom
from web.dependencies import Origin, Reading, TheDesk
from web.questions import CleanLine

router = APIRouter()


@router.get("/feed.atom")
def feed(
    request: Request, desk: TheDesk, session: Reading, origin: Origin, product: CleanLine = "", topic: CleanLine = ""
) -> Response:
    news = announcing.newest(session, product=product, topic=topic)
    body = atom.feed(origin, desk.settings.desk_name, news, product=product, topic=topic)
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    reply = Response(body, media_type=atom.MEDIA_TYPE, headers={"cache-control": "no-cache", "etag": tag})
    # Compared by content, never by date: what is hidden makes a feed older, not newer.
    held = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    return NotModifiedResponse(reply.headers) if held & {tag, "*"} else reply
