"""What this process may use of the machine. Invariant: what cannot be told is not taken for plenty of cores, nor for none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

MEMORY: Final = Path("/proc/meminfo")
LIMIT: Final = Path("/sys/fs/cgroup")
"""Of a container, as control groups (version 2) state it."""
KIB: Final = 1024


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def has_memory(needed: int) -> bool:
    """Whether so many bytes more can be had; true where nobody says."""
    return all(left >= needed for left in _left())


def _left() -> Iterator[int]:
    """What the machine has left, and what the container has left of its limit."""
    with suppress(OSError, ValueError, LookupError, StopIteration):
        stated = next(line for line in MEMORY.read_text().splitlines() if line.startswith("MemAvailable:"))
        yield int(stated.split()[1]) * KIB
    # Without a limit it says “max”, which is no number. What files are cached counts as used, though it can be had.
    with suppress(OSError, ValueError):
        yield int((LIMIT / "memory.max").read_text()) - int((LIMIT / "memory.current").read_text())
