"""What an index run reads: documents, and what says whether they changed.

Invariant: no text that was not redacted is in a document, and equal hashes mean that there is nothing to do again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

PUBLIC = "public"
INTERNAL = "internal"


class Redacted(Protocol):
    """Text from which personal data were taken. The record layer's `redact` is the only maker."""

    @property
    def redacted(self) -> str:
        """The text with each finding replaced by its kind, such as ``[email]``."""
        ...


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an index run compares: a changed text is embedded again, changed metadata is a cheap update."""

    id: int
    text_hash: str
    meta_hash: str


@dataclass(frozen=True, slots=True)
class PassageDocument:
    """One passage of a published article, as indexed."""

    passage_id: int
    article_id: int
    title: Redacted
    heading: Redacted
    body: Redacted
    products: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    audience: str = PUBLIC
    """``public``, ``internal`` or ``team:ID``: a first filter; the database authorises again."""
    updated: float | None = None
    """When its article was last changed, in days since some epoch; None where that is not known."""
    locale: str = ""
    """The language it is written in (``pt-BR``); empty where nobody knows."""


@dataclass(frozen=True, slots=True)
class CaseDocument:
    """One ticket, as remembered: what was asked. What solved it stays in the database."""

    ticket_id: int
    subject: Redacted
    body: Redacted
    product: str = ""


@dataclass(frozen=True, slots=True)
class TicketText:
    """A ticket's text as it stood at some moment: more may have been said by then than what the index remembers."""

    text_hash: str
    """As the ticket's stamp says it: what is kept of the text is forgotten with that ticket."""
    subject: Redacted
    body: Redacted
    text: Redacted
    """What is embedded."""


class Source(Protocol):
    """Where an index run reads from. Ids are positive and stable for as long as a document lives."""

    def passage_stamps(self) -> Sequence[Stamp]:
        """Every passage that should be findable."""
        ...

    def passages(self, ids: Sequence[int]) -> Sequence[PassageDocument]:
        """The passages of those ids; one that has gone meanwhile is left out."""
        ...

    def case_stamps(self) -> Sequence[Stamp]:
        """Every ticket that should be remembered."""
        ...

    def cases(self, ids: Sequence[int]) -> Sequence[CaseDocument]:
        """The tickets of those ids; one that has gone meanwhile is left out."""
        ...
