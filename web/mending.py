"""A learned ranker that cannot be used. Invariant: what is whole serves meanwhile, and a new one is learned once a day at most."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from search.contract import SearchError
from search.rankers import Rankers
from web.desk import Desk

LOG: Final = logging.getLogger("deflect.worker")
CAUSE: Final = "the ranker of suggestions cannot be used"
REST: Final = 86_400.0
"""Seconds until it is tried again where learning gave no ranker: a desk may have lost the links to learn from."""


class Mender:
    """Looks after the ranker that serves. `clock` gives seconds that only rise."""

    def __init__(self, desk: Desk, clock: Callable[[], float]) -> None:
        self._desk = desk
        self._clock = clock
        self._tried: float | None = None

    def cause(self) -> str | None:
        """Why a new ranker should be learned now; None where it need not, or it was tried lately.

        Where the one that serves is damaged or of another encoder, the newest one that is whole serves from here on.
        """
        rankers = self._desk.search.rankers
        note = rankers.load()[1]
        if not note:
            return None
        LOG.warning("%s", note)
        fall_back(rankers)
        if self._tried is not None and self._clock() - self._tried < REST:
            return None
        self._tried = self._clock()
        return CAUSE


def fall_back(rankers: Rankers) -> str:
    """Serve the newest version that can be used; its name, empty where there is none and the fixed rule goes on."""
    damaged = rankers.current()
    for name in reversed(rankers.names()):
        if name == damaged:
            continue
        with suppress(SearchError):
            rankers.promote(name)
            if rankers.load()[0] is not None:
                LOG.warning("%s serves again until a new ranker is learned", name)
                return name
    return ""
