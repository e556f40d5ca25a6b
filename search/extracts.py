"""The sentences of a passage that answer a question.

Invariant: sentences are chosen, never written; the same question and passages give the same choice.

Words choose first, because a sentence costs a millisecond to embed; meaning orders what they left. On 151 forum questions
and the passage their helper linked, the cosine of the chosen sentences with the helper's own words was .43 by meaning
alone, .42 by this, .40 by words alone, .37 for the first three sentences, and .47 for the best three there are.
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.contract import Vectors
from search.recipe import DIMENSIONS

MOST: Final = 3
SHORTLIST: Final = 5
"""Sentences of a passage that are compared by meaning."""
PASSAGES_BY_MEANING: Final = 3
"""Passages, best first, for which meaning is asked; below them words decide alone."""
WORDS_SHARE: Final = 0.3
"""How much a standard deviation of words counts beside one of meaning."""
LEAST: Final = 0.5
"""A sentence with less than this share of the best one's cosine is left out."""
KEPT: Final = 20_000
"""Sentences whose vectors are remembered: 15 MB."""

Terms = Callable[[str], Sequence[str]]
Scores = NDArray[np.float64]


class SentenceVectors:
    """Vectors of sentences, the latest remembered. Safe to call from several threads."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, NDArray[np.float16]] = OrderedDict()

    def of(self, sentences: Sequence[str], encode: Callable[[Sequence[str]], Vectors]) -> Vectors:
        """Shape (len(sentences), 384); `encode` is asked for those not remembered."""
        keys = [hashlib.sha256(sentence.encode("utf-8", "replace")).digest() for sentence in sentences]
        with self._lock:
            held = {key: self._known[key] for key in keys if key in self._known}
        missing = {key: text for key, text in zip(keys, sentences, strict=True) if key not in held}
        if missing:
            made = encode(list(missing.values())).astype(np.float16)
            held |= dict(zip(missing, made, strict=True))
        with self._lock:
            for key in keys:
                self._known[key] = held[key]
                self._known.move_to_end(key)
            while len(self._known) > self._kept:
                self._known.popitem(last=False)
        found: Vectors = np.zeros((len(keys), DIMENSIONS), np.float32)
        for row, key in enumerate(keys):
            found[row] = held[key]
        return found


def choose(
    question: str,
    passages: Sequence[Sequence[str]],
    terms: Terms,
    cosines: Callable[[Sequence[str]], Scores] | None,
) -> tuple[tuple[int, ...], ...]:
    """Of each passage, given as its sentences, the places of up to three that answer, in reading order.

    `terms` gives the stems of a text, `cosines` how alike each sentence and the question are; None where no encoder is
    available. Nothing is chosen from a passage that shares neither words nor meaning with the question.
    """
    stems = [[frozenset(terms(sentence)) for sentence in passage] for passage in passages]
    by_words = _by_words(frozenset(terms(question)), stems)
    shortlists = [_shortlist(scores) for scores in by_words]
    by_meaning: list[dict[int, float]] = [{} for _ in passages]
    if cosines is not None:
        asked = [(p, s) for p in range(min(PASSAGES_BY_MEANING, len(passages))) for s in shortlists[p]]
        values = cosines([passages[p][s] for p, s in asked]) if asked else ()
        for (p, s), value in zip(asked, values, strict=True):
            by_meaning[p][s] = float(value)
    return tuple(
        _chosen(passage, words, meaning)
        for passage, words, meaning in zip(passages, by_words, by_meaning, strict=True)
    )  # fmt: skip


def _by_words(question: frozenset[str], passages: Sequence[Sequence[frozenset[str]]]) -> list[Scores]:
    """The rarity of the words shared with the question, against the length of the sentence."""
    holding = Counter(term for passage in passages for terms in passage for term in terms)
    total = sum(len(passage) for passage in passages)

    def rarity(words: frozenset[str]) -> float:
        return sum(math.log(1 + total / (1 + holding[word])) for word in sorted(words))

    return [
        np.array([rarity(terms & question) / math.sqrt(rarity(terms) or 1.0) for terms in passage], dtype=np.float64)
        for passage in passages
    ]


def _shortlist(scores: Scores) -> list[int]:
    return sorted(np.argsort(-scores, kind="stable")[:SHORTLIST].tolist())


def _chosen(passage: Sequence[str], by_words: Scores, by_meaning: dict[int, float]) -> tuple[int, ...]:
    if by_meaning:
        places = sorted(by_meaning)
        cosines = np.array([by_meaning[place] for place in places])
        scores = dict(zip(places, _standard(cosines) + WORDS_SHARE * _standard(by_words[places]), strict=True))
        strong = {place for place in places if by_meaning[place] > 0 and by_meaning[place] >= LEAST * cosines.max()}
    else:
        scores = dict(enumerate(by_words.tolist()))
        strong = {place for place, score in scores.items() if score > 0}
    best = sorted(strong, key=lambda place: (-scores[place], place))[:MOST]
    return tuple(sorted(_with_what_follows(passage, best)))


def _standard(values: Scores) -> Scores:
    deviation = values.std()
    return (values - values.mean()) / deviation if deviation > 0 else np.zeros(len(values))


def _with_what_follows(passage: Sequence[str], best: Sequence[int]) -> list[int]:
    """A sentence that ends in a colon promises what comes next: the weakest choice gives way to it."""
    kept = list(best)
    for place in best:
        if place not in kept or not passage[place].rstrip().endswith(":"):
            continue
        if place + 1 < len(passage) and place + 1 not in kept:
            kept = [*[other for other in kept if other != place][: MOST - 2], place, place + 1]
    return kept
