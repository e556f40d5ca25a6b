"""When the last backup was made, and when one was last proved good. Invariant: a line is written after the deed."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

Deed = Literal["backup", "restore test", "restore"]
FOLDER: Final = "backups"
FILE: Final = "history.jsonl"


@dataclass(frozen=True, slots=True)
class Event:
    """One deed."""

    deed: Deed
    at: datetime
    archive: str
    sha256: str
    bytes: int


def record(home: Path, event: Event) -> None:
    """Write it down."""
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / FILE).open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(event) | {"at": event.at.isoformat(timespec="seconds")}) + "\n")


def events(home: Path) -> list[Event]:
    """Every deed, oldest first; a line that cannot be read is passed over."""
    found: list[Event] = []
    try:
        lines = (home / FOLDER / FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return found
    for line in lines:
        with suppress(ValueError, TypeError, KeyError):
            content = json.loads(line)
            found.append(Event(**content | {"at": datetime.fromisoformat(content["at"])}))
    return found


def last(home: Path, deed: Deed) -> Event | None:
    """The newest deed of that kind."""
    return next((event for event in reversed(events(home)) if event.deed == deed), None)
