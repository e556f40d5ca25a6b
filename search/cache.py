"""Vectors already made, by recipe and text. Invariant: committed batch by batch, so a stopped run loses one batch at most."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import numpy as np

from search.contract import Vectors
from search.recipe import DIMENSIONS


class VectorCache:
    """A file beside the generations; losing it costs time only. A cache that cannot be read starts anew."""

    def __init__(self, path: Path, fingerprint: str) -> None:
        self._fingerprint = fingerprint
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._open(path)
        except sqlite3.DatabaseError:
            path.unlink()
            self._open(path)

    def _open(self, path: Path) -> None:
        self._db = sqlite3.connect(path)
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS vector (recipe TEXT, text TEXT, data BLOB, PRIMARY KEY (recipe, text))"
        )

    def __enter__(self) -> VectorCache:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._db.close()

    def get(self, hashes: Sequence[str]) -> dict[str, Vectors]:
        """Vectors known for those text hashes, each of shape (384,)."""
        found: dict[str, Vectors] = {}
        for start in range(0, len(hashes), 500):
            part = hashes[start : start + 500]
            marks = ",".join("?" * len(part))
            rows = self._db.execute(
                f"SELECT text, data FROM vector WHERE recipe = ? AND text IN ({marks})",  # noqa: S608 - marks only
                (self._fingerprint, *part),
            )
            found |= {text: np.frombuffer(data, dtype=np.float32) for text, data in rows if len(data) == DIMENSIONS * 4}
        return found

    def put(self, vectors: Mapping[str, Vectors]) -> None:
        """Keep them, durably."""
        rows = [(self._fingerprint, text, vector.astype(np.float32).tobytes()) for text, vector in vectors.items()]
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?, ?)", rows)

    def keep_only(self, hashes: Iterable[str]) -> None:
        """Forget every vector whose text is no longer indexed, and every other recipe's."""
        with self._db:
            self._db.execute("CREATE TEMP TABLE wanted (text TEXT PRIMARY KEY)")
            self._db.executemany("INSERT OR IGNORE INTO wanted VALUES (?)", ((text,) for text in hashes))
            self._db.execute(
                "DELETE FROM vector WHERE recipe <> ? OR text NOT IN (SELECT text FROM wanted)", (self._fingerprint,)
            )
            self._db.execute("DROP TABLE wanted")
