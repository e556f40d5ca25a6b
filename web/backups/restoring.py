"""From an archive to a home.

Invariant: nothing is unpacked that the manifest does not name, nothing is kept whose bytes are not what it says, and
the home appears by one rename, whole, or not at all.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final
from zipfile import BadZipFile, ZipFile

from kb.snapshot import examine
from search.contract import Progress
from search.files import sync
from web.backups.history import FOLDER, Event, record
from web.backups.making import BLOCK, digest
from web.backups.manifest import DATABASE, NAME, BackupError, Entry, Manifest
from web.presence import alone_in

LONGEST_MANIFEST: Final = 64_000_000
ROOM: Final = 1.05
"""How much more room than the files take must be free."""


def read_manifest(archive: Path) -> Manifest:
    """What an archive says it holds; nothing is unpacked.

    Raises:
        BackupError: it is none, or was changed.
    """
    with _opened(archive) as file:
        return _manifest(file)


def restore(
    archive: Path, home: Path, now: datetime, progress: Progress | None = None, *, replace: bool = False
) -> tuple[Manifest, Path | None]:
    """Bring `home` back. Answers what came back, and where a home that was there before lies now.

    Raises:
        BackupError: the archive cannot be trusted, or the home is not empty, in use, or cannot be written.
        RecordsError: the database inside is damaged or of the future.
    """
    home = home.resolve()
    taken = home.exists() and (not home.is_dir() or any(home.iterdir()))
    if taken and not replace:
        raise BackupError(f"{home} is not empty. Choose another with --home, or add --replace to put it aside.")
    if home.is_mount():
        raise BackupError(f"{home} is a mount point and cannot be swapped. Choose a folder below it with --home.")
    with unpacked(archive, home.parent, progress) as (fresh, manifest):
        record(fresh, Event("restore", now, archive.name, digest(archive), archive.stat().st_size))
        before = _swap(fresh, home, now) if taken else None
        if not taken:
            _put(fresh, home)
    return manifest, before


def try_out(archive: Path, home: Path, now: datetime, progress: Progress | None = None) -> Manifest:
    """Restore into a folder that goes away again, and write down in `home` that it went well.

    Raises:
        BackupError, RecordsError: as `restore`.
    """
    home.mkdir(parents=True, exist_ok=True)
    with unpacked(archive, home, progress) as (_, manifest):
        record(home, Event("restore test", now, archive.name, digest(archive), archive.stat().st_size))
    return manifest


@contextmanager
def unpacked(archive: Path, beside: Path, progress: Progress | None = None) -> Iterator[tuple[Path, Manifest]]:
    """A whole, verified home in a folder under `beside`; gone at the end unless it was renamed.

    Raises:
        BackupError, RecordsError: as `restore`.
    """
    with _opened(archive) as file:
        manifest = _manifest(file)
        fresh = _folder(beside, manifest.bytes)
        try:
            done = 0
            for name, entry in manifest.files.items():
                _take(file, name, entry, fresh)
                done += entry.bytes
                if progress:
                    progress("unpacking", done, manifest.bytes)
            held = examine(fresh / DATABASE)
            if (held.schema, dict(held.counts)) != (manifest.schema, dict(manifest.counts)):
                raise BackupError(f"{archive.name}: the database does not hold what the manifest says.")
            yield fresh, manifest
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


@contextmanager
def _opened(archive: Path) -> Iterator[ZipFile]:
    try:
        with ZipFile(archive) as file:
            yield file
    except FileNotFoundError as error:
        raise BackupError(f"{archive}: there is no such file. See the folder {FOLDER} of the home.") from error
    except (BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise BackupError(f"{archive} is damaged or no Deflect backup. Use another archive.") from error


def _manifest(file: ZipFile) -> Manifest:
    names = file.namelist()
    if NAME not in names or file.getinfo(NAME).file_size > LONGEST_MANIFEST:
        raise BackupError(f"{file.filename} is no Deflect backup: it has no manifest.")
    manifest = Manifest.from_json(file.read(NAME).decode("utf-8", "replace"))
    if sorted(names) != sorted([NAME, *manifest.files]):
        raise BackupError(
            f"{file.filename} was changed after it was made: it holds other files than its manifest says."
        )
    return manifest


def _folder(beside: Path, wanted: int) -> Path:
    try:
        beside.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(beside).free
        if free < wanted * ROOM:
            raise BackupError(f"Restoring takes {wanted:,} bytes, and {beside} has {free:,} free. Free some space.")
        return Path(tempfile.mkdtemp(prefix=".restoring-", dir=beside))
    except OSError as error:
        raise BackupError(f"{beside} cannot be written ({error.strerror}). Choose another place.") from error


def _take(file: ZipFile, name: str, entry: Entry, folder: Path) -> None:
    """One file, never longer than its manifest says, so that a small archive cannot fill a disk."""
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    seen, left = hashlib.sha256(), entry.bytes
    with file.open(name) as source, target.open("xb") as out:
        while block := source.read(min(BLOCK, left + 1)):
            left -= len(block)
            if left < 0:
                break
            seen.update(block)
            out.write(block)
        out.flush()
        os.fsync(out.fileno())
    if left != 0 or seen.hexdigest() != entry.sha256:
        raise BackupError(f"The archive is damaged or was changed: {name} is not what its manifest says.")


def _put(fresh: Path, home: Path) -> None:
    """A rename over an empty folder takes its place at once."""
    fresh.chmod(0o700)
    fresh.rename(home)
    sync(home.parent)


def _swap(fresh: Path, home: Path, now: datetime) -> Path:
    """The home that was there is put aside, never deleted; it comes back if the new one cannot take its place."""
    aside = home.with_name(f"{home.name}.before-{now:%Y%m%d-%H%M%S}")
    with alone_in(home):
        home.rename(aside)
        try:
            _put(fresh, home)
        except OSError:
            aside.rename(home)
            raise
    return aside
