"""A ticket's text as words. Invariant: a word is the same word wherever it is read: lower case, no accents, no punctuation."""

from __future__ import annotations

import re
from typing import Final

from sklearn.feature_extraction.text import strip_accents_unicode

from classifier.contract import TicketFeatures

LONGEST_TEXT: Final = 20_000
LONGEST_WORD: Final = 40
"""Characters; what is longer is a key or a path rather than a word, and would only slow the pieces down."""

_WORD = re.compile(r"\w+")


def text_of(ticket: TicketFeatures) -> str:
    """Subject and body, cut where a ticket is a log rather than a text."""
    return f"{ticket.subject.redacted}\n{ticket.body.redacted}"[:LONGEST_TEXT]


def normal(text: str) -> str:
    """Words in lower case, without accents and punctuation, one blank apart."""
    return " ".join(word[:LONGEST_WORD] for word in _WORD.findall(strip_accents_unicode(text.lower())))


def written(text: str) -> dict[str, str]:
    """How each normal word is written in a text, where it first occurs."""
    found: dict[str, str] = {}
    for word in _WORD.findall(text):
        found.setdefault(normal(word), word)
    return found
