"""Passages by their words (BM25 by Tantivy).

Invariant: no query text can break a search. Nothing is parsed: the text goes through the index's own analyser, and the
query is put together from the terms that come out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, islice
from pathlib import Path
from typing import Any, Final

import tantivy

from search import typeahead
from search.contract import BrokenGenerationError, PassageDocument, PassageScore, typos_forgiven
from search.texts import clean

MOST_TERMS: Final = 64
"""Different terms of one query; of a longer text the rarest are kept."""
MOST_PLACES: Final = 300_000
"""Places at which the terms of one query stand, altogether: each is scored. Only among very many passages are the
frequent terms left out for that."""
LONGEST_TEXT: Final = 20_000
"""Characters of a query that are read at all."""
LONGEST_TERM: Final = 60
ALSO: Final = 0.7
"""What a phrase that means the same counts beside the words that were said."""
MOST_MISSPELT: Final = 4
"""Words of one query for which a near spelling is looked for."""
MANY: Final = 100_000
"""Passages from which on near spellings are looked for in titles and headings only: in texts a common word's take ten
milliseconds."""
NEARLY: Final = 2.0
"""What a near spelling in a title counts, about as much as a common word; in a text a quarter of that."""
BOOSTS: Final = {"title": 2.5, "heading": 1.0, "body": 1.0}
"""A title weighs more: on 8,213 troubleshooting articles MRR rises from .79 to .86; on long rambling questions words
alone lose two hundredths by it, and together with meaning half a hundredth."""
ANY_PRODUCT: Final = "\u2022any"
ANALYSER: Final = "deflect-en"
TYPING_ANALYSER: Final = "deflect-typing"
WORDS_RECIPE: Final = (
    "simple, lower, folded, english stop words, english stems; title heading body product audience; typed words; 3"
)
"""Changes whenever an index written before could not be read or compared; part of a generation's manifest."""
HEAP: Final = 64_000_000


def analyser() -> Any:  # noqa: ANN401 - Tantivy ships no types
    """Words in small letters, without accents, English function words and endings."""
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for step in (
        tantivy.Filter.remove_long(LONGEST_TERM),
        tantivy.Filter.lowercase(),
        tantivy.Filter.ascii_fold(),
        tantivy.Filter.stopword("english"),
        tantivy.Filter.stemmer("english"),
    ):
        builder = builder.filter(step)
    return builder.build()


def schema() -> Any:  # noqa: ANN401
    """Analysed text, exact facets, and the numbers that lead back to the records. No text is stored."""
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("passage", stored=False, indexed=True, fast=True)
    builder.add_integer_field("article", stored=False, indexed=True, fast=True)
    for name in BOOSTS:
        builder.add_text_field(name, stored=False, tokenizer_name=ANALYSER, index_option="freq")
    for name in typeahead.FIELDS:
        builder.add_text_field(name, stored=False, tokenizer_name=TYPING_ANALYSER, index_option="basic")
    builder.add_text_field("product", stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("audience", stored=False, tokenizer_name="raw", index_option="basic")
    return builder.build()


class LexicalIndex:
    """An index in `folder`, made if there is none.

    Raises:
        BrokenGenerationError: the folder holds something else.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._schema = schema()
        self._analyser = analyser()
        try:
            self._index = tantivy.Index(self._schema, path=str(folder))
        except ValueError as error:
            raise BrokenGenerationError(f"{folder.name} cannot be read as an index of words") from error
        self._index.register_tokenizer(ANALYSER, self._analyser)
        self._plain = typeahead.typing_analyser()
        self._index.register_tokenizer(TYPING_ANALYSER, self._plain)

    def apply(self, remove: Iterable[int], documents: Iterable[PassageDocument]) -> None:
        """Take passages out, then put documents in, as one commit."""
        writer = self._index.writer(heap_size=HEAP, num_threads=1)
        for passage_id in remove:
            writer.delete_documents_by_term("passage", passage_id)
        for document in documents:
            writer.add_document(_document(document))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()

    def search(
        self,
        text: str,
        *,
        audiences: frozenset[str],
        product: str = "",
        limit: int = 300,
        also: Sequence[str] = (),
    ) -> tuple[PassageScore, ...]:
        """Best passages for any of the words, best first; an empty `product` filters nothing.

        `also` are phrases that mean what the text says; each counts less, and only where all its words stand together.
        """
        searcher = self._index.searcher()
        if limit <= 0:
            return ()
        query = self._among(searcher, self._any_word(searcher, text, also), audiences, product)
        found = searcher.search(query, limit, count=False).hits
        return tuple(PassageScore(*hit) for hit in _numbered(searcher, found))

    def complete(
        self,
        text: str,
        *,
        audiences: frozenset[str],
        product: str = "",
        limit: int = 10,
        also: Sequence[str] = (),
    ) -> tuple[PassageScore, ...]:
        """The best passage of each article for words that are still being typed, best first."""
        searcher = self._index.searcher()
        for sought in self._strictest_first(searcher, clean(text), also):
            query = self._among(searcher, sought, audiences, product)
            found = searcher.search(query, limit * typeahead.PASSAGES_AN_ARTICLE, count=False).hits
            if found:
                best: dict[int, PassageScore] = {}
                for passage, article, score in _numbered(searcher, found):
                    best.setdefault(article, PassageScore(passage, article, score))
                return tuple(best.values())[:limit]
        return ()

    def _strictest_first(self, searcher: Any, text: str, also: Sequence[str]) -> Iterator[Any]:  # noqa: ANN401
        words, beginning = typeahead.split(text, self._plain.analyze, self._analyser.analyze)
        others = self._phrases(also)
        for typed in typeahead.queries(self._schema, words, beginning):
            yield tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in (typed, *others)])
        if not typeahead.is_sentence(words, beginning):
            told = " ".join(word for word, _ in (*typeahead.telling(words, beginning), *beginning))
            yield self._any_word(searcher, told or text, also)

    def _among(self, searcher: Any, query: Any, audiences: Iterable[str], product: str) -> Any:  # noqa: ANN401
        """The same query, among what may be found only."""
        clauses = [(tantivy.Occur.Must, query), *self._readable(searcher, frozenset(audiences))]
        if product:
            clauses.append((tantivy.Occur.Must, self._has("product", (product.casefold(), ANY_PRODUCT))))
        return tantivy.Query.boolean_query(clauses)

    def _readable(self, searcher: Any, audiences: frozenset[str]) -> list[tuple[Any, Any]]:  # noqa: ANN401
        """Every passage has one audience, so that leaving out all others is the same as letting in these; whichever of
        the two names fewer passages is done.
        """
        held = dict(searcher.terms_with_prefix("audience", ""))
        others = held.keys() - audiences
        if not others:
            return []
        if sum(held[name] for name in others) < sum(held.get(name, 0) for name in audiences):
            return [(tantivy.Occur.MustNot, self._has("audience", others))]
        return [(tantivy.Occur.Must, self._has("audience", audiences))]

    def _terms(self, searcher: Any, text: str) -> list[str]:  # noqa: ANN401
        """The terms that tell most: the rare ones, as long as they stand in few enough places altogether."""
        terms = dict.fromkeys(self._analyser.analyze(clean(text[:LONGEST_TEXT])))
        held = sorted((sum(searcher.doc_freq(field, term) for field in BOOSTS), term) for term in terms)
        chosen = [(places, term) for places, term in held if places][:MOST_TERMS]
        sums = accumulate(places for places, _ in chosen)
        return [term for (_, term), sum_ in zip(chosen, sums, strict=True) if sum_ <= MOST_PLACES] or [
            term for _, term in chosen[:1]
        ]

    def _any_word(self, searcher: Any, text: str, also: Sequence[str] = ()) -> Any:  # noqa: ANN401
        """Any of the words, and what is spelt nearly like those that are spelt like nothing here."""
        query = tantivy.Query
        clauses = [
            query.boost_query(query.term_query(self._schema, field, term, "freq"), boost)
            for term in self._terms(searcher, text)
            for field, boost in BOOSTS.items()
        ]
        clauses += self._phrases(also)
        few = searcher.num_docs < MANY
        clauses += [
            typeahead.nearly(self._schema, word, NEARLY, in_texts=few) for word in self._misspelt(searcher, text)
        ]
        return query.boolean_query([(tantivy.Occur.Should, clause) for clause in clauses])

    def _phrases(self, also: Sequence[str]) -> list[Any]:
        """A clause a phrase: all its words in one field."""
        query = tantivy.Query
        found: list[Any] = []
        for terms in (list(dict.fromkeys(self._analyser.analyze(clean(phrase)))) for phrase in also):
            found += [
                query.boost_query(query.boolean_query([
                    (tantivy.Occur.Must, query.term_query(self._schema, field, term, "freq")) for term in terms
                ]), boost * ALSO / len(terms))
                for field, boost in BOOSTS.items() if terms
            ]  # fmt: skip
        return found

    def _misspelt(self, searcher: Any, text: str) -> list[str]:  # noqa: ANN401
        """Words that no passage holds, and that are long enough to forgive a typo; numbers are not misspelt."""
        words = dict.fromkeys(self._plain.analyze(clean(text[:LONGEST_TEXT])))
        unknown = (
            word for word in words
            if word.isalpha() and typos_forgiven(word)
            and not any(searcher.doc_freq(field, word) for field in typeahead.FIELDS)
        )  # fmt: skip
        return list(islice(unknown, MOST_MISSPELT))

    def _has(self, name: str, values: Iterable[str]) -> Any:  # noqa: ANN401
        """A filter: it must hold, and adds nothing to the score."""
        query = tantivy.Query
        terms = [query.term_query(self._schema, name, value, "basic") for value in sorted(values)]
        return query.const_score_query(query.boolean_query([(tantivy.Occur.Should, term) for term in terms]), 0.0)


def _numbered(searcher: Any, found: Sequence[tuple[float, Any]]) -> Iterator[tuple[int, int, float]]:  # noqa: ANN401
    """(passage, article, score) of what was found; read from columns, because stored documents lie packed in blocks."""
    addresses = [address for _, address in found]
    passages, articles = (searcher.fast_field_values(name, addresses) for name in ("passage", "article"))
    return zip(passages, articles, (score for score, _ in found), strict=True)


def _document(document: PassageDocument) -> Any:  # noqa: ANN401
    made = tantivy.Document()
    made.add_integer("passage", document.passage_id)
    made.add_integer("article", document.article_id)
    for name in BOOSTS:
        text = clean(getattr(document, name).redacted)
        made.add_text(name, text)
        made.add_text(f"typed_{name}", text)
    made.add_text("audience", clean(document.audience))
    for product in document.products or (ANY_PRODUCT,):
        made.add_text("product", clean(product.casefold()))
    return made
