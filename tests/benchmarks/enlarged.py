"""A desk's own passages, repeated and perturbed to any number.

Invariant: a passage's words and vector depend on its number alone, so a run that was stopped goes on with the same ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from search.contract import CaseDocument, PassageDocument, Stamp, Vectors
from search.recipe import DIMENSIONS
from search.texts import of_passage

PASSAGES_AN_ARTICLE = 5
OTHER_WORDS = 0.3
"""Share of a passage's words that come from another passage."""
OTHER_MEANING = 0.5
"""The most that another passage's vector weighs."""
NOISE = 0.25
"""Length of the random vector that is added; a passage's own has length one."""
INTERNAL_EVERY = 50
"""Every so manieth article is internal, so that what customers ask goes through a filter."""
CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Words:
    """Words that were redacted before they were perturbed."""

    redacted: str


@dataclass
class Enlarged:
    """A source of `count` passages made of `base` and its `vectors`, and the encoder that knows their vectors."""

    base: Sequence[PassageDocument]
    vectors: Vectors
    count: int
    changed: frozenset[int] = frozenset()
    """Numbers whose words differ from what they were."""
    removed: frozenset[int] = frozenset()
    encoded: int = 0
    _numbers: dict[bytes, int] = field(default_factory=dict)

    def passage_stamps(self) -> Sequence[Stamp]:
        return [Stamp(n, self._hash(n), "") for n in range(1, self.count + 1) if n not in self.removed]

    def passages(self, ids: Sequence[int]) -> Sequence[PassageDocument]:
        found = [self._passage(number) for number in ids]
        self._numbers.update((_digest(of_passage(document)), document.passage_id) for document in found)
        return found

    def case_stamps(self) -> Sequence[Stamp]:
        return []

    def cases(self, ids: Sequence[int]) -> Sequence[CaseDocument]:
        del ids
        return []

    def encode(self, texts: Sequence[str]) -> Vectors:
        """In place of the encoder, which would take hours for a million texts: the perturbed vectors of real ones."""
        self.encoded += len(texts)
        found = [self.vector(self._numbers.pop(_digest(text))) for text in texts]
        return np.stack(found) if found else np.zeros((0, DIMENSIONS), np.float32)

    def vector(self, number: int) -> Vectors:
        """Shape (384,), of length one."""
        random, one, other = self._parents(number)
        mixed = self.vectors[one] + OTHER_MEANING * random.random() * self.vectors[other]
        mixed = mixed + NOISE / np.sqrt(DIMENSIONS) * random.standard_normal(DIMENSIONS)
        found: Vectors = (mixed / np.linalg.norm(mixed)).astype(np.float32)
        return found

    def _passage(self, number: int) -> PassageDocument:
        random, one, other = self._parents(number)
        base = self.base[one]
        article = (number - 1) // PASSAGES_AN_ARTICLE + 1
        title = f"{base.title.redacted} {self.base[other].title.redacted}"
        body = _mixed(base.body.redacted, self.base[other].body.redacted, random)
        return PassageDocument(
            number, article, Words(title), Words(base.heading.redacted),
            Words(f"{body} {CHANGED}" if number in self.changed else body), base.products, base.topics,
            "internal" if article % INTERNAL_EVERY == 0 else "public",
        )  # fmt: skip

    def _parents(self, number: int) -> tuple[np.random.Generator, int, int]:
        random = np.random.default_rng([number, number in self.changed])
        one, other = random.integers(0, len(self.base), 2).tolist()
        return random, one, other

    def _hash(self, number: int) -> str:
        return f"{number:x}{CHANGED if number in self.changed else ''}"


def _mixed(text: str, other: str, random: np.random.Generator) -> str:
    words, others = text.split(), other.split() or ["."]
    swapped: NDArray[np.bool_] = random.random(len(words)) < OTHER_WORDS
    picks = random.integers(0, len(others), len(words))
    return " ".join(others[p] if s else w for w, s, p in zip(words, swapped, picks, strict=True))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
