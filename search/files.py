"""Files written so that a crash leaves the old state or the new one. Invariant: a manifest is written last."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

MANIFEST: Final = "manifest.json"
SEAL: Final = "seal"
WAIT: Final = 0.1
"""Seconds between two looks at a lock that another process holds."""


def checksum(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checksums(folder: Path) -> dict[str, str]:
    """Path below `folder` → SHA-256, of every file but the manifest and lock files."""
    named = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name: checksum(path) for name, path in named.items() if name != MANIFEST and not name.endswith(".lock")}


def write_manifest(folder: Path, content: dict[str, Any]) -> None:
    """Seal a folder: its files made durable, then their checksums and `content` in one file with a checksum of its own."""
    files = checksums(folder)
    for name in files:
        sync(folder / name)
    for inner in [path for path in folder.rglob("*") if path.is_dir()]:
        sync(inner)
    whole = content | {"files": files}
    write_atomically(folder / MANIFEST, json.dumps(whole | {SEAL: _seal(whole)}, indent=1, sort_keys=True))


def read_manifest(folder: Path) -> dict[str, Any]:
    """What `write_manifest` wrote; OSError or ValueError where there is none or it was changed since."""
    content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if not isinstance(content, dict) or not isinstance(content.get("files"), dict):
        raise ValueError("not a manifest")
    if content.pop(SEAL, None) != _seal(content):
        raise ValueError("the manifest was changed after it was written")
    return content


def _seal(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def broken_files(folder: Path, manifest: dict[str, Any]) -> tuple[str, ...]:
    """Files that are missing, cannot be read or are not what the manifest says."""
    return tuple(name for name, digest in manifest["files"].items() if _digest(folder / name) != digest)


def _digest(path: Path) -> str | None:
    try:
        return checksum(path)
    except OSError:
        return None


def write_atomically(path: Path, text: str) -> None:
    """Replace a small file; a reader sees the old one or the new one."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with aside.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    sync(path.parent)


def sync(path: Path) -> None:
    """Make a file's content, or a folder's names, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def alone(path: Path, waiting: Callable[[], None] | None = None) -> Iterator[None]:
    """Wait until nobody else holds `path`, then hold it; the lock dies with the process.

    `waiting` is called again and again meanwhile, and ends the wait by raising.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        while not _taken(file.fileno()):
            if waiting:
                waiting()
            time.sleep(WAIT)
        yield


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
