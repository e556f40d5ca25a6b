"""Nearest vectors by exact search (FAISS). Invariant: an id that was removed, or never was, cannot come out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import faiss
import numpy as np
from numpy.typing import NDArray

from search.contract import BrokenGenerationError, Vectors
from search.recipe import DIMENSIONS

Ids = NDArray[np.int64]
BLOCK: Final = 50_000


class Only:
    """A set of ids that a search may return; made once and shared by searches."""

    def __init__(self, ids: Iterable[int]) -> None:
        # FAISS reads the array for as long as the selector lives.
        self.ids: Ids = np.fromiter(ids, dtype=np.int64)
        self.selector = faiss.IDSelectorBatch(self.ids)

    def __len__(self) -> int:
        return len(self.ids)


class VectorIndex:
    """Vectors under the numbers of their documents, at half precision.

    The flat half-precision quantiser is the one that both filters and deletes exactly; it is exact up to rounding.
    """

    def __init__(self, index: faiss.IndexIDMap2 | None = None) -> None:
        self._index = index if index is not None else _empty()

    @classmethod
    def read(cls, path: Path) -> VectorIndex:
        """What `write` wrote.

        Raises:
            BrokenGenerationError: the file cannot be read as an index of these dimensions.
        """
        try:
            index = faiss.read_index(str(path))
        except RuntimeError as error:
            raise BrokenGenerationError(f"{path.name} cannot be read") from error
        if index.d != DIMENSIONS or not isinstance(index, faiss.IndexIDMap2):
            raise BrokenGenerationError(f"{path.name} is not an index of {DIMENSIONS} dimensions")
        return cls(index)

    def write(self, path: Path) -> None:
        """To `path`; neither atomic nor checksummed, which the generation around it is."""
        faiss.write_index(self._index, str(path))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def ids(self) -> Ids:
        """Numbers of all vectors held."""
        return np.asarray(faiss.vector_to_array(self._index.id_map), dtype=np.int64)

    def blocks(self) -> Iterator[tuple[Ids, Vectors]]:
        """Everything held, as ids and vectors of shape (n, 384), some tens of thousands at a time."""
        ids = self.ids
        for start in range(0, len(ids), BLOCK):
            rows = self._index.index.reconstruct_n(start, min(BLOCK, len(ids) - start))
            yield ids[start : start + BLOCK], np.asarray(rows, dtype=np.float32)

    def remove(self, ids: Iterable[int]) -> None:
        """Take vectors out; ids that are not there are no matter."""
        gone = np.fromiter(ids, dtype=np.int64)
        if len(gone) and len(self):
            self._index.remove_ids(faiss.IDSelectorBatch(gone))

    def add(self, ids: Sequence[int], vectors: Vectors) -> None:
        """Put vectors in, shape (len(ids), 384). An id that is there is replaced; of one given twice the last counts."""
        places = {number: place for place, number in enumerate(ids)}
        if not places:
            return
        # FAISS accepts an id twice and would return it twice.
        held = np.intersect1d(self.ids, list(places))
        if len(held):
            self.remove(held.tolist())
        rows = np.ascontiguousarray(vectors[list(places.values())], dtype=np.float32)
        self._index.add_with_ids(rows, np.fromiter(places, dtype=np.int64))

    def search(self, vector: Vectors, limit: int, only: Only | None = None) -> list[tuple[int, float]]:
        """(id, cosine) best first, among `only` where given; `vector` of shape (384,)."""
        limit = min(limit, len(self) if only is None else len(only))
        if limit <= 0:
            return []
        parameters = None if only is None else faiss.SearchParameters(sel=only.selector)  # type: ignore[call-arg] # its stubs lack it
        scores, ids = self._index.search(vector.reshape(1, -1), limit, params=parameters)
        # A missing neighbour has the number -1, which would index the last row.
        return [(int(i), float(s)) for i, s in zip(ids[0], scores[0], strict=True) if i >= 0]


def _empty() -> faiss.IndexIDMap2:
    return faiss.IndexIDMap2(
        faiss.IndexScalarQuantizer(DIMENSIONS, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    )
