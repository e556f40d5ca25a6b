"""Who has a ticket open just now. Invariant: kept in this process alone and forgotten within a minute; nothing depends on it.

With several processes somebody may be missing here; that a reply crosses another is caught in the database.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

SECONDS: Final = 45.0
"""How long somebody counts as there; pages say so three times as often."""
MOST: Final = 20_000


class Watching:
    """Everybody's last sign of life, by ticket."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, int], tuple[float, str]] = {}

    def here(self, reference: str, account_id: int, name: str) -> tuple[str, ...]:
        """Say that somebody has the ticket open; who else has, by name."""
        with self._lock:
            now = self._clock()
            self._forget(now)
            self._seen[reference, account_id] = (now, name)
            others = [
                who for (what, number), (_, who) in self._seen.items() if what == reference and number != account_id
            ]
        return tuple(sorted(others))

    def _forget(self, now: float) -> None:
        gone = [key for key, (at, _) in self._seen.items() if now - at > SECONDS]
        # The oldest stand first, because whoever says so again is moved nowhere else.
        gone += list(self._seen)[: max(0, len(self._seen) - len(gone) - MOST)]
        for key in gone:
            self._seen.pop(key, None)
