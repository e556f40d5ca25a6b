"""Who works in a home. Invariant: the lock dies with the process, so a crash leaves nothing to clean up."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from kb.errors import ConflictError

LOCK: Final = "serving.lock"


@contextmanager
def present_in(home: Path) -> Iterator[None]:
    """Serve in that home; several may, but nobody swaps it meanwhile."""
    with (home / LOCK).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConflictError(
                f"{home} is being replaced or emptied by another command. Wait until it is done."
            ) from error
        yield


@contextmanager
def alone_in(home: Path) -> Iterator[None]:
    """Have that home to oneself.

    Raises:
        ConflictError: it is being served.
    """
    with (home / LOCK).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConflictError(f"{home} is being served. Stop `deflect serve` and `deflect worker` first.") from error
        yield


def served(home: Path) -> bool:
    """Whether somebody serves in that home now."""
    with suppress(ConflictError, OSError), alone_in(home):
        return False
    return (home / LOCK).exists()
