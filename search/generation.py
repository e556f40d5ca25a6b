"""One index generation, loaded. Invariant: nothing of it serves unless its bytes are what its manifest says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from search import nearest
from search.contract import ArticleFacts, BrokenGenerationError
from search.documents import Documents
from search.files import broken_files, read_manifest
from search.lexical import WORDS_RECIPE, LexicalIndex
from search.recipe import Recipe
from search.vectors import Only

SCHEMA: Final = 6
PASSAGES, CASES, TITLES = "passages.vectors", "cases.vectors", "titles.vectors"
LEXICAL, DOCUMENTS = "lexical", "documents.json"
Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a question may find."""

    product: str
    """In small letters; empty where the product asked for is on no article that may be found: then it filters nothing."""
    only: Only | None
    """None for all passages."""
    titled: Only | None
    """The same of articles."""
    articles: frozenset[int]


class Generation:
    """A part that is damaged, or of another recipe, is None.

    Raises:
        BrokenGenerationError: neither words nor vectors of passages can be used; the message says why.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = folder.name
        self.manifest = _manifest(folder)
        self.damaged = broken_files(folder, self.manifest)
        if DOCUMENTS in self.damaged:
            raise BrokenGenerationError(f"{folder.name}: {DOCUMENTS} is damaged. Run: deflect index")
        self.documents = Documents.from_json((folder / DOCUMENTS).read_text(encoding="utf-8"))
        self.same_space = self.manifest.get("recipe") == Recipe.current().fingerprint
        self.same_words = self.manifest.get("words") == WORDS_RECIPE
        self.passages = self._part(PASSAGES, nearest.read, usable=self.same_space)
        self.cases = self._part(CASES, nearest.read, usable=self.same_space)
        self.titles = self._part(TITLES, nearest.read, usable=self.same_space)
        self.lexical = self._part(LEXICAL, LexicalIndex, usable=self.same_words)
        if self.passages is None and self.lexical is None:
            raise BrokenGenerationError(f"{folder.name}: neither words nor vectors can be used. Run: deflect index")
        self.sizes: Mapping[int, int] = Counter(entry.article_id for entry in self.documents.passages.values())
        """How many passages each article has."""
        self.facts: Mapping[int, ArticleFacts] = {
            entry.article_id: ArticleFacts(frozenset(map(str.casefold, entry.topics)), entry.updated, entry.locale)
            for entry in self.documents.passages.values()
        }
        self.steps = frozenset(number for number, entry in self.documents.passages.items() if entry.steps)
        """Passages that say what to do one after another."""
        self._scopes: dict[tuple[str, frozenset[str]], Scope] = {}
        self._known: dict[frozenset[str], frozenset[str]] = {}

    def _part(self, name: str, read: Callable[[Path], Part], *, usable: bool) -> Part | None:
        if not usable or any(broken == name or broken.startswith(f"{name}/") for broken in self.damaged):
            return None
        try:
            return read(self.folder / name)
        except BrokenGenerationError:
            return None

    @property
    def whole(self) -> bool:
        return not self.damaged and None not in (self.passages, self.cases, self.titles, self.lexical)

    def scope(self, product: str, audiences: frozenset[str]) -> Scope:
        """What passes product and audience; an unknown product filters nothing."""
        # An unknown name is not kept: whoever asks could fill the memory with made-up products.
        key = (product.casefold() if product.casefold() in self._products(audiences) else ""), audiences
        if key not in self._scopes:
            self._scopes[key] = self._scope(*key)
        return self._scopes[key]

    def _products(self, audiences: frozenset[str]) -> frozenset[str]:
        if audiences not in self._known:
            self._known[audiences] = frozenset(
                product.casefold()
                for entry in self.documents.passages.values()
                if entry.audience in audiences
                for product in entry.products
            )
        return self._known[audiences]

    def _scope(self, product: str, audiences: frozenset[str]) -> Scope:
        entries = self.documents.passages
        passed = [n for n, entry in entries.items() if entry.audience in audiences and entry.about(product)]
        articles = frozenset(entries[n].article_id for n in passed)
        if len(passed) == len(entries):
            return Scope(product, None, None, articles)
        return Scope(product, Only(passed), Only(articles), articles)


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = read_manifest(folder)
    except (OSError, ValueError) as error:
        raise BrokenGenerationError(f"{folder.name}: its manifest cannot be read. Run: deflect index") from error
    schema = manifest.get("schema")
    if not isinstance(schema, int) or schema > SCHEMA:
        raise BrokenGenerationError(f"{folder.name} was written by a newer Deflect. Update, or run: deflect index")
    if schema < SCHEMA:
        raise BrokenGenerationError(f"{folder.name} was written by an older Deflect. Run: deflect index")
    return manifest
