"""Vectors by row, at twelve bits a number. Invariant: what comes out is what went in, to a two-thousandth of its largest number."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from search.contract import BrokenGenerationError, Vectors
from search.recipe import DIMENSIONS
from search.vectors import Ids

PIECES: Final = 96
"""Parts of a vector that are product-quantised apart, to four bits each."""
CODE: Final = PIECES // 2
"""Bytes of a product-quantised vector."""
LEVELS: Final = 4095
"""Twelve bits."""

Bytes = NDArray[np.uint8]
COLUMNS: Final = {"ids": np.int64, "scales": np.float32, "coarse": np.uint8, "fine": np.uint8, "codes": np.uint8}
WIDTHS: Final = {"ids": (), "scales": (), "coarse": (DIMENSIONS,), "fine": (DIMENSIONS // 2,), "codes": (CODE,)}


@dataclass(slots=True)
class Columns:
    """Vectors by row, ascending by id: twelve bits as `coarse` (the upper eight) and `fine` (the lower four, two a byte)."""

    ids: Ids
    scales: NDArray[np.float32]
    """The largest absolute number of each vector: its twelve bits span from minus to plus that."""
    coarse: Bytes
    fine: Bytes
    codes: Bytes
    """Product-quantised; zeros where that is still to be done."""

    @classmethod
    def none(cls) -> Columns:
        return cls(**{name: np.zeros((0, *WIDTHS[name]), kind) for name, kind in COLUMNS.items()})

    @classmethod
    def read(cls, folder: Path) -> Columns:
        """What `write` wrote.

        Raises:
            BrokenGenerationError: the files cannot be read, or do not fit each other.
        """
        try:
            found = {name: np.load(folder / f"{name}.npy", allow_pickle=False) for name in COLUMNS}
        except (OSError, ValueError, EOFError) as error:
            raise BrokenGenerationError(f"{folder.name} cannot be read") from error
        count = len(found["ids"]) if found["ids"].ndim else -1
        if any(found[n].dtype != kind or found[n].shape != (count, *WIDTHS[n]) for n, kind in COLUMNS.items()):
            raise BrokenGenerationError(f"{folder.name} is not an index of {DIMENSIONS} dimensions")
        return cls(**found)

    def write(self, folder: Path) -> None:
        """One file a column."""
        for name in COLUMNS:
            np.save(folder / f"{name}.npy", getattr(self, name), allow_pickle=False)

    def rows(self, keep: NDArray[Any]) -> Columns:
        """Those rows only, by mask or number."""
        return Columns(*(getattr(self, name)[keep] for name in COLUMNS))

    def vectors(self, rows: NDArray[Any] | slice) -> Vectors:
        """As they were given, but for rounding."""
        upper = self.coarse[rows].astype(np.float32) * 16
        fine = self.fine[rows]
        upper[:, ::2] += fine >> 4
        upper[:, 1::2] += fine & 15
        found: Vectors = (upper * (2 / LEVELS) - 1) * self.scales[rows][:, None]
        return found


def encoded(ids: Ids, vectors: Vectors) -> Columns:
    """Vectors of shape (n, 384) at twelve bits; product-quantising is left for later."""
    scales = np.maximum(np.abs(vectors).max(axis=1), np.finfo(np.float32).tiny).astype(np.float32)
    levels = np.rint((vectors / scales[:, None] + 1) * (LEVELS / 2)).astype(np.uint16)
    fine = (levels & 15).astype(np.uint8)
    codes = np.zeros((len(ids), CODE), np.uint8)
    return Columns(ids, scales, (levels >> 4).astype(np.uint8), fine[:, ::2] << 4 | fine[:, 1::2], codes)
