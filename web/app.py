"""The web service, put together. Invariant: one desk an app; what a request needs hangs on the app, never on a module."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Final

from anyio import to_thread
from fastapi import FastAPI

from web import api, failures, pages, readiness
from web.assets import Assets
from web.desk import Desk
from web.guard import Guard, SameOrigin, Sized
from web.limits import Limits
from web.readiness import Readiness
from web.watching import Watching

THREADS: Final = 15
"""Requests worked on at once: as many as the pool has connections, so that none waits for another's."""
SUMMARY: Final = "Answers before a ticket is written, and predicts which tickets escalate."


def create_app(desk: Desk) -> FastAPI:
    """The service of one desk: pages, API, health. Engines are loaded in the background once it has started."""
    app = FastAPI(
        title="Deflect", version=version("deflect"), summary=SUMMARY, description=api.DESCRIPTION,
        openapi_url="/api/v1/openapi.json", openapi_tags=api.TAGS, docs_url=None, redoc_url=None,
        lifespan=_lifespan, redirect_slashes=False,
    )  # fmt: skip
    app.state.desk = desk
    app.state.limits = Limits()
    app.state.readiness = Readiness(desk)
    app.state.watching = Watching()
    failures.install(app)
    app.include_router(readiness.router)
    app.include_router(api.router)
    app.include_router(pages.router)
    app.mount("/static", Assets(), name="static")
    # The last added is the first asked.
    app.add_middleware(Sized)
    app.add_middleware(SameOrigin)
    app.add_middleware(Guard, secure=desk.settings.secure_cookies)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    to_thread.current_default_thread_limiter().total_tokens = THREADS
    # A home that cannot be used stops the start, with the reason.
    await to_thread.run_sync(lambda: app.state.desk.records)
    app.state.readiness.begin()
    yield
