"""Passages and a source of them for tests of the search engine. Invariant: redacted by the real thing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from kb.redaction import redact
from search.contract import PUBLIC, CaseDocument, PassageDocument, Stamp

Words = tuple[str, str, str]
"""title, heading, text"""


def passage(number: int, words: Words, *, audience: str = PUBLIC, products: tuple[str, ...] = ()) -> PassageDocument:
    """A passage of an article of the same number."""
    title, heading, body = (redact(part) for part in words)
    return PassageDocument(number, number, title, heading, body, products, (), audience)


def case(number: int, subject: str) -> CaseDocument:
    """A solved ticket."""
    return CaseDocument(number, redact(subject), redact(""))


@dataclass
class Shelf:
    """What there is to index; tests put documents in and take them out."""

    shelved: dict[int, PassageDocument] = field(default_factory=dict)
    solved: dict[int, CaseDocument] = field(default_factory=dict)

    def passage_stamps(self) -> Sequence[Stamp]:
        return [
            Stamp(d.passage_id, _hash(d.title.redacted, d.heading.redacted, d.body.redacted), _hash(d.audience, *d.products))
            for d in self.shelved.values()
        ]  # fmt: skip

    def passages(self, ids: Sequence[int]) -> Sequence[PassageDocument]:
        return [self.shelved[number] for number in ids if number in self.shelved]

    def case_stamps(self) -> Sequence[Stamp]:
        return [Stamp(d.ticket_id, _hash(d.subject.redacted), "") for d in self.solved.values()]

    def cases(self, ids: Sequence[int]) -> Sequence[CaseDocument]:
        return [self.solved[number] for number in ids if number in self.solved]


def _hash(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
