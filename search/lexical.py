"""Passages by their words (BM25 by Tantivy). Invariant: no query text can break it: only plain words reach the parser."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import tantivy

from search.contract import PassageDocument, PassageScore
from search.texts import words

MOST_WORDS: Final = 64
LONGEST_WORD: Final = 60
BOOSTS: Final = {"title": 2.0, "heading": 1.2, "body": 1.0}
ANY_PRODUCT: Final = "\u2022any"
HEAP: Final = 64_000_000


def schema() -> Any:  # noqa: ANN401 - Tantivy ships no types
    """Stemmed English text, exact facets, and the numbers that lead back to the records."""
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("passage", stored=True, indexed=True, fast=True)
    builder.add_integer_field("article", stored=True, indexed=True, fast=True)
    for name in BOOSTS:
        builder.add_text_field(name, stored=False, tokenizer_name="en_stem")
    builder.add_text_field("product", stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("audience", stored=False, tokenizer_name="raw", index_option="basic")
    return builder.build()


class LexicalIndex:
    """An index in `folder`, made if there is none."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._schema = schema()
        self._index = tantivy.Index(self._schema, path=str(folder))

    def apply(self, remove: Iterable[int], documents: Iterable[PassageDocument]) -> None:
        """Take passages out, then put documents in, as one commit."""
        writer = self._index.writer(heap_size=HEAP, num_threads=1)
        for passage_id in remove:
            writer.delete_documents("passage", passage_id)
        for document in documents:
            writer.add_document(self._document(document))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()

    def search(
        self, text: str, *, audiences: frozenset[str], product: str = "", limit: int = 300
    ) -> tuple[PassageScore, ...]:
        """Best passages for any of the words, best first; an empty `product` filters nothing."""
        asked = " ".join(word for word in words(text, MOST_WORDS) if len(word) <= LONGEST_WORD)
        if not asked:
            return ()
        parsed, _ = self._index.parse_query_lenient(asked, list(BOOSTS), field_boosts=BOOSTS)
        clauses = [(tantivy.Occur.Must, parsed), (tantivy.Occur.Must, self._any("audience", sorted(audiences)))]
        if product:
            clauses.append((tantivy.Occur.Must, self._any("product", [product, ANY_PRODUCT])))
        searcher = self._index.searcher()
        found = searcher.search(tantivy.Query.boolean_query(clauses), limit).hits
        return tuple(self._score(searcher.doc(address), score) for score, address in found)

    def _any(self, name: str, values: Sequence[str]) -> Any:  # noqa: ANN401
        """A filter: it must hold, and adds nothing to the score."""
        terms = [(tantivy.Occur.Should, tantivy.Query.term_query(self._schema, name, value)) for value in values]
        return tantivy.Query.const_score_query(tantivy.Query.boolean_query(terms), 0.0)

    @staticmethod
    def _score(document: Any, score: float) -> PassageScore:  # noqa: ANN401
        return PassageScore(document.get_first("passage"), document.get_first("article"), score)

    @staticmethod
    def _document(document: PassageDocument) -> Any:  # noqa: ANN401
        made = tantivy.Document()
        made.add_integer("passage", document.passage_id)
        made.add_integer("article", document.article_id)
        made.add_text("title", document.title.redacted)
        made.add_text("heading", document.heading.redacted)
        made.add_text("body", document.body.redacted)
        made.add_text("audience", document.audience)
        for product in document.products or (ANY_PRODUCT,):
            made.add_text("product", product)
        return made
