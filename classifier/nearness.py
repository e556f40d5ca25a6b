"""Texts as rows of length one, and how near they are to each other. Invariant: meaning counts only where all texts have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer

from classifier.calibration import Floats
from classifier.contract import NoModelError
from classifier.counting import BETWEEN_BLANKS
from classifier.wording import normal


@dataclass(frozen=True, slots=True)
class Texts:
    """Several texts as rows of length one: their words, and their meaning where every one has an embedding."""

    words: csr_matrix
    meaning: Floats

    def nearness(self, other: Texts) -> Floats:
        """Cosines, shape (len(self), len(other)): of the words, or of words and meaning in equal parts."""
        words = np.asarray((self.words @ other.words.T).todense(), dtype=np.float64)
        if not self.meaning.size or not other.meaning.size:
            return words
        return (words + self.meaning @ other.meaning.T) / 2

    def to_parts(self) -> list[Any]:
        """Plain arrays."""
        return [self.words.data, self.words.indices, self.words.indptr, list(self.words.shape), self.meaning]

    @classmethod
    def from_parts(cls, parts: Sequence[Any]) -> Texts:
        """What `to_parts` made."""
        data, indices, starts, shape, meaning = parts
        return cls(csr_matrix((data, indices, starts), shape=tuple(shape)), meaning)


def vectorizer_of_words() -> TfidfVectorizer:
    """Words without those that say nothing, not fitted yet."""
    return TfidfVectorizer(
        lowercase=False, token_pattern=BETWEEN_BLANKS, sublinear_tf=True, stop_words=sorted(ENGLISH_STOP_WORDS)
    )


def texts_of(vectorizer: TfidfVectorizer, texts: Sequence[str], embeddings: Sequence[Any]) -> Texts:
    """Texts as a fitted vectorizer reads them, in order.

    Raises:
        NoModelError: their embeddings are of different encoders.
    """
    words = vectorizer.transform([normal(text) for text in texts]) if texts else csr_matrix((0, len(vectorizer.idf_)))
    if not texts or any(one is None for one in embeddings):
        return Texts(words, np.zeros((0, 0)))
    lengths = {len(one) for one in embeddings}
    if len(lengths) > 1:
        raise NoModelError("The texts were read by different sentence encoders. Train again: deflect train")
    return Texts(words, np.array(embeddings, dtype=np.float64))
