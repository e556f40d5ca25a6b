"""What is embedded of a passage, a ticket and a question. Invariant: only redacted text is read, here and only here."""

from __future__ import annotations

import re
from typing import Final

from search.contract import CaseDocument, PassageDocument, Query, Redacted

QUESTION_WORDS: Final = 150
SURROGATE: Final = re.compile(r"[\ud800-\udfff]")


def clean(text: str) -> str:
    """Text that every engine can take: a half of a surrogate pair cannot be encoded."""
    return SURROGATE.sub("\ufffd", text)


def of_passage(document: PassageDocument) -> str:
    """Title, heading and text: a passage alone seldom says what it is about."""
    parts = (document.title.redacted, document.heading.redacted, document.body.redacted)
    return clean("\n".join(part for part in parts if part))


def of_question(subject: Redacted, body: Redacted) -> str:
    """The subject and the first words of the body; the rest of a long question is mostly logs and greetings."""
    opening = body.redacted[: QUESTION_WORDS * 40].split()[:QUESTION_WORDS]
    return clean(f"{subject.redacted[:2000]}\n{' '.join(opening)}".strip())


def of_case(document: CaseDocument) -> str:
    """A remembered ticket is embedded exactly as a question is."""
    return of_question(document.subject, document.body)


def of_query(query: Query) -> str:
    """As `of_question`."""
    return of_question(query.subject, query.body)
