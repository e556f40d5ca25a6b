"""One thing that was looked at. Invariant: whatever is not well says how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class Check:
    """What was found; `fix` is empty where all is well."""

    name: str
    state: State
    says: str
    fix: str = ""


def ok(name: str, says: str) -> Check:
    """All is well."""
    return Check(name, "ok", says)


def warning(name: str, says: str, fix: str) -> Check:
    """It works, and somebody should look at it."""
    return Check(name, "warning", says, fix)


def failed(name: str, says: str, fix: str) -> Check:
    """It does not work."""
    return Check(name, "failed", says, fix)
