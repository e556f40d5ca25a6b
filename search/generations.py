"""Index generations on disk.

Invariant: a generation is whole (its manifest was written last and its files match it) or it is not served; the
pointer moves by one rename.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from search.contract import BrokenGenerationError, NoIndexError
from search.files import alone, broken_files, read_manifest, sync_folder, write_atomically, write_manifest
from search.lexical import LexicalIndex
from search.planning import Known
from search.recipe import Recipe
from search.vectors import Ids, VectorIndex

SCHEMA: Final = 1
PASSAGES, CASES, LEXICAL, DOCUMENTS = "passages.faiss", "cases.faiss", "lexical", "documents.json"
POINTER: Final = "CURRENT"
KEPT: Final = 2


@dataclass(frozen=True, slots=True)
class PassageEntry:
    """What a generation remembers of a passage besides its words and its vector."""

    text_hash: str
    meta_hash: str
    article_id: int
    products: tuple[str, ...]
    audience: str


@dataclass(frozen=True, slots=True)
class Documents:
    """What a generation holds, by id."""

    passages: Mapping[int, PassageEntry] = field(default_factory=dict)
    cases: Mapping[int, tuple[str, str]] = field(default_factory=dict)

    @property
    def known_passages(self) -> Known:
        return {number: (entry.text_hash, entry.meta_hash) for number, entry in self.passages.items()}

    def to_json(self) -> str:
        """As `from_json` reads it."""
        passages = {
            str(n): [e.text_hash, e.meta_hash, e.article_id, list(e.products), e.audience]
            for n, e in self.passages.items()
        }
        return json.dumps({"passages": passages, "cases": {str(n): list(c) for n, c in self.cases.items()}})

    @classmethod
    def from_json(cls, text: str) -> Documents:
        """What `to_json` made; ValueError or KeyError where it is something else."""
        content: dict[str, dict[str, list[Any]]] = json.loads(text)
        return cls(
            {int(n): PassageEntry(e[0], e[1], int(e[2]), tuple(e[3]), e[4]) for n, e in content["passages"].items()},
            {int(n): (c[0], c[1]) for n, c in content["cases"].items()},
        )


class Generation:
    """One loaded generation. `vectors` and `lexical` are None where their files are damaged."""

    def __init__(self, folder: Path) -> None:
        manifest = _manifest(folder)
        damaged = broken_files(folder, manifest)
        if DOCUMENTS in damaged:
            raise BrokenGenerationError(f"{folder.name}: {DOCUMENTS} is damaged")
        self.name = folder.name
        self.folder = folder
        self.manifest = manifest
        self.damaged = damaged
        self.documents = Documents.from_json((folder / DOCUMENTS).read_text(encoding="utf-8"))
        same_space = manifest.get("recipe") == Recipe.current().fingerprint
        self.passages = _vectors(folder / PASSAGES) if same_space and PASSAGES not in damaged else None
        self.cases = _vectors(folder / CASES) if same_space and CASES not in damaged else None
        words_whole = not any(name.startswith(f"{LEXICAL}/") for name in damaged)
        self.lexical = LexicalIndex(folder / LEXICAL) if words_whole else None
        self.products = frozenset(p for entry in self.documents.passages.values() for p in entry.products)
        self._allowed: dict[tuple[str, frozenset[str]], tuple[Ids | None, frozenset[int]]] = {}

    @property
    def whole(self) -> bool:
        return not self.damaged and self.passages is not None and self.cases is not None

    def allowed(self, product: str, audiences: frozenset[str]) -> tuple[Ids | None, frozenset[int]]:
        """Passages (None for all of them) and articles that pass product and audience."""
        key = (product, audiences)
        if key not in self._allowed:
            passed = [
                (number, entry.article_id)
                for number, entry in self.documents.passages.items()
                if entry.audience in audiences and (not product or not entry.products or product in entry.products)
            ]
            everything = len(passed) == len(self.documents.passages)
            ids = None if everything else np.array([number for number, _ in passed], dtype=np.int64)
            self._allowed[key] = ids, frozenset(article for _, article in passed)
        return self._allowed[key]


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = read_manifest(folder)
    except (OSError, ValueError) as error:
        raise BrokenGenerationError(f"{folder.name}: its manifest cannot be read") from error
    if int(manifest.get("schema", 0)) > SCHEMA:
        raise BrokenGenerationError(f"{folder.name} was written by a newer Deflect. Run: deflect index --full")
    return manifest


def _vectors(path: Path) -> VectorIndex | None:
    try:
        return VectorIndex.read(path)
    except BrokenGenerationError:
        return None


class Generations:
    """The folder that holds them, and the pointer to the one that serves."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def current(self) -> Path:
        """The generation that serves.

        Raises:
            NoIndexError: nothing was indexed yet.
        """
        try:
            name = (self.folder / POINTER).read_text(encoding="utf-8").strip()
        except FileNotFoundError as error:
            raise NoIndexError("Nothing is indexed yet. Run: deflect index") from error
        return self.folder / name

    def mark(self) -> int:
        """Changes whenever the pointer moves; 0 where there is none."""
        try:
            return (self.folder / POINTER).stat().st_mtime_ns
        except OSError:
            return 0

    def load(self) -> Generation:
        """The serving generation, or the newest other one that can still be read.

        Raises:
            NoIndexError: nothing was indexed yet.
            BrokenGenerationError: none can be read; the message says of the serving one why.
        """
        current = self.current
        try:
            return Generation(current)
        except BrokenGenerationError:
            for other in sorted(self.folder.glob("gen-*"), reverse=True):
                if other != current:
                    try:
                        return Generation(other)
                    except BrokenGenerationError:
                        continue
            raise

    @contextmanager
    def writing(self) -> Iterator[Path]:
        """A fresh folder for the next generation, with no other writer; gone again unless `seal` took it."""
        with alone(self.folder / "writer.lock"):
            for stray in self.folder.glob(".gen-*"):
                shutil.rmtree(stray, ignore_errors=True)
            aside = Path(tempfile.mkdtemp(prefix=".gen-", dir=self.folder))
            try:
                yield aside
            finally:
                shutil.rmtree(aside, ignore_errors=True)

    def seal(self, aside: Path, documents: Documents) -> str:
        """Make the folder the serving generation: files, manifest, rename, pointer, in that order."""
        (aside / DOCUMENTS).write_text(documents.to_json(), encoding="utf-8")
        write_manifest(aside, {
            "schema": SCHEMA, "recipe": Recipe.current().fingerprint, "vector index": "flat fp16, exact",
            "passages": len(documents.passages), "cases": len(documents.cases),
        })  # fmt: skip
        numbers = [int(path.name.removeprefix("gen-")) for path in self.folder.glob("gen-*")]
        name = f"gen-{max(numbers, default=0) + 1:06d}"
        aside.rename(self.folder / name)
        sync_folder(self.folder)
        write_atomically(self.folder / POINTER, name)
        for old in sorted(self.folder.glob("gen-*"))[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)
        return name


def copy_words(source: Path, target: Path) -> None:
    """Start a lexical folder from another generation's; copied, not linked, because files are rewritten."""
    shutil.copytree(source / LEXICAL, target / LEXICAL, ignore=shutil.ignore_patterns("*.lock"))
