"""Which version serves, and which ones served before it.

Invariant: one small file, replaced by one rename; its first line serves, the next one is what a rollback brings back.
"""

from __future__ import annotations

import os
from collections.abc import Set
from pathlib import Path
from typing import Final

from classifier.contract import NoModelError, PromotionConflictError

REMEMBERED: Final = 50


class Pointer:
    """The file. Whoever writes holds the registry's lock."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def stack(self) -> tuple[str, ...]:
        """What serves, what served before it, and so on; empty where nothing does."""
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            return ()
        return tuple(line.strip() for line in lines if line.strip())

    @property
    def active(self) -> str | None:
        """The version that serves."""
        return next(iter(self.stack()), None)

    @property
    def previous(self) -> str | None:
        """The version that served before it."""
        return next(iter(self.stack()[1:]), None)

    def push(self, version: str, expected: str | None) -> None:
        """Serve that one; PromotionConflictError where another than `expected` serves (empty: none; None: whichever)."""
        stack = self.stack()
        self._expect(stack, expected)
        if stack[:1] != (version,):
            self._write((version, *stack)[:REMEMBERED])

    def pop(self, expected: str | None) -> None:
        """Serve what served before; NoModelError where nothing did."""
        stack = self.stack()
        self._expect(stack, expected)
        if len(stack) < 2:
            raise NoModelError("There is no earlier model to go back to. See: deflect models list")
        self._write(stack[1:])

    def forget(self, versions: Set[str]) -> None:
        """Never go back to those; what serves now stays."""
        stack = self.stack()
        kept = tuple(one for n, one in enumerate(stack) if n == 0 or one not in versions)
        if kept != stack:
            self._write(kept)

    def clear(self) -> None:
        """Serve none."""
        self._path.unlink(missing_ok=True)
        sync(self._path.parent)

    def _expect(self, stack: tuple[str, ...], expected: str | None) -> None:
        serving = stack[0] if stack else ""
        if expected is not None and expected != serving:
            now = f"Model {serving} serves by now" if serving else "No model serves any more"
            raise PromotionConflictError(f"{now}: somebody else changed it meanwhile. Look again: deflect models list")

    def _write(self, stack: tuple[str, ...]) -> None:
        aside = self._path.with_name(f".{self._path.name}")
        with aside.open("w", encoding="utf-8") as file:
            file.write("\n".join(stack) + "\n")
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self._path)
        sync(self._path.parent)


def sync(path: Path) -> None:
    """Onto the disk, file or folder."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
