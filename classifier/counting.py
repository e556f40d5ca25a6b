"""How often each word, pair of words and piece of a word stands in each ticket, counted once for all that learn from it.

Invariant: a block that is learned from these counts is, bit by bit, what scikit-learn's vectorizer would learn from the
texts themselves; it only does not read them again for each fold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer

Numbers = NDArray[np.int64]
BETWEEN_BLANKS: Final = r"\S+"
NOBODYS: Final = "\x00"
"""A word that no ticket holds; it keeps a block's shape where there is no other."""
PIECES: Final = "pieces"
BLOCKS: Final = ("words", "subject", PIECES)


@dataclass(frozen=True, slots=True)
class Block:
    """Counts of one kind. `terms` are sorted; `counts` has shape (tickets, terms), each row's columns in order."""

    terms: tuple[str, ...]
    counts: csr_matrix

    def __getitem__(self, rows: NDArray[Any]) -> Block:
        """Of some tickets; every term stays."""
        return Block(self.terms, self.counts[rows])


@dataclass(frozen=True, slots=True)
class Counts:
    """Of several tickets, by kind (`BLOCKS`)."""

    blocks: Mapping[str, Block]

    def __getitem__(self, rows: NDArray[Any]) -> Counts:
        """Of some tickets, in the order of `rows`."""
        return Counts({name: block[rows] for name, block in self.blocks.items()})


def counted(texts: Sequence[str], subjects: Sequence[str]) -> Counts:
    """From normal texts: words one blank apart."""
    return Counts({"words": _words(texts), "subject": _words(subjects), PIECES: _pieces(texts)})


def are_all(rows: NDArray[Any], count: int) -> bool:
    """Whether row numbers, or a mask, name each of `count` rows once and in order: then nothing needs to be copied."""
    if rows.dtype == np.bool_:
        return bool(rows.all())
    return len(rows) == count and bool((rows == np.arange(count)).all())


def words_vectorizer(least: int, most: int) -> TfidfVectorizer:
    """Words and pairs of words, not fitted yet."""
    return TfidfVectorizer(
        lowercase=False, token_pattern=BETWEEN_BLANKS, ngram_range=(1, 2), min_df=least,
        max_features=most, sublinear_tf=True,
    )  # fmt: skip


def pieces_vectorizer(least: int, most: int) -> TfidfVectorizer:
    """Three to five letters of a word, not fitted yet."""
    return TfidfVectorizer(
        lowercase=False, analyzer="char_wb", ngram_range=(3, 5), min_df=least, max_features=most, sublinear_tf=True
    )  # fmt: skip


def fit_block(vectorizer: TfidfVectorizer, block: Block) -> Numbers:
    """Let a vectorizer learn its words from counts; the columns of `block` that it keeps, in its own order."""
    kept = _kept(block.counts, int(vectorizer.min_df), int(vectorizer.max_features))
    if not len(kept):
        vectorizer.set_params(min_df=1).fit([NOBODYS])
        return kept
    rarity = TfidfTransformer(sublinear_tf=True).fit(block.counts[:, kept].astype(np.float64))
    vectorizer.vocabulary_ = {block.terms[column]: n for n, column in enumerate(kept.tolist())}
    vectorizer.idf_ = rarity.idf_
    return kept


def weigh_block(vectorizer: TfidfVectorizer, block: Block, kept: Numbers) -> csr_matrix:
    """What the vectorizer's own `transform` would say of the texts that were counted."""
    if not len(kept):
        return csr_matrix((block.counts.shape[0], len(vectorizer.vocabulary_)))
    return _weighed(vectorizer, block.counts[:, kept].astype(np.float64))


def pieces_of(vectorizer: TfidfVectorizer, texts: Sequence[str]) -> csr_matrix:
    """The same for the pieces of many texts at once: each different word is cut into pieces only once."""
    places: dict[str, int] = {}
    words = [[places.setdefault(word, len(places)) for word in text.split()] for text in texts]
    if not places:
        return vectorizer.transform(texts)
    starts = np.cumsum([0, *map(len, words)])
    columns = np.concatenate([np.array(one, dtype=np.int64) for one in words])
    often = csr_matrix((np.ones(len(columns)), columns, starts), shape=(len(texts), len(places)))
    return _weighed(vectorizer, _product(often, CountVectorizer.transform(vectorizer, list(places)), np.float64))


def _words(texts: Sequence[str]) -> Block:
    return _block(CountVectorizer(lowercase=False, token_pattern=BETWEEN_BLANKS, ngram_range=(1, 2)), texts)


def _pieces(texts: Sequence[str]) -> Block:
    """Pieces do not reach over blanks, so a text's are those of its words."""
    words = _block(CountVectorizer(lowercase=False, token_pattern=BETWEEN_BLANKS), texts)
    if not words.terms:
        return words
    pieces = _block(CountVectorizer(lowercase=False, analyzer="char_wb", ngram_range=(3, 5)), words.terms)
    return Block(pieces.terms, _product(words.counts, pieces.counts, np.int32))


def _block(vectorizer: CountVectorizer, texts: Sequence[str]) -> Block:
    try:
        counts = csr_matrix(vectorizer.fit_transform(texts), dtype=np.int32)
    except ValueError:  # There is no word in any text.
        return Block((), csr_matrix((len(texts), 0), dtype=np.int32))
    counts.sort_indices()
    return Block(tuple(map(str, vectorizer.get_feature_names_out())), counts)


def _product(often: csr_matrix, pieces: csr_matrix, kind: type[np.int32 | np.float64]) -> csr_matrix:
    found = csr_matrix(often @ pieces, dtype=kind)
    found.sort_indices()
    return found


def _kept(counts: csr_matrix, least: int, most: int) -> Numbers:
    """Columns of words in at least so many tickets; of more than `most` the most frequent, as the library breaks ties."""
    enough = np.bincount(counts.indices, minlength=counts.shape[1]) >= max(1, least)
    found = np.flatnonzero(enough)
    if len(found) <= most:
        return found
    times = np.asarray(counts.sum(axis=0), dtype=np.float64).ravel()[found]
    return np.sort(found[(-times).argsort()[:most]])


def _weighed(vectorizer: TfidfVectorizer, counts: csr_matrix) -> csr_matrix:
    rarity = TfidfTransformer(sublinear_tf=True)
    rarity.idf_ = vectorizer.idf_
    return rarity.transform(counts, copy=False)
