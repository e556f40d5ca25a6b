"""What a line of coefficients says, in plain words.

Invariant: the weights of one ticket's reasons add up, with the model's starting point, to the log-odds of the
probability shown (to within `LEAST`). The starting point is the same for every ticket. What other models than the line add comes in beside it (`explaining`).

What adds up to what: a column's weight is its value times its coefficient, scaled by the calibration. Pairs of words
give half to each word; a piece of a word gives to the words it occurs in, in proportion; words of the subject count
with the same words of the body; the embedding's columns are one reason. Attributes and embedding are measured from the
average ticket, so that what nearly all tickets share explains none of them. What is not named by itself is summed up in one last reason, "the rest of the ticket". Nothing but the ticket's own words is quoted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from classifier.contract import Reason, TicketFeatures
from classifier.features import Matrix, TicketVectorizer
from classifier.wording import normal, text_of, written

NAMED: Final = 5
OWN: Final = 3
"""Words and attributes of the ticket that are named even where other reasons are stronger."""
LEAST: Final = 0.02
"""Log-odds; a reason weaker than that is not worth a line."""
UNNAMED: Final = ""
"""Stands for what can be said in no words and is part of the rest."""
SHORTEST: Final = 3
LONGEST_QUOTE: Final = 40
PAIRED: Final = 0.06
"""Share of two words' weight that must be the pair's own, so that they are read as one phrase."""
COMMON: Final = 0.2
"""A word in more of the tickets than that tells nothing by itself."""


@dataclass(slots=True)
class Contributions:
    """Signed log-odds of one ticket, by what they come from; all of them together are `total`."""

    words: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    pairs: dict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))
    attributes: dict[tuple[str, str | None], float] = field(default_factory=dict)
    meaning: float = 0.0
    total: float = 0.0


class LineExplainer:
    """Gives the columns' shares back to words, attributes and meaning. Safe to call from several threads.

    `coefficients` has shape (features,), in log-odds of the calibrated probability.
    """

    def __init__(self, vectorizer: TicketVectorizer, coefficients: NDArray[np.float64]) -> None:
        self._coefficients = coefficients
        self._blocks = vectorizer.blocks()
        self._terms = {
            name: list(map(str, getattr(vectorizer, f"{name}_").get_feature_names_out()))
            for name in ("words", "subject")
        }
        self._attributes = vectorizer.attribute_columns()
        self._usual = _usual(vectorizer, coefficients[self._blocks["attributes"]])
        self._common = _common(vectorizer)
        split, vocabulary = vectorizer.pieces_.build_analyzer(), vectorizer.pieces_.vocabulary_

        def pieces(word: str) -> NDArray[np.int64]:
            return np.array([vocabulary[piece] for piece in split(word) if piece in vocabulary], dtype=np.int64)

        self._pieces = lru_cache(maxsize=50_000)(pieces)

    def contributions(self, ticket: TicketFeatures, row: Matrix) -> Contributions:
        """What each part of the ticket adds; `row` is the ticket as the vectorizer made it, shape (1, features)."""
        shares = row.data * self._coefficients[row.indices]
        found = Contributions(total=float(shares.sum()))
        for name in ("words", "subject"):
            inside, weights = self._inside(name, row, shares)
            for column, weight in zip(inside, weights, strict=True):
                _share_out(self._terms[name][column], float(weight), found)
        self._share_pieces(ticket, row, shares, found)
        self._measure_attributes(row, shares, found)
        found.meaning = float(self._inside("embedding", row, shares)[1].sum())
        return found

    def reasons(
        self,
        ticket: TicketFeatures,
        row: Matrix,
        attributes: Mapping[str, float],
        gist: float,
        extra: Mapping[str, float],
    ) -> tuple[Reason, ...]:
        """The strongest contributions as phrases, then one for all that was not named.

        Other models add their shares of `attributes`, of the text's `gist`, and `extra` ones that are in words already.
        """
        found = self.contributions(ticket, row)
        values = dict(found.attributes.keys())
        named = {name: found.attributes[name, values[name]] for name in values}
        for name, share in attributes.items():
            named[name] = named.get(name, 0.0) + share
        total = found.total + sum(attributes.values()) + gist + sum(extra.values())
        spelled = written(text_of(ticket))
        # A value that is not given may have no column of its own, where nearly every ticket has one.
        candidates = [
            (attribute_in_words(name, values.get(name, value) if value else "", weight), weight)
            for name, weight in named.items()
            for value in (ticket.attributes.get(name, ""),)
        ]
        meaning = found.meaning + gist
        alike = "worded like" if ticket.embedding is None else "similar in meaning to"
        candidates.append((f"{alike} tickets that {became(meaning)}", meaning))
        candidates += [(text, weight) for text, weight in extra.items() if text != UNNAMED]
        candidates += [(_quoted(words, spelled), weight) for words, weight in _phrases(found, self._common)]
        # Some of the ticket's own words and attributes are always named, beside what it is like.
        own = _strongest([one for one in candidates if one[0] not in extra], OWN)
        others = _strongest([one for one in candidates if one not in own], NAMED - len(own))
        strongest = _strongest([*own, *others], NAMED)
        told = [Reason(text, round(weight, 4)) for text, weight in strongest if abs(weight) >= LEAST]
        rest = total - sum(reason.weight for reason in told)
        if abs(rest) >= LEAST:
            told.append(Reason(f"the rest of the ticket reads like those that {became(rest)}", round(rest, 4)))
        return tuple(told)

    def _inside(
        self, block: str, row: Matrix, shares: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Columns of a row, counted from the block's first, and their shares."""
        part = self._blocks[block]
        here = (row.indices >= part.start) & (row.indices < part.stop)
        return row.indices[here] - part.start, shares[here]

    def _measure_attributes(self, row: Matrix, shares: NDArray[np.float64], found: Contributions) -> None:
        inside, weights = self._inside("attributes", row, shares)
        # A value never seen, where none was rare, has no column: it differs from the usual by all of it.
        values = dict.fromkeys(self._usual, (None, 0.0))
        values |= {
            self._attributes[n][0]: (self._attributes[n][1], float(w)) for n, w in zip(inside, weights, strict=True)
        }
        for name, (value, weight) in values.items():
            found.attributes[name, value] = weight - self._usual[name]
            found.total -= self._usual[name]

    def _share_pieces(
        self, ticket: TicketFeatures, row: Matrix, shares: NDArray[np.float64], found: Contributions
    ) -> None:
        columns, weights = self._inside("pieces", row, shares)
        if not len(columns):
            return
        value = dict(zip(columns.tolist(), weights.tolist(), strict=True))
        words = Counter(normal(text_of(ticket)).split())
        own = {word: self._pieces(word).tolist() for word in words}
        times: Counter[int] = Counter()
        for word, count in words.items():
            for column in own[word]:
                times[column] += count
        for word, count in words.items():
            found.words[word] += sum(value.get(column, 0.0) / times[column] for column in own[word]) * count


def _strongest(some: Sequence[tuple[str, float]], most: int) -> list[tuple[str, float]]:
    return sorted(some, key=_order)[:most]


def _order(one: tuple[str, float]) -> tuple[float, str]:
    return -abs(one[1]), one[0]


def _share_out(term: str, weight: float, found: Contributions) -> None:
    words = term.split(" ")
    for word in words:
        found.words[word] += weight / len(words)
    for pair in pairwise(words):
        found.pairs[pair] += weight


def _usual(vectorizer: TicketVectorizer, coefficients: NDArray[np.float64]) -> dict[str, float]:
    """What each attribute adds on average over the tickets learned from."""
    found: dict[str, float] = dict.fromkeys(vectorizer.names_, 0.0)
    for (name, _), mean, weight in zip(vectorizer.attribute_columns(), vectorizer.means_, coefficients, strict=True):
        found[name] += float(mean * weight)
    return found


def _common(vectorizer: TicketVectorizer) -> frozenset[str]:
    """Words that so many tickets hold that naming one explains nothing (by the inverse document frequency learned)."""
    highest = float(np.log(1 / COMMON)) + 1
    names, rarity = vectorizer.words_.get_feature_names_out(), vectorizer.words_.idf_
    return frozenset(str(name) for name in names[rarity < highest]) if len(names) > 1 else frozenset()


def _phrases(found: Contributions, common: frozenset[str]) -> list[tuple[tuple[str, ...], float]]:
    """Telling words; two that stand side by side and push the same way, the pair itself most of all, become one."""
    weights = {word: weight for word, weight in found.words.items() if _telling(word, common)}
    phrases: list[tuple[tuple[str, ...], float]] = []
    for (first, second), weight in sorted(found.pairs.items(), key=lambda one: -abs(one[1])):
        if first == second or first not in weights or second not in weights:
            continue
        both = weights[first] + weights[second]
        if min(weights[first] * both, weights[second] * both, weight * both) > 0 and abs(weight) >= PAIRED * abs(both):
            phrases.append(((first, second), both))
            del weights[first], weights[second]
    return phrases + [((word,), weight) for word, weight in weights.items()]


def _telling(word: str, common: frozenset[str]) -> bool:
    return len(word) >= SHORTEST and word.isalpha() and word not in ENGLISH_STOP_WORDS and word not in common


def _quoted(words: tuple[str, ...], spelled: dict[str, str]) -> str:
    return f"mentions “{' '.join(spelled.get(word, word)[:LONGEST_QUOTE] for word in words)}”"


def became(weight: float) -> str:
    """What tickets did towards which a weight points."""
    return "escalated" if weight > 0 else "did not escalate"


def attribute_in_words(name: str, value: str | None, weight: float) -> str:
    """An attribute in words; a requester is never named."""
    label = name.replace("_", " ")
    if name == "requester":
        if value is None:
            return "the requester has seldom or never written before"
        if not value:
            return "no requester is given"
        return f"earlier tickets of this requester escalated {'more' if weight > 0 else 'less'} often"
    if value is None:
        return f"{label} is one that is new or rare"
    return f"{label} is {value[:LONGEST_QUOTE]}" if value else f"{label} is not given"
