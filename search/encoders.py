"""The encoders of one home, loaded when first needed.

Invariant: one encoder a number of threads, whoever asks; an export that failed is not tried again at every question.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Final

from search.contract import SearchError
from search.embedding import Encoder
from search.export import ensure
from search.files import read_manifest

PAUSE: Final = 60.0
"""Seconds before an export that failed is tried again for a question."""


class Encoders:
    """Encoders from the exported graph below `folder`, which is exported first where need be."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._loaded: dict[int, Encoder] = {}
        self._failed: tuple[float, str] | None = None

    def get(self, threads: int) -> Encoder:
        """An encoder that stays loaded.

        Raises:
            SearchError: it cannot be prepared, or could not a moment ago.
        """
        encoder = self._loaded.get(threads)
        if encoder is None:
            with self._lock:
                encoder = self._loaded.get(threads)
                if encoder is None:
                    encoder = self._loaded[threads] = self._prepared(threads)
        return encoder

    def fresh(self, threads: int) -> Encoder:
        """An encoder of the caller's own; the memory that long batches take goes with it."""
        return Encoder(ensure(self._folder), threads=threads)

    def agreement(self) -> dict[str, float]:
        """Cosine of exported with original vectors, as measured when it was exported: mean, least, sentences compared.

        Raises:
            SearchError: it cannot be prepared.
        """
        found = read_manifest(ensure(self._folder))["agreement"]
        return {"mean": float(found["mean"]), "least": float(found["min"]), "sentences": int(found["n"])}

    def _prepared(self, threads: int) -> Encoder:
        if self._failed and time.monotonic() - self._failed[0] < PAUSE:
            raise SearchError(self._failed[1])
        try:
            return self.fresh(threads)
        except SearchError as error:
            self._failed = time.monotonic(), str(error)
            raise
