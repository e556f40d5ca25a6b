"""A ZIP archive as a folder that cannot climb out or unfold without end.

Invariant: nothing is written to disk, no entry is read past its limit whatever its header says, and all of them
together stay below one.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

from web.connectors.source import SourceError

MOST_ENTRIES: Final = 50_000
LARGEST_ENTRY: Final = 200_000_000
LARGEST_ALL: Final = 2_000_000_000
BLOCK: Final = 1 << 16
SYMLINK: Final = 0o120000
ENCRYPTED: Final = 0x1


class Archive:
    """Entries by name. Reading counts: what has been unfolded in all is limited too."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.path = path
        self._archive = archive
        self._left = LARGEST_ALL
        self._entries = {name: info for info in archive.infolist() if (name := _name(path, info))}

    @property
    def names(self) -> tuple[str, ...]:
        """Of files, in the archive's own order."""
        return tuple(self._entries)

    def read(self, name: str, longest: int = LARGEST_ENTRY) -> bytes:
        """One entry's content.

        Raises:
            SourceError: it is longer than `longest`, damaged, or the archive unfolds to too much.
        """
        parts: list[bytes] = []
        size = 0
        try:
            with self._archive.open(self._entries[name]) as entry:
                while block := entry.read(BLOCK):
                    size += len(block)
                    self._left -= len(block)
                    if size > longest or self._left < 0:
                        raise SourceError(f"{self.path}: {name} unfolds to more than is read. Export less at a time.")
                    parts.append(block)
        except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
            raise SourceError(f"{self.path}: {name} is damaged. Export it again.") from error
        return b"".join(parts)


@contextmanager
def archive(path: Path) -> Iterator[Archive]:
    """The archive at `path`, open for reading.

    Raises:
        SourceError: it is none, holds too many entries, or one that leads outside.
    """
    try:
        with zipfile.ZipFile(path) as opened:
            if len(opened.infolist()) > MOST_ENTRIES:
                raise SourceError(f"{path}: holds more than {MOST_ENTRIES:,} entries. Export less at a time.")
            yield Archive(path, opened)
    except (zipfile.BadZipFile, EOFError) as error:
        raise SourceError(f"{path}: is not a whole ZIP archive. Copy or export it again.") from error
    except FileNotFoundError as error:
        raise SourceError(f"{path}: there is no such file. Check the path.") from error


def _name(path: Path, info: zipfile.ZipInfo) -> str:
    """The entry's name, empty for a folder."""
    pure = PurePosixPath(info.filename.replace("\\", "/"))
    if pure.is_absolute() or ".." in pure.parts or (info.external_attr >> 16) & 0o170000 == SYMLINK:
        raise SourceError(f"{path}: the entry “{info.filename[:80]}” leads outside the archive. It is not read.")
    if info.flag_bits & ENCRYPTED:
        raise SourceError(f"{path}: is encrypted. Export it without a password.")
    return "" if info.is_dir() else pure.as_posix()
