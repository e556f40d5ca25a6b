"""Why, in plain words.

Invariant: weights are signed log-odds of the calibrated model, and over all words, attributes, the meaning and the
starting point they add up to the log-odds of the probability shown.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from classifier.contract import Reason, TicketFeatures
from classifier.features import TicketVectorizer, text_of

SHOWN: Final = 5
LEAST: Final = 0.02


def contributions(
    vectorizer: TicketVectorizer, coefficients: NDArray[np.float64], ticket: TicketFeatures
) -> dict[tuple[str, str], float]:
    """(``word``/``attribute``/``meaning``, name) → log-odds; the values add up to ``x · coefficients``."""
    row = vectorizer.transform([ticket])
    shares = np.zeros(row.shape[1])
    shares[row.indices] = row.data * coefficients[row.indices]
    blocks = vectorizer.blocks()
    found: dict[tuple[str, str], float] = defaultdict(float)
    for word, weight in _by_word(vectorizer, shares, text_of(ticket)).items():
        found["word", word] += weight
    names = vectorizer.attributes_.feature_names_
    for place in np.flatnonzero(shares[blocks["attributes"]]):
        found["attribute", names[place]] += float(shares[blocks["attributes"]][place])
    if vectorizer.dimensions_:
        found["meaning", ""] += float(shares[blocks["embedding"]].sum())
    return dict(found)


def in_words(parts: dict[tuple[str, str], float]) -> tuple[Reason, ...]:
    """The strongest contributions as sentences; small words and the rest of the wording are one reason together."""
    rest = sum(weight for (kind, name), weight in parts.items() if kind == "word" and not _telling(name))
    shown = {key: weight for key, weight in parts.items() if key[0] != "word" or _telling(key[1])}
    shown["rest", ""] = rest
    strongest = sorted(shown.items(), key=lambda item: -abs(item[1]))[:SHOWN]
    return tuple(Reason(_sentence(*key, weight), round(weight, 4)) for key, weight in strongest if abs(weight) >= LEAST)


def _by_word(vectorizer: TicketVectorizer, shares: NDArray[np.float64], text: str) -> dict[str, float]:
    """Contributions of words, pairs of words (half each) and pieces of words, all given to whole words."""
    blocks = vectorizer.blocks()
    found: dict[str, float] = defaultdict(float)
    vocabulary, words = vectorizer.words_.vocabulary_, shares[blocks["words"]]
    tokens = vectorizer.words_.build_tokenizer()(vectorizer.words_.build_preprocessor()(text))
    terms = set(tokens) | {f"{a} {b}" for a, b in pairwise(tokens)}
    for term in terms & vocabulary.keys():
        parts = term.split(" ")
        for part in parts:
            found[part] += float(words[vocabulary[term]]) / len(parts)
    pieces, values = vectorizer.pieces_.vocabulary_, shares[blocks["pieces"]]
    split = vectorizer.pieces_.build_analyzer()
    occurrences = [(word, split(word)) for word in vectorizer.pieces_.build_preprocessor()(text).split()]
    counts = Counter(piece for _, own in occurrences for piece in own)
    for word, own in occurrences:
        name = word.strip(".,;:!?()[]{}\"'«»<>-_/*#=")
        found[name] += sum(float(values[pieces[piece]]) / counts[piece] for piece in own if piece in pieces)
    return found


def _telling(word: str) -> bool:
    return len(word) >= 3 and word.isalpha() and word not in ENGLISH_STOP_WORDS


def _sentence(kind: str, name: str, weight: float) -> str:
    """One contribution in words a lead can check against the ticket."""
    which = "escalated" if weight > 0 else "stayed"
    if kind == "word":
        return f"mentions “{name[:40]}”, as tickets that {which} do"
    if kind == "attribute":
        attribute, _, value = name.partition("=")
        if attribute == "requester":
            return f"earlier tickets of this requester {which}"
        return f"{attribute.replace('_', ' ')} is “{value[:60]}”, and such tickets {which}"
    if kind == "meaning":
        return f"is close in meaning to tickets that {which}"
    return f"the rest of the wording is like tickets that {which}"
