"""What a reader gives. Invariant: a row is whole or it is an error with its line; neither shows its content when printed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

LONGEST_ROW: Final = 20_000_000
"""Bytes; a longer row is an error and is never held in memory."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row as the file gives it."""

    line: int
    """Where it begins, from 1."""
    values: dict[str, Any] = field(repr=False)
    source: str = ""
    """The document, where there are several."""


@dataclass(frozen=True, slots=True)
class RowError:
    """One row that cannot be taken; `reason` never quotes more than a few characters of it."""

    line: int
    reason: str
    source: str = ""


def too_long(line: int) -> RowError:
    """The row that begins there is longer than `LONGEST_ROW`."""
    return RowError(line, f"is longer than {LONGEST_ROW // 1_000_000} MB")
