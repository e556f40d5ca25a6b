"""Files written so that a crash leaves the old state or the new one. Invariant: a manifest is written last."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"


def checksum(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checksums(folder: Path) -> dict[str, str]:
    """Path below `folder` → SHA-256, of every file but the manifest and lock files."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    named = {path.relative_to(folder).as_posix(): path for path in files}
    return {name: checksum(path) for name, path in named.items() if name != MANIFEST and not name.endswith(".lock")}


def write_manifest(folder: Path, content: dict[str, Any]) -> None:
    """Seal a folder: the checksums of all its files, then `content`, in one file written last."""
    write_atomically(folder / MANIFEST, json.dumps(content | {"files": checksums(folder)}, indent=1, sort_keys=True))


def read_manifest(folder: Path) -> dict[str, Any]:
    """What `write_manifest` wrote; OSError or ValueError where there is none."""
    content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if not isinstance(content, dict) or not isinstance(content.get("files"), dict):
        raise ValueError("not a manifest")
    return content


def broken_files(folder: Path, manifest: dict[str, Any]) -> tuple[str, ...]:
    """Files that are missing or are not what the manifest says."""
    expected = manifest["files"]
    return tuple(
        name for name, digest in expected.items() if not (folder / name).is_file() or checksum(folder / name) != digest
    )


def write_atomically(path: Path, text: str) -> None:
    """Replace a small file; a reader sees the old one or the new one."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with aside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames inside a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Wait until no other process holds `path`, then hold it; the lock dies with the process."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
