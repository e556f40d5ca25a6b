"""Tickets read once, in every form that the models need.

Invariant: learned from tickets alone, no outcome is seen; what is read of a ticket does not depend on its neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.extmath import randomized_svd

from classifier.contract import TicketFeatures
from classifier.counting import Counts, are_all
from classifier.features import Matrix, TicketVectorizer, counts_of, times
from classifier.tone import tone
from classifier.wording import LONGEST_TEXT, normal, text_of

Floats = NDArray[np.float64]
Compact = NDArray[np.float32]
DIMENSIONS: Final = 100
"""Numbers that a text is condensed to (latent semantic analysis)."""
TEXT_WEIGHT, MEANING_WEIGHT = np.float32(2.0), np.float32(1.4)
"""How strongly each speaks where both are read together."""
TEXT_BLOCKS: Final = ("words", "subject", "pieces")
SAMPLE: Final = 10_000
"""Tickets from which the condensing is learned; more change nothing but the time."""


@dataclass(frozen=True, slots=True)
class Read:
    """Tickets as numbers. `rows` (n, features) sparse; `text` (n, up to 100); `meaning` (n, 0 or the embedding's length)."""

    tickets: Sequence[TicketFeatures]
    rows: Matrix
    text: Compact
    meaning: Compact
    tone: Floats

    def __len__(self) -> int:
        return len(self.tickets)

    def gist(self) -> Compact:
        """Condensed text and meaning side by side, shape (n, dimensions)."""
        return np.hstack([TEXT_WEIGHT * self.text, MEANING_WEIGHT * self.meaning])

    def __getitem__(self, at: NDArray[Any]) -> Read:
        """Some of them."""
        if are_all(at, len(self)):
            return self
        some = [self.tickets[n] for n in np.arange(len(self.tickets))[at].tolist()]
        return Read(some, self.rows[at], self.text[at], self.meaning[at], self.tone[at])


@dataclass(frozen=True, slots=True)
class Known:
    """What does not depend on anything learned, so that those who learn from the same tickets read each text once."""

    counts: Counts
    tone: Floats

    @classmethod
    def of(cls, tickets: Sequence[TicketFeatures]) -> Known:
        """Of tickets, in order."""
        return cls(counts_of(tickets), _tones(tickets))

    def __getitem__(self, rows: NDArray[Any]) -> Known:
        """Of some of them."""
        return self if are_all(rows, len(self.tone)) else Known(self.counts[rows], self.tone[rows])


@dataclass(frozen=True, slots=True)
class Reader:
    """Words and their condensing. `axes` has shape (text features, dimensions)."""

    vectorizer: TicketVectorizer
    axes: Compact

    def read(self, tickets: Sequence[TicketFeatures], known: Known | None = None) -> Read:
        """In every form; `known` only where the reader was learned from others that were known together with these."""
        found = self.vectorizer.transform(tickets) if known is None else self.vectorizer.weigh(tickets, known.counts)
        return self.condense(tickets, found, _tones(tickets) if known is None else known.tone)

    def condense(self, tickets: Sequence[TicketFeatures], found: Matrix, tone: Floats) -> Read:
        """The same of tickets whose rows and manner are known."""
        blocks = self.vectorizer.blocks()
        text = times(found[:, : self.axes.shape[0]], self.axes).astype(np.float32)
        part = blocks.get("embedding", slice(0, 0))
        meaning = np.asarray(found[:, part].toarray(), dtype=np.float32)
        return Read(tickets, found, text, meaning, tone)

    def to_parts(self) -> dict[str, Any]:
        """As the registry stores them."""
        return {"vectorizer": self.vectorizer.to_parts(), "axes": self.axes.astype(np.float16)}

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any]) -> Reader:
        """What `to_parts` made; KeyError, TypeError or ValueError where it is something else."""
        return cls(TicketVectorizer.from_parts(parts["vectorizer"]), parts["axes"].astype(np.float32))


def fit_reader(tickets: Sequence[TicketFeatures], known: Known | None = None) -> tuple[Reader, Read]:
    """Learn words and how to condense them; also the same tickets as read."""
    held = known or Known.of(tickets)
    vectorizer = TicketVectorizer().learn(tickets, held.counts)
    rows = vectorizer.weigh(tickets, held.counts)
    blocks = vectorizer.blocks()
    # The text blocks are the first columns, side by side.
    width = max(blocks[name].stop for name in TEXT_BLOCKS)
    sample = rows[-SAMPLE:, :width]
    dimensions = min(DIMENSIONS, *(size - 1 for size in sample.shape)) if sample.nnz else 0
    axes = np.zeros((width, 0), dtype=np.float32)
    if dimensions > 0:
        _, _, found = randomized_svd(sample, dimensions, n_iter=2, random_state=0)
        # Half precision from the start: stored and loaded, it says bit by bit the same.
        axes = found.T.astype(np.float16).astype(np.float32)
    reader = Reader(vectorizer, axes)
    return reader, reader.condense(tickets, rows, held.tone)


def _tones(tickets: Sequence[TicketFeatures]) -> Floats:
    return np.array([
        tone(t.subject.redacted[:LONGEST_TEXT], t.body.redacted[:LONGEST_TEXT], normal(text_of(t))) for t in tickets
    ], dtype=np.float64)  # fmt: skip
