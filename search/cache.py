"""Vectors already made, by recipe and text.

Invariant: a vector comes out only for the very text it was made of, and each batch is durable before the next begins,
so a stopped or killed run loses one batch at most.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final

import numpy as np

from search.contract import Vectors
from search.recipe import DIMENSIONS

ASKED_AT_ONCE: Final = 500
LAYOUT: Final = 2
PATIENCE: Final = 60.0
"""Seconds that one run waits for another one's batch."""
LATER: Final = "+"
"""Between the hash of an indexed text and what tells another text of the same ticket from it."""


def digest(text: str) -> str:
    """Of the text that is embedded, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


class VectorCache:
    """A file beside the generations; losing it costs time only. One that cannot be read starts anew."""

    def __init__(self, path: Path, fingerprint: str) -> None:
        self._fingerprint = fingerprint
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._open(path)
        except sqlite3.DatabaseError:
            path.unlink()
            self._open(path)

    def _open(self, path: Path) -> None:
        self._db = sqlite3.connect(path, timeout=PATIENCE)
        try:
            # What is forgotten is overwritten, not only unlinked.
            self._db.execute("PRAGMA secure_delete = ON")
            if self._db.execute("PRAGMA user_version").fetchone() != (LAYOUT,):
                self._db.execute("DROP TABLE IF EXISTS vector")
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS vector (recipe TEXT, text TEXT, digest TEXT, data BLOB, "
                "PRIMARY KEY (recipe, text))"
            )
            self._db.execute(f"PRAGMA user_version = {LAYOUT}")
            if self._db.execute("PRAGMA quick_check").fetchone() != ("ok",):
                raise sqlite3.DatabaseError("damaged")
        except sqlite3.DatabaseError:
            self._db.close()
            raise

    def __enter__(self) -> VectorCache:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._db.close()

    def get(self, texts: Mapping[str, str]) -> dict[str, Vectors]:
        """Vectors known for texts, by their hash and each of shape (384,).

        The hash is the source's, which may have read it a moment before the text; a text that has changed in between is
        not found.
        """
        found: dict[str, Vectors] = {}
        hashes = list(texts)
        for start in range(0, len(hashes), ASKED_AT_ONCE):
            for key, made_of, data in self._rows(hashes[start : start + ASKED_AT_ONCE]):
                if len(data) == DIMENSIONS * 4 and made_of == digest(texts[key]):
                    found[key] = np.frombuffer(data, dtype=np.float32)
        return found

    def _rows(self, hashes: Sequence[str]) -> Iterable[tuple[str, str, bytes]]:
        marks = ",".join("?" * len(hashes))
        return self._db.execute(
            f"SELECT text, digest, data FROM vector WHERE recipe = ? AND text IN ({marks})",  # noqa: S608 - marks only
            (self._fingerprint, *hashes),
        )

    def put(self, texts: Mapping[str, str], vectors: Mapping[str, Vectors]) -> None:
        """Keep the vectors of those texts, durably; both by hash."""
        rows = [
            (self._fingerprint, key, digest(texts[key]), vector.astype(np.float32).tobytes())
            for key, vector in vectors.items()
        ]
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?, ?, ?)", rows)

    def keep_only(self, hashes: Iterable[str]) -> None:
        """Forget every vector whose text is no longer indexed, with whatever is kept beside it, and every other recipe's."""
        with self._db:
            self._db.execute("CREATE TEMP TABLE wanted (text TEXT PRIMARY KEY)")
            self._db.executemany("INSERT OR IGNORE INTO wanted VALUES (?)", ((key,) for key in hashes))
            self._db.execute(
                "DELETE FROM vector WHERE recipe <> ? "
                "OR substr(text, 1, instr(text || ?, ?) - 1) NOT IN (SELECT text FROM wanted)",
                (self._fingerprint, LATER, LATER),
            )
            self._db.execute("DROP TABLE wanted")
