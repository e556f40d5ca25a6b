"""Nearest vectors among very many: a coarse look at all of them, then the best ones compared closely (FAISS, NumPy).

Invariant: an id that was removed, or never was, cannot come out, and its vector is in no file that is written; a filter
holds exactly.

Each vector is kept twice. Product-quantised to 96 times 4 bits it is scanned in registers ("Quicker ADC", André, Kermarrec
and Le Scouarnec, 2019): a million in two milliseconds, good enough to say which thousands are worth a closer look. At
twelve bits a number it is compared with the question: eight bits confuse near neighbours (recall@10 .975 at a million),
twelve hardly ever (.998), and sixteen take more memory than they are worth.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import faiss
import numpy as np
from numpy.typing import NDArray

from search.columns import COLUMNS, LEVELS, PIECES, Columns, encoded
from search.contract import BrokenGenerationError, Vectors
from search.recipe import DIMENSIONS
from search.vectors import Ids, Only

CLOSER: Final = 6400
"""Vectors of the coarse look that are compared at eight of their twelve bits; at half of that recall@10 is .991."""
CLOSEST: Final = 1000
"""Of those, the ones compared at all twelve."""
CLOSER_A_HIT: Final = 8
SAMPLE: Final = 50_000
"""Vectors that the product quantiser learns from."""
GROWTH: Final = 2.0
"""It learns anew when there are so many times the vectors there were when it last did."""
FEWEST: Final = 1000
"""Fewer vectors than this are compared closely at once; a quantiser has nothing to learn from them."""
BLOCK: Final = 50_000
BOOK, LEARNT = "book.npy", "learnt.npy"
SHAPE: Final = (PIECES, 16, DIMENSIONS // PIECES)
"""Of the product quantiser's centroids."""
BROAD: Final = 0.25
"""A filter that passes this share of all is held against what a longer look at all of them finds."""
MASKS_KEPT: Final = 32
"""Broad filters that are remembered, at a byte a vector."""
FILTERED_KEPT: Final = 0.5
"""Of narrower filters the vectors are packed for scanning; the latest are kept, up to this share of all vectors."""


class CompressedIndex:
    """Vectors under the numbers of their documents. Searching is safe from several threads, changing is not."""

    def __init__(
        self, columns: Columns | None = None, book: NDArray[np.float32] | None = None, learnt: int = 0
    ) -> None:
        self._columns = columns if columns is not None else Columns.none()
        self._added: list[Columns] = []
        self._pending: set[int] = set()
        """Numbers of what was added and is not in place yet."""
        self._book = book
        """Centroids of the product quantiser, shape (96, 16, 4)."""
        self.learnt = learnt
        """How many vectors there were when it learnt."""
        self._packed: Any = None
        self._filtered: OrderedDict[int, tuple[Only, Ids, Any]] = OrderedDict()
        self._masks: OrderedDict[int, tuple[Only, NDArray[np.bool_]]] = OrderedDict()
        self._lock = threading.Lock()

    @classmethod
    def read(cls, path: Path) -> CompressedIndex:
        """What `write` wrote into that folder.

        Raises:
            BrokenGenerationError: the files cannot be read, or do not fit each other.
        """
        columns = Columns.read(path)
        try:
            book, learnt = (np.load(path / name, allow_pickle=False) for name in (BOOK, LEARNT))
        except (OSError, ValueError, EOFError) as error:
            raise BrokenGenerationError(f"{path.name} cannot be read") from error
        if book.shape != SHAPE or book.dtype != np.float32 or learnt.shape != () or learnt.dtype != np.int64:
            raise BrokenGenerationError(f"{path.name} is not an index of {DIMENSIONS} dimensions")
        made = cls(columns, book, int(learnt))
        made._pack()
        return made

    def write(self, path: Path) -> None:
        """Into the folder `path`; neither atomic nor checksummed, which the generation around it is."""
        self._settle()
        path.mkdir()
        self._columns.write(path)
        book = self._book if self._book is not None else np.zeros(SHAPE, np.float32)
        np.save(path / BOOK, book, allow_pickle=False)
        np.save(path / LEARNT, np.array(self.learnt, np.int64), allow_pickle=False)

    def blocks(self) -> Iterator[tuple[Ids, Vectors]]:
        """Everything held, as ids and vectors of shape (n, 384), some tens of thousands at a time."""
        self._settle()
        for start in range(0, len(self), BLOCK):
            part = slice(start, start + BLOCK)
            yield self._columns.ids[part], self._columns.vectors(part)

    def __len__(self) -> int:
        return len(self._columns.ids) + sum(len(block.ids) for block in self._added)

    @property
    def ids(self) -> Ids:
        """Numbers of all vectors held."""
        return np.concatenate([self._columns.ids, *(block.ids for block in self._added)])

    def remove(self, ids: Iterable[int]) -> None:
        """Take vectors out; ids that are not there are no matter."""
        gone = np.fromiter(ids, dtype=np.int64)
        if not self._pending.isdisjoint(gone.tolist()):
            self._added = [block.rows(~np.isin(block.ids, gone)) for block in self._added]
            self._pending.difference_update(gone.tolist())
        rows = _rows_of(self._columns.ids, gone)
        if len(rows):
            self._columns = self._columns.rows(np.delete(np.arange(len(self._columns.ids)), rows))
            self._forget_packed()

    def add(self, ids: Sequence[int], vectors: Vectors) -> None:
        """Put vectors in, shape (len(ids), 384). An id that is there is replaced; of one given twice the last counts."""
        places = {number: place for place, number in enumerate(ids)}
        if not places:
            return
        self.remove(places)
        rows = np.asarray(vectors[list(places.values())], dtype=np.float32)
        self._added.append(encoded(np.fromiter(places, dtype=np.int64), rows))
        self._pending.update(places)

    def search(self, vector: Vectors, limit: int, only: Only | None = None) -> list[tuple[int, float]]:
        """(id, cosine) best first, among `only` where given; `vector` of shape (384,)."""
        if self._added or self._packed is None:
            with self._lock:
                self._settle()
                self._pack()
        rows = self._near(np.ascontiguousarray(vector, dtype=np.float32), limit, only)
        if limit <= 0 or not len(rows):
            return []
        rows, scores = self._closest(rows, vector, limit)
        return [(int(i), float(s)) for i, s in zip(self._columns.ids[rows], scores, strict=True)]

    def _near(self, vector: Vectors, limit: int, only: Only | None) -> Ids:
        """Rows worth a closer look."""
        wanted = max(CLOSER, CLOSER_A_HIT * limit)
        count = len(self._columns.ids)
        if only is None:
            return _scanned(self._packed, np.arange(count) if self._packed is None else None, vector, wanted)
        share = len(only) / max(1, count)
        if share >= BROAD and self._packed is not None:
            found = _scanned(self._packed, None, vector, min(count, int(wanted / share)))
            passed = found[self._mask(only)[found]]
            # Where a filter keeps out just what is nearest, what it lets through must be looked for on its own.
            if len(passed) >= wanted // 2:
                return passed
        rows, packed = self._filter(only)
        return _scanned(packed, rows, vector, wanted)

    def _mask(self, only: Only) -> NDArray[np.bool_]:
        """By row, whether a broad filter lets it through."""
        with self._lock:
            kept = self._masks.get(id(only))
            if kept is None:
                mask = np.zeros(len(self._columns.ids), bool)
                mask[_rows_of(self._columns.ids, only.ids)] = True
                kept = self._masks[id(only)] = only, mask
                while len(self._masks) > MASKS_KEPT:
                    self._masks.popitem(last=False)
            self._masks.move_to_end(id(only))
            return kept[1]

    def _closest(self, rows: Ids, vector: Vectors, limit: int) -> tuple[Ids, NDArray[np.float32]]:
        columns = self._columns
        kept = max(CLOSEST, 2 * limit)
        if len(rows) > kept:
            # The lower four bits count half a step on average, which changes no order.
            upper = columns.coarse[rows].astype(np.float32) @ vector
            scores = (upper * (32 / LEVELS) - vector.sum()) * columns.scales[rows]
            rows = rows[np.argpartition(-scores, kept)[:kept]]
        scores = columns.vectors(rows) @ vector
        order = np.lexsort((rows, -scores))[:limit]
        return rows[order], scores[order]

    def _filter(self, only: Only) -> tuple[Ids, Any]:
        """Rows of a filter, and their codes packed for scanning."""
        with self._lock:
            kept = self._filtered.get(id(only))
            if kept is None:
                rows = _rows_of(self._columns.ids, only.ids)
                kept = self._filtered[id(only)] = only, rows, self._scanner(rows)
                most = FILTERED_KEPT * len(self._columns.ids)
                while len(self._filtered) > 1 and sum(len(rows) for _, rows, _ in self._filtered.values()) > most:
                    self._filtered.popitem(last=False)
            self._filtered.move_to_end(id(only))
            return kept[1], kept[2]

    def _settle(self) -> None:
        """Everything in one place, ascending by id, with codes for all."""
        if self._added:
            parts = [self._columns, *self._added]
            self._added, self._pending = [], set()
            order = np.argsort(np.concatenate([part.ids for part in parts]), kind="stable")
            fresh = order >= len(parts[0].ids)
            self._columns = Columns(*(np.concatenate([getattr(part, n) for part in parts])[order] for n in COLUMNS))
            self._forget_packed()
            self._learn(fresh)

    def _learn(self, fresh: NDArray[np.bool_]) -> None:
        count = len(self._columns.ids)
        if count < FEWEST:
            return
        if self._book is None or not self.learnt or count > self.learnt * GROWTH:
            chosen = np.random.default_rng(0).choice(count, min(SAMPLE, count), replace=False)
            quantiser = faiss.ProductQuantizer(DIMENSIONS, PIECES, 4)
            quantiser.train(np.ascontiguousarray(self._columns.vectors(np.sort(chosen))))
            self._book = faiss.vector_to_array(quantiser.centroids).reshape(PIECES, 16, -1).copy()
            self.learnt, fresh = count, np.ones(count, bool)
        rows = np.flatnonzero(fresh)
        quantiser = _quantiser(self._book)
        for start in range(0, len(rows), BLOCK):
            block = rows[start : start + BLOCK]
            self._columns.codes[block] = quantiser.compute_codes(np.ascontiguousarray(self._columns.vectors(block)))

    def _pack(self) -> None:
        self._packed = self._scanner(np.arange(len(self._columns.ids)))

    def _forget_packed(self) -> None:
        self._packed = None
        self._filtered.clear()
        self._masks.clear()

    def _scanner(self, rows: Ids) -> Any:  # noqa: ANN401 - FAISS ships no types
        """A fast-scan index over those rows; None where they are few or nothing was learnt."""
        if self._book is None or not self.learnt or len(rows) < FEWEST:
            return None
        plain = faiss.IndexPQ(DIMENSIONS, PIECES, 4, faiss.METRIC_INNER_PRODUCT)
        plain.pq = _quantiser(self._book)
        plain.is_trained = True
        faiss.copy_array_to_vector(np.ascontiguousarray(self._columns.codes[rows]).ravel(), plain.codes)
        plain.ntotal = len(rows)
        return faiss.IndexPQFastScan(plain)  # type: ignore[arg-type] # its stubs know one constructor of two


def _rows_of(held: Ids, ids: Ids) -> Ids:
    """Rows of those of `ids` that are in `held`, which ascends; ascending."""
    places = np.searchsorted(held, ids)
    inside = places < len(held)
    places, ids = places[inside], ids[inside]
    found: Ids = np.unique(places[held[places] == ids])
    return found


def _scanned(packed: Any, rows: Ids | None, vector: Vectors, wanted: int) -> Ids:  # noqa: ANN401
    """Those of `rows` (None for all that are packed) which the coarse look finds nearest; all where they are few."""
    if rows is not None and (packed is None or len(rows) <= wanted):
        return rows
    _, found = packed.search(vector.reshape(1, -1), wanted)
    # A missing neighbour has the number -1, which would index the last row.
    near: Ids = found[0][found[0] >= 0]
    return near if rows is None else rows[near]


def _quantiser(book: NDArray[np.float32]) -> Any:  # noqa: ANN401
    made = faiss.ProductQuantizer(DIMENSIONS, PIECES, 4)
    faiss.copy_array_to_vector(np.ascontiguousarray(book, dtype=np.float32).ravel(), made.centroids)
    return made
