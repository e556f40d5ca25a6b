"""The index generations on disk.

Invariant: a generation is whole (its manifest was written last and its files match it) or it is not served; the
pointer moves by one rename; there is never more than one writer.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from search import nearest
from search.contract import BrokenGenerationError, NoIndexError
from search.documents import Documents
from search.files import alone, sync, write_atomically, write_manifest
from search.generation import CASES, DOCUMENTS, LEXICAL, PASSAGES, SCHEMA, TITLES, Generation
from search.lexical import WORDS_RECIPE
from search.recipe import Recipe

POINTER: Final = "CURRENT"
LOCK: Final = "writer.lock"
KEPT: Final = 2
NAME: Final = re.compile(r"gen-\d{6,}")


class Generations:
    """The folder that holds them, and the pointer to the one that serves."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def current(self) -> Path:
        """The generation that serves.

        Raises:
            NoIndexError: nothing was indexed yet.
            BrokenGenerationError: the pointer points nowhere, or cannot be read.
        """
        try:
            name = (self.folder / POINTER).read_text(encoding="ascii", errors="replace").strip()
        except FileNotFoundError as error:
            raise NoIndexError("Nothing is indexed yet. Run: deflect index") from error
        except OSError as error:
            raise BrokenGenerationError(f"The pointer to the index cannot be read: {error.strerror}") from error
        if not NAME.fullmatch(name):
            raise BrokenGenerationError("The pointer to the index is damaged. Run: deflect index")
        return self.folder / name

    def mark(self) -> tuple[int, int]:
        """Changes whenever the pointer moves; (0, 0) where there is none."""
        try:
            seen = (self.folder / POINTER).stat()
        except OSError:
            return 0, 0
        return seen.st_ino, seen.st_mtime_ns

    def load(self) -> Generation:
        """The serving generation, or the newest other one that can still be read.

        Raises:
            NoIndexError: nothing was indexed yet.
            BrokenGenerationError: none can be read; the message says of the serving one why.
        """
        before = self.mark()
        try:
            return Generation(self.current)
        except BrokenGenerationError:
            if self.mark() != before:
                # Another process has just put a newer one in its place and swept this one away.
                return self.load()
            for other in reversed(self.names()):
                try:
                    return Generation(self.folder / other)
                except BrokenGenerationError:
                    continue
            raise

    def names(self) -> list[str]:
        """Of all generations, oldest first."""
        found = (path.name for path in self.folder.glob("gen-*") if NAME.fullmatch(path.name))
        return sorted(found, key=_number)

    @contextmanager
    def writing(self, waiting: Callable[[], None] | None = None) -> Iterator[Path]:
        """A fresh folder for the next generation, with no other writer; gone again unless `seal` took it."""
        with alone(self.folder / LOCK, waiting):
            for stray in self.folder.glob(".gen-*"):
                shutil.rmtree(stray, ignore_errors=True)
            for stray in self.folder.glob(f".{POINTER}.*"):
                stray.unlink(missing_ok=True)
            aside = Path(tempfile.mkdtemp(prefix=".gen-", dir=self.folder))
            try:
                yield aside
            finally:
                shutil.rmtree(aside, ignore_errors=True)

    def seal(self, aside: Path, documents: Documents, *, forgetting: bool = False) -> str:
        """Make the folder the serving generation: files, manifest, rename, pointer, in that order.

        `forgetting` keeps no earlier one: what was taken out must not stay in a generation that might serve again.
        """
        (aside / DOCUMENTS).write_text(documents.to_json(), encoding="utf-8")
        write_manifest(aside, {
            "schema": SCHEMA, "recipe": Recipe.current().fingerprint, "words": WORDS_RECIPE,
            "vectors": {name: nearest.described(aside / name) for name in (PASSAGES, CASES, TITLES)},
            "passages": len(documents.passages), "cases": len(documents.cases), "titles": len(documents.titles),
        })  # fmt: skip
        last = self.names()[-1:]
        name = f"gen-{_number(last[0]) + 1 if last else 1:06d}"
        aside.rename(self.folder / name)
        sync(self.folder)
        write_atomically(self.folder / POINTER, name)
        for old in self.names()[: -1 if forgetting else -KEPT]:
            shutil.rmtree(self.folder / old, ignore_errors=True)
        return name


def copy_words(source: Path, target: Path) -> None:
    """Start a lexical folder from another generation's; copied, not linked, because files are rewritten."""
    shutil.copytree(source / LEXICAL, target / LEXICAL, ignore=shutil.ignore_patterns("*.lock"))


def _number(name: str) -> int:
    return int(name.removeprefix("gen-"))
