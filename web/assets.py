"""Style sheets and scripts. Invariant: an address names its content, so a browser may keep it for ever."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER: Final = Path(__file__).parent / "static"
FOR_EVER: Final = "public, max-age=31536000, immutable"


@cache
def digest() -> str:
    """Of everything in the folder: modules name each other relatively, so they change address together."""
    whole = hashlib.sha256()
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file():
            whole.update(path.relative_to(FOLDER).as_posix().encode())
            whole.update(path.read_bytes())
    return whole.hexdigest()[:12]


def address(name: str) -> str:
    """Where a file of the folder is served."""
    return f"/static/{digest()}/{name}"


class Assets(StaticFiles):
    """The folder under ``/static/DIGEST``; another digest gets today's file, not to be kept."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    def get_path(self, scope: Scope) -> str:
        _, _, rest = super().get_path(scope).partition("/")
        return rest

    async def get_response(self, path: str, scope: Scope) -> Response:
        reply = await super().get_response(path, scope)
        asked = super().get_path(scope).partition("/")[0]
        reply.headers["cache-control"] = FOR_EVER if asked == digest() else "no-cache"
        return reply
