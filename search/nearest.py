"""Which index of vectors fits how many. Invariant: chosen by number alone, with a margin so that it never flips to and fro."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol

from search.compressed import CompressedIndex
from search.contract import Vectors
from search.vectors import Ids, Only, VectorIndex

EXACT_UP_TO: Final = 100_000
"""Vectors up to which all are compared at each question: 3 ms and 77 MB at that number."""
COMPRESSED_DOWN_TO: Final = 80_000
"""An index that was compressed stays so until there are fewer than this."""


class Nearest(Protocol):
    """What both indexes do."""

    def write(self, path: Path) -> None: ...

    def __len__(self) -> int: ...

    @property
    def ids(self) -> Ids: ...

    def blocks(self) -> Iterator[tuple[Ids, Vectors]]: ...

    def remove(self, ids: Iterable[int]) -> None: ...

    def add(self, ids: Sequence[int], vectors: Vectors) -> None: ...

    def search(self, vector: Vectors, limit: int, only: Only | None = None) -> list[tuple[int, float]]: ...


def read(path: Path) -> Nearest:
    """What `write` of either wrote: one file, or a folder of several.

    Raises:
        BrokenGenerationError: it cannot be read as an index of these dimensions.
    """
    return CompressedIndex.read(path) if path.is_dir() else VectorIndex.read(path)


def fitted(held: Nearest | None, count: int) -> Nearest:
    """What `held` holds, in the index that fits `count` vectors: the same one, or the other filled from it."""
    wanted = _wanted(held, count)
    if isinstance(held, wanted):
        return held
    made: Nearest = wanted()
    for ids, vectors in held.blocks() if held is not None else ():
        made.add(ids.tolist(), vectors)
    return made


def _wanted(held: Nearest | None, count: int) -> type[VectorIndex] | type[CompressedIndex]:
    most = COMPRESSED_DOWN_TO if isinstance(held, CompressedIndex) else EXACT_UP_TO
    return VectorIndex if count <= most else CompressedIndex


def described(path: Path) -> str:
    """What a manifest says of what was written there."""
    return (
        "scanned at 4 bits a number, the best compared at 12" if path.is_dir() else "all compared, at 16 bits a number"
    )
