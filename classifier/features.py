"""A ticket as numbers. Invariant: only what `TicketFeatures` holds is read, so nothing of the outcome can leak in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import TfidfVectorizer

from classifier.contract import TicketFeatures

LONGEST_TEXT: Final = 20_000
Matrix = csr_matrix


class TicketVectorizer(TransformerMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn ships no types
    """Words, pieces of words, attributes and the embedding, side by side.

    Parameters
    ----------
    most : most words, and most pieces of words, that are kept.
    least : tickets that must share an attribute's value before it counts.
    attribute_weight : length of an attribute's entry; a ticket's texts have length one each.
    """

    def __init__(self, most: int = 30_000, least: int = 3, attribute_weight: float = 0.5) -> None:
        self.most = most
        self.least = least
        self.attribute_weight = attribute_weight

    def fit(self, tickets: Sequence[TicketFeatures], y: object = None) -> TicketVectorizer:
        """Learn vocabulary and attribute values. The embedding is used only if every ticket has one."""
        del y
        texts = [text_of(ticket) for ticket in tickets]
        enough = 2 if len(texts) >= 200 else 1
        self.words_ = TfidfVectorizer(
            ngram_range=(1, 2),
            min_df=enough,
            sublinear_tf=True,
            max_features=self.most,
            strip_accents="unicode",
            token_pattern=r"(?u)\b\w+\b",  # noqa: S106 - words of one letter count too
        ).fit([*texts, "ticket"] if enough == 1 else texts)
        self.pieces_ = TfidfVectorizer(
            analyzer="char_wb",
            ngram_range=(3, 5),
            min_df=enough,
            sublinear_tf=True,
            max_features=self.most,
            strip_accents="unicode",
        ).fit([*texts, "ticket"] if enough == 1 else texts)
        counts = Counter(pair for ticket in tickets for pair in ticket.attributes.items() if pair[1])
        self.values_ = sorted(f"{name}={value}" for (name, value), count in counts.items() if count >= self.least)
        self.attributes_ = DictVectorizer().fit([dict.fromkeys(self.values_, 1.0) | {"=": 1.0}])
        embeddings = [ticket.embedding for ticket in tickets]
        self.dimensions_ = len(embeddings[0]) if embeddings and all(e is not None for e in embeddings) else 0  # type: ignore[arg-type]
        return self

    def transform(self, tickets: Sequence[TicketFeatures]) -> Matrix:
        """Shape (len(tickets), features); an attribute value never seen adds nothing."""
        texts = [text_of(ticket) for ticket in tickets]
        known = set(self.values_)
        pairs = [
            {key: self.attribute_weight for key in map("=".join, ticket.attributes.items()) if key in known}
            for ticket in tickets
        ]
        parts = [self.words_.transform(texts), self.pieces_.transform(texts), self.attributes_.transform(pairs)]
        if self.dimensions_:
            parts.append(csr_matrix(self._embeddings(tickets)))
        return hstack(parts, format="csr")

    def _embeddings(self, tickets: Sequence[TicketFeatures]) -> NDArray[np.float32]:
        rows = [t.embedding if t.embedding is not None else np.zeros(self.dimensions_) for t in tickets]
        return np.asarray(rows, dtype=np.float32).reshape(len(tickets), self.dimensions_)

    def blocks(self) -> dict[str, slice]:
        """Which columns belong to ``words``, ``pieces``, ``attributes`` and ``embedding``."""
        sizes = {
            "words": len(self.words_.vocabulary_), "pieces": len(self.pieces_.vocabulary_),
            "attributes": len(self.attributes_.feature_names_), "embedding": self.dimensions_,
        }  # fmt: skip
        found, start = {}, 0
        for name, size in sizes.items():
            found[name] = slice(start, start + size)
            start += size
        return found

    def __sklearn_tags__(self) -> Any:  # noqa: ANN401 - scikit-learn's own
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.no_validation = True
        return tags


def text_of(ticket: TicketFeatures) -> str:
    """Subject and body, cut where a ticket is a log rather than a text."""
    return f"{ticket.subject.redacted}\n{ticket.body.redacted}"[:LONGEST_TEXT]
