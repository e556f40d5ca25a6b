"""How often one client may do what costs. Invariant: kept in memory, by a hash, for as long as a window lasts."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from fastapi import Request

from web.failures import TooManyRequestsError

MOST_CLIENTS: Final = 20_000


class Limit:
    """So many calls a client in so many seconds."""

    def __init__(self, calls: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.calls = calls
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> bool:
        """Whether there is one more for this client; it refills evenly."""
        name = hashlib.blake2b(client.encode(), digest_size=8).hexdigest()
        with self._lock:
            now = self._clock()
            left, at = self._left.pop(name, (float(self.calls), now))
            left = min(float(self.calls), left + (now - at) * self.calls / self._seconds)
            allowed = left >= 1
            self._left[name] = (left - 1 if allowed else left, now)
            if len(self._left) > MOST_CLIENTS:
                self._left.popitem(last=False)
            return allowed


class Limits:
    """The limits of one app, by name; generous for a person, tight for a script."""

    def __init__(self) -> None:
        self.named = {
            "search": Limit(600, 60),
            "sign-in": Limit(30, 60),
            "ticket": Limit(30, 600),
            "vote": Limit(60, 60),
            "reply": Limit(1200, 60),
        }


def limited(name: str) -> Callable[[Request], None]:
    """A dependency that counts one call of that kind for the client's address."""

    def count(request: Request) -> None:
        limits: Limits = request.app.state.limits
        if not limits.named[name].take(request.client.host if request.client else ""):
            raise TooManyRequestsError

    return count
