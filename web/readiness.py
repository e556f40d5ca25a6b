"""Alive, and ready. Invariant: alive from the first moment; ready only when a question would be answered without a wait."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from classifier.contract import ClassifierError
from kb import database
from kb.errors import DeflectError
from search.contract import SearchError
from web.desk import Desk

LOG: Final = logging.getLogger("deflect.start")
router = APIRouter()


class Readiness:
    """Loads the engines in a thread of its own and knows how far that is."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._warm, name="deflect-warm", daemon=True)
        self.lacking: tuple[str, ...] = ()
        """Engines that could not be loaded; the rest works without them."""

    def begin(self) -> None:
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Whether everything that can be loaded is, waiting so long at most."""
        return self._done.wait(seconds)

    @property
    def warm(self) -> bool:
        return self._done.is_set()

    def _warm(self) -> None:
        steps: dict[str, Callable[[], object]] = {
            "search": self._desk.search.warm,
            "escalation": lambda: self._desk.escalation.version,
        }
        for name, load in steps.items():
            try:
                load()
            except (SearchError, ClassifierError, DeflectError, OSError) as error:
                self.lacking = (*self.lacking, name)
                LOG.warning("%s is not available: %s", name, error)
        self._done.set()


@router.get("/healthz", include_in_schema=False)
def healthz() -> JSONResponse:
    """The process answers."""
    return JSONResponse({"alive": True})


@router.get("/readyz", include_in_schema=False)
def readyz(request: Request) -> JSONResponse:
    """Whether to send people here: engines loaded and the database answers."""
    readiness: Readiness = request.app.state.readiness
    waiting = [] if readiness.warm else ["search"]
    waiting += [] if database.answers(request.app.state.desk.records) else ["database"]
    body = {"ready": not waiting, "waiting_for": waiting, "without": list(readiness.lacking)}
    return JSONResponse(body, 200 if not waiting else 503)
