"""What happens behind the scenes: the index follows the database, tickets are predicted, each in a thread of its own.

Invariant: an errand is done at least once or waits for the operator; no failure ends the worker; pauses are measured
by a clock that never jumps; between two steps it can be stopped.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from web.desk import Desk
from web.errands import LONGEST_PAUSE, told
from web.following import Following
from web.foreseeing import Foreseeing

LOG: Final = logging.getLogger("deflect.worker")
POLL: Final = 0.3
"""Seconds between two looks at an empty outbox: one small read."""


class Worker:
    """Drains the outbox of one desk. `clock` gives seconds that only rise, `now` the date."""

    def __init__(
        self,
        desk: Desk,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._stop = threading.Event()
        self._asked: float | None = None
        self._threads: tuple[threading.Thread, ...] = ()
        self._following = Following(desk, clock, now, self._stop.is_set)
        self._foreseeing = Foreseeing(desk, clock, now)

    def start(self) -> None:
        """Work in threads of its own."""
        lanes = {"deflect-index": self._follow, "deflect-tickets": self._foresee}
        self._threads = tuple(threading.Thread(target=lane, name=name, daemon=True) for name, lane in lanes.items())
        for thread in self._threads:
            thread.start()

    def ask_to_stop(self) -> None:
        """Stop after the step at hand; the second time of asking changes nothing.

        A signal's handler asks, and may be cut short by the next signal's: only one of them may touch the lock.
        """
        if self._asked is None:
            self._asked = time.monotonic()
            self._stop.set()

    def stopped_within(self, seconds: float) -> bool:
        """Whether the threads have ended, waiting until so long after they were first asked to, at most."""
        until = (time.monotonic() if self._asked is None else self._asked) + seconds
        for thread in self._threads:
            thread.join(max(until - time.monotonic(), 0.2))
        return not any(thread.is_alive() for thread in self._threads)

    def round(self) -> bool:
        """Do here and now what is due; whether there was anything.

        Raises:
            SQLAlchemyError, DeflectError: the records cannot be used just now.
        """
        followed = self._following.round()
        return self._foreseeing.round() or followed

    def _follow(self) -> None:
        self._again(self._following.round)

    def _foresee(self) -> None:
        self._again(self._foreseeing.round)
        self._foreseeing.end()

    def _again(self, work: Callable[[], bool]) -> None:
        """Until asked to stop; what goes wrong is logged and tried again after a pause that doubles."""
        failures = 0
        while not self._stop.is_set():
            try:
                busy = work()
                failures = 0
            except Exception as error:  # noqa: BLE001 - a poison errand or a locked database must not end the worker
                busy = False
                failures += 1
                LOG.warning("The worker pauses: %s", told(error))
            if not busy:
                self._stop.wait(min(POLL * 2**failures, LONGEST_PAUSE))
