"""Vectors of titles alone, one an article. Invariant: an article has one exactly for as long as a passage of it is indexed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path

from search import nearest
from search.cache import digest
from search.contract import PassageDocument, Vectors
from search.nearest import Nearest
from search.texts import clean

Embeds = Callable[[Sequence[str], Sequence[str]], Vectors]
"""From hashes and texts."""


class Titles:
    """The titles of the next generation: those of the last one, and what passages that are read now say."""

    def __init__(self, held: Mapping[int, str], vectors: Nearest | None, embeds: Embeds) -> None:
        """`held` are digests by article."""
        self._digests = dict(held)
        self._vectors = nearest.fitted(vectors, len(held))
        self._embeds = embeds

    def take(self, documents: Iterable[PassageDocument]) -> None:
        """Embed the titles among them that are new or have changed."""
        texts = {document.article_id: clean(document.title.redacted) for document in documents}
        found = {article: digest(text) for article, text in texts.items()}
        new = [article for article in found if self._digests.get(article) != found[article]]
        self._vectors.add(new, self._embeds([found[article] for article in new], [texts[article] for article in new]))
        self._digests |= found

    def write(self, path: Path, articles: Collection[int]) -> dict[int, str]:
        """Keep those of `articles` only; their digests."""
        self._vectors.remove(self._digests.keys() - set(articles))
        nearest.fitted(self._vectors, len(articles)).write(path)
        return {article: text for article, text in self._digests.items() if article in articles}
