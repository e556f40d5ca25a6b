"""From a home to an archive.

Invariant: records and index belong together (no index run ends between their copies), writers never wait, and the
archive appears whole or not at all.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile

from kb.snapshot import examine, snapshot
from search.contract import Progress
from search.files import alone, sync
from search.generations import LOCK, POINTER
from web.backups.history import FOLDER, Event, record
from web.backups.manifest import DATABASE, NAME, BackupError, Entry, Manifest
from web.desk import Desk

BLOCK: Final = 1 << 20
CACHES: Final = ("vectors.sqlite", "vectors.sqlite-wal", "vectors.sqlite-shm", "vectors.sqlite-journal")
"""Made again where they are missing."""


def back_up(desk: Desk, target: Path, now: datetime, progress: Progress | None = None) -> Manifest:
    """Write everything of a home into the new file `target`.

    Raises:
        BackupError: the file exists, or cannot be written where it should be.
        RecordsError: the records are not in SQLite; the message says what to use.
    """
    if target.exists():
        raise BackupError(f"{target} exists already. Choose another name, or remove it first.")
    home, records = desk.settings.home, desk.records
    with _folder(target) as aside, ExitStack() as held:
        for lock in (home / "index" / "generations" / LOCK, home / "models" / LOCK):
            if lock.exists():
                held.enter_context(alone(lock, lambda: _tell(progress, "waiting for the index or training", 0, 1)))
        snapshot(records, aside / DATABASE)
        held_records = examine(aside / DATABASE)
        manifest = Manifest(
            made_at=now.isoformat(timespec="seconds"), deflect=version("deflect"), schema=held_records.schema,
            counts=held_records.counts, generation=desk.search.generation or "", model=desk.escalation.version or "",
        )  # fmt: skip
        manifest = _pack(aside, home, manifest, progress)
        held.close()
        (aside / "archive").rename(target)
    sync(target.parent)
    record(home, Event("backup", now, target.name, digest(target), target.stat().st_size))
    return manifest


def digest(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def default_name(home: Path, now: datetime) -> Path:
    """Where a backup goes unless told otherwise."""
    return home / FOLDER / f"deflect-{now:%Y%m%d-%H%M%S}.zip"


@contextmanager
def _folder(target: Path) -> Iterator[Path]:
    """A folder beside the target, for its eyes only, gone again at the end."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".backup-", dir=target.parent))
    except OSError as error:
        raise BackupError(f"{target} cannot be written ({error.strerror}). Choose another place.") from error
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _pack(aside: Path, home: Path, manifest: Manifest, progress: Progress | None) -> Manifest:
    files = {DATABASE: aside / DATABASE} | {path.relative_to(home).as_posix(): path for path in _derived(home)}
    total = sum(path.stat().st_size for path in files.values())
    entries: dict[str, Entry] = {}
    done = 0
    descriptor = os.open(aside / "archive", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as raw:
        with ZipFile(raw, "w", ZIP_DEFLATED, compresslevel=1) as archive:
            for name, path in files.items():
                entries[name] = _add(archive, name, path)
                done += entries[name].bytes
                _tell(progress, "packing", done, max(total, done))
            manifest = replace(manifest, files=entries)
            archive.writestr(NAME, manifest.to_json())
        raw.flush()
        os.fsync(raw.fileno())
    return manifest


def _add(archive: ZipFile, name: str, path: Path) -> Entry:
    """Hashed as it is copied: what is written down is what is inside."""
    seen, length = hashlib.sha256(), 0
    with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as target:
        while block := source.read(BLOCK):
            seen.update(block)
            length += len(block)
            target.write(block)
    return Entry(seen.hexdigest(), length)


def _derived(home: Path) -> Iterator[Path]:
    """Files of index and models that serve now; locks, caches, older generations and unfinished work stay behind."""
    generations = home / "index" / "generations"
    serving = (generations / POINTER).read_text(encoding="ascii").strip() if (generations / POINTER).exists() else ""
    for top in ("index", "models"):
        # A part of a home may lie on another disk, behind a link.
        for folder, inner, names in os.walk(home / top, followlinks=True):
            at = Path(folder)
            inside = serving and at.is_relative_to(generations / serving)
            inner[:] = sorted(n for n in inner if _serves(at / n, generations, serving))
            kept = (n for n in sorted(names) if inside or not n.startswith("."))
            yield from (at / n for n in kept if not n.endswith(".lock") and n not in CACHES)


def _serves(folder: Path, generations: Path, serving: str) -> bool:
    if folder.parent == generations:
        return folder.name == serving
    return not folder.name.startswith(".")


def _tell(progress: Progress | None, step: str, done: int, total: int) -> None:
    if progress:
        progress(step, done, total)
