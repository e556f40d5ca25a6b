"""What an archive says it holds.

Invariant: a manifest names every file with its length and SHA-256, carries a checksum of its own, and never names a
path that could lead out of a home.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from kb.errors import DeflectError

NAME: Final = "manifest.json"
DATABASE: Final = "deflect.db"
FORMAT: Final = "deflect backup"
VERSION: Final = 1
SEAL: Final = "seal"
PART: Final = re.compile(r"[\w.-]{1,200}")


class BackupError(DeflectError):
    """An archive cannot be made or cannot be trusted; the message is one line and says what to do."""

    code = "backup"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the archive."""

    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is inside, and what it was made from."""

    made_at: str
    deflect: str
    schema: str
    """Revision of the database."""
    counts: Mapping[str, int]
    """Table → rows."""
    generation: str = ""
    model: str = ""
    files: Mapping[str, Entry] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        """How much room it takes, unpacked."""
        return sum(entry.bytes for entry in self.files.values())

    def to_json(self) -> str:
        """With its seal."""
        content = {"format": FORMAT, "version": VERSION} | asdict(self)
        return json.dumps(content | {SEAL: _seal(content)}, indent=1, sort_keys=True)

    @staticmethod
    def from_json(text: str) -> Manifest:
        """Check and read.

        Raises:
            BackupError: it is none, of a newer Deflect, changed since it was written, or names a path outside a home.
        """
        try:
            content: dict[str, Any] = json.loads(text)
            known = content.pop("format"), int(content.pop("version")), content.pop(SEAL)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise BackupError("Not a Deflect backup: its manifest cannot be read.") from error
        if known[0] != FORMAT:
            raise BackupError("Not a Deflect backup.")
        if known[1] > VERSION:
            raise BackupError("The archive was made by a newer Deflect. Install that one to restore it.")
        if known[2] != _seal({"format": known[0], "version": known[1]} | content):
            raise BackupError("The archive was changed after it was made: its manifest does not match its seal.")
        return _checked(content)


def _checked(content: dict[str, Any]) -> Manifest:
    try:
        files = {str(name): Entry(str(e["sha256"]), int(e["bytes"])) for name, e in content.pop("files").items()}
        manifest = Manifest(**content, files=files)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupError("Not a Deflect backup: its manifest cannot be read.") from error
    for name, entry in files.items():
        if not _inside(name) or entry.bytes < 0:
            raise BackupError(f"The archive names the path “{name[:80]}”, which no home has. It was not unpacked.")
    if DATABASE not in files:
        raise BackupError("The archive holds no database.")
    return manifest


def _inside(name: str) -> bool:
    """Whether a home may have a file of that name."""
    if name == DATABASE:
        return True
    parts = name.split("/")
    plain = all(PART.fullmatch(part) and part not in (".", "..") for part in parts)
    return plain and len(parts) > 1 and parts[0] in ("index", "models")


def _seal(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
