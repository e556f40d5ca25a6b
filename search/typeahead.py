"""Passages for words that are still being typed.

Invariant: whatever was typed, the query is put together from words and never parsed; a typo is forgiven only where
nothing is spelt as typed, so that what was typed right is never crowded out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import tantivy

from search.contract import typos_forgiven

MOST_WORDS: Final = 12
"""Words that are read of what was typed: the last ones, because those are being typed."""
LONGEST_TYPED: Final = 400
SHORTEST_IN_TEXT: Final = 3
"""Letters from which on a word that is being typed is looked for in texts too: two letters begin half of all words."""
FIELDS: Final = {"typed_title": 4.0, "typed_heading": 2.0, "typed_body": 1.0}
"""Unstemmed words, and how much more a word counts in a title than in a text."""
STEMMED: Final = {"title": 3.5, "heading": 1.8, "body": 0.9}
"""The same words without their endings, for a word that is complete: “printing” finds “print”."""
SMALL: Final = frozenset({
    "a", "am", "any", "can", "cannot", "could", "did", "do", "does", "from", "get", "got", "had", "has", "have", "how",
    "i", "its", "just", "me", "my", "our", "please", "should", "so", "some", "us", "want", "we", "were", "what", "when",
    "where", "which", "who", "why", "would", "you", "your",
})  # fmt: skip
"""Words of which a typed question is full and that tell nothing; those of the analyser have no stem anyway."""
SENTENCE: Final = 3
"""Telling words from which on what is typed is a sentence."""
WHOLE: Final = 1.15
"""How much more a whole word counts than one that only begins so."""
PASSAGES_AN_ARTICLE: Final = 20
"""How many passages are looked at for one article: all passages of an article match its title alike."""

Analyse = Callable[[str], Sequence[str]]
Words = Sequence[tuple[str, tuple[str, ...]]]
"""(word, its stems) of what was typed; a function word has no stem."""


def typing_analyser() -> Any:  # noqa: ANN401 - Tantivy ships no types
    """Words in small letters and without accents, nothing else taken away."""
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for step in (tantivy.Filter.remove_long(60), tantivy.Filter.lowercase(), tantivy.Filter.ascii_fold()):
        builder = builder.filter(step)
    return builder.build()


def split(text: str, plain: Analyse, stemmed: Analyse) -> tuple[Words, Words]:
    """(complete words, the one that is being typed: none after a space or a mark)."""
    typed = text[-LONGEST_TYPED:]
    words = [(word, tuple(stemmed(word))) for word in list(plain(typed))[-MOST_WORDS:]]
    whole = words[:-1] if typed[-1:].isalnum() else words
    return list(dict.fromkeys(whole)), words[len(whole) :]


def queries(schema: Any, words: Words, beginning: Words) -> Iterator[Any]:  # noqa: ANN401
    """What to look for, the strictest first: all words as typed, all with typos forgiven and, of a sentence, half of them
    or one in a title.

    A sentence of which not even that is found finds nothing here: a pause will tell what it means.
    """
    whole = telling(words, beginning)
    for forgiving in (False, True) if whole or beginning else ():
        clauses = _clauses(schema, whole, beginning, forgiving)
        yield tantivy.Query.boolean_query([(tantivy.Occur.Must, clause) for clause in clauses])
    if is_sentence(words, beginning):
        clauses = _clauses(schema, whole, beginning, forgiving=False)
        yield tantivy.Query.boolean_query(
            [(tantivy.Occur.Should, clause) for clause in clauses],
            minimum_number_should_match=(len(clauses) + 1) // 2,
        )
        titled = [_in_title(schema, word, stems) for word, stems in (*whole, *beginning)]
        yield tantivy.Query.boolean_query([(tantivy.Occur.Should, clause) for clause in titled])


def telling(words: Words, beginning: Words) -> Words:
    """Complete words but for function words; those too where nothing else was typed."""
    return [word for word in words if word[1] and word[0] not in SMALL] or ([] if beginning else list(words))


def is_sentence(words: Words, beginning: Words) -> bool:
    """Whether so much was typed that any one word of it says little."""
    return len(telling(words, beginning)) + len(beginning) >= SENTENCE


def _clauses(schema: Any, whole: Words, beginning: Words, forgiving: bool) -> list[Any]:  # noqa: ANN401
    found = [_word(schema, word, stems, forgiving) for word, stems in whole]
    return found + [_beginning(schema, word, stems, forgiving) for word, stems in beginning]


def nearly(schema: Any, word: str, weight: float, *, in_texts: bool = True) -> Any:  # noqa: ANN401
    """What is spelt nearly so, in titles and headings and, where asked for, in texts; `weight` is what it counts in a title."""
    typos = typos_forgiven(word)
    query = tantivy.Query
    return query.disjunction_max_query([
        _const(query.fuzzy_term_query(schema, field, word, typos), weight * share / FIELDS["typed_title"])
        for field, share in FIELDS.items() if in_texts or field != "typed_body"
    ])  # fmt: skip


def _word(schema: Any, word: str, stems: Sequence[str], forgiving: bool) -> Any:  # noqa: ANN401
    """A complete word: as typed, in another form, or nearly so."""
    query = tantivy.Query
    found = _whole(schema, word, stems, FIELDS)
    typos = typos_forgiven(word)
    if forgiving and typos:
        found += [
            _const(query.fuzzy_term_query(schema, field, word, typos), weight / 2) for field, weight in FIELDS.items()
        ]
    return query.disjunction_max_query(found)


def _beginning(schema: Any, word: str, stems: Sequence[str], forgiving: bool) -> Any:  # noqa: ANN401
    """The beginning of a word: a longer one that begins so or nearly so, or the word itself."""
    query = tantivy.Query
    fields = {f: w for f, w in FIELDS.items() if f != "typed_body" or len(word) >= SHORTEST_IN_TEXT}
    found = _whole(schema, word, stems, fields)
    found += [
        _const(query.fuzzy_term_query(schema, field, word, 0, prefix=True), weight) for field, weight in fields.items()
    ]
    typos = typos_forgiven(word)
    if forgiving and typos:
        found += [
            _const(query.fuzzy_term_query(schema, field, word, typos, prefix=True), weight / 2)
            for field, weight in fields.items()
        ]
    return query.disjunction_max_query(found)


def _whole(schema: Any, word: str, stems: Sequence[str], fields: Mapping[str, float]) -> list[Any]:  # noqa: ANN401
    """As typed, or another form of it."""
    query = tantivy.Query
    typed = [_const(query.term_query(schema, field, word, "basic"), weight * WHOLE) for field, weight in fields.items()]
    return typed + [
        _const(query.term_query(schema, field, stem, "basic"), weight)
        for stem in stems
        for field, weight in STEMMED.items()
    ]


def _in_title(schema: Any, word: str, stems: Sequence[str]) -> Any:  # noqa: ANN401
    """A whole word in a title, in any form of it."""
    query = tantivy.Query
    forms = [query.term_query(schema, "typed_title", word, "basic")]
    forms += [query.term_query(schema, "title", stem, "basic") for stem in stems]
    return query.disjunction_max_query([_const(form, FIELDS["typed_title"]) for form in forms])


def _const(query: Any, score: float) -> Any:  # noqa: ANN401
    return tantivy.Query.const_score_query(query, score)
