"""Personal data that a draft still holds, counted by other rules than those that took them out.

Invariant: knows the original thread, so that a name is one that somebody there was called by, quoted as, or signed with.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

EMAIL = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.-]+|\b[\w.-]+\s*(?:\(at\)|\[at\]| at )\s*[\w-]+\s*(?:\(dot\)|\[dot\]| dot )\s*\w+",
    re.IGNORECASE,
)
PHONE = re.compile(r"(?<![\w.:/-])[+(]?\d[\d ()-]{7,}\d(?![\w.:/-])")
GROUPED = re.compile(r"^[+(0]|\d[ ()-]+\d")
"""A run of digits alone is as well a moment or a number of bytes."""
FEWEST_DIGITS: Final = 9
CALLED = re.compile(
    r"(?:^|[.!?]\s+)(?:hi|hello|hey|dear|hiya|greetings|good (?:morning|afternoon|evening|day)|thanks?(?: you)?(?: (?:very|so) much)?|thx|cheers)"
    r",?[ ]+@?([A-Z][\w'-]{2,20})\b(?=\s*(?:[,.!:;-]|$))",
    re.MULTILINE | re.IGNORECASE,
)
QUOTED = re.compile(r"\b([A-Z][\w'-]{2,20}) (?:wrote|said|says|replied|asked|suggested|mentioned)\b")
SIGNED = re.compile(
    r"(?:regards|cheers|thanks|thank you|sincerely|best|yours)[,.!]*\s*\n+\s*[-~ ]*([A-Z][\w'-]{2,20})(?: [A-Z][\w'-]*\.?){0,2}\s*$",
    re.MULTILINE | re.IGNORECASE,
)
TAIL = re.compile(r"[-~\u2013]\s?([A-Z][a-z]{2,20})\s*$")
NO_NAMES: Final = re.compile(
    r"(?:all|again|any(?:one|body)?|and|are|but|can|could|every(?:one|body)|folks|for|friends?|from|good|google|guys|here|has|have|how"
    r"|its|just|mozilla\w*|much|nothing|please|sir|madam|community|support|some(?:one|body)|team|that|the|there|thunderbird"
    r"|firefox|this|thanks?|very|what|when|where|will|with|would|you|your|yes|too|help|hello|day|both|most|one|it|he|she|they|i'\w+|having|linux|microsoft|windows)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Left:
    """One piece, and what it is."""

    kind: str
    text: str


def left_over(draft: str, originals: Sequence[str], accounts: Collection[str]) -> list[Left]:
    """What of these a draft holds: addresses, telephone numbers, account names, and names of people in its thread."""
    found = [Left("email", match[0]) for match in EMAIL.finditer(draft)]
    found += [
        Left("phone", m[0]) for m in PHONE.finditer(draft) if GROUPED.search(m[0]) and _digits(m[0]) >= FEWEST_DIGITS
    ]
    found += [Left("account", name) for name in accounts if name and name in draft]
    names = {name for text in originals for name in _names(text)}
    return found + [Left("name", name) for name in sorted(names) if re.search(rf"\b{re.escape(name)}\b", draft)]


def _names(text: str) -> Iterator[str]:
    for pattern in (CALLED, QUOTED, SIGNED, TAIL):
        for match in pattern.finditer(text):
            name = match[1]
            if name[0].isupper() and not NO_NAMES.fullmatch(name):
                yield name


def _digits(text: str) -> int:
    return sum(letter.isdigit() for letter in text)
