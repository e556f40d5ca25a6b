"""Personal data that a draft still holds, counted by other rules than those that took them out.

Invariant: knows the original thread, so that a name is one that somebody there was called by, quoted as, or signed with;
and what the whole forum writes small, which no thread can know of itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from tests.benchmarks.numbers_left import numbers

EMAIL = re.compile(
    r"\w[\w.+-]*@[\w-]+\.[\w.-]+|\b[\w.-]+\s*(?:\(at\)|\[at\]| at )\s*[\w-]+\s*(?:\(dot\)|\[dot\]| dot )\s*\w+",
    re.IGNORECASE,
)
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
CLOSING: Final = "regards thanks thank cheers best wishes sincerely yours tia thx tx tnx ty greetings merci danke gracias gruss cordialement"
"""Words after which only a name can end a message."""
CLOSED: Final = frozenset(CLOSING.split())
LONGEST_SIGNATURE: Final = 3
CAPITAL = re.compile(r"[A-Z\u00c0-\u00de][a-z\u00df-\u00ff][\w'\u2019-]*")
TOKEN = re.compile(r"[^\W\d_][\w'\u2019-]*|[.!?,()]|\S")
SMALL_SHARE: Final = 0.03
"""Of a word's uses; a name is hardly ever written small."""
GIVEN: Final = 600
"""The most frequent given names of each of two lists; further down many are words or places."""
NO_NAMES: Final = re.compile(
    r"(?:all|again|any(?:one|body)?|and|are|but|can|could|every(?:one|body)|folks|for|friends?|from|good|google|guys|here|has|have|how"
    r"|its|just|mozilla\w*|much|nothing|please|sir|madam|community|support|some(?:one|body)|team|that|the|there|thunderbird"
    r"|firefox|april|this|thanks?|very|what|when|where|will|with|would|you|your|yes|too|help|hello|day|both|most|one|it|he|she|they|i'\w+|having|linux|microsoft|windows|ubuntu)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Left:
    """One piece, and what it is."""

    kind: str
    text: str


def left_over(
    draft: str, originals: Sequence[str], accounts: Collection[str], ordinary: Collection[str] = ()
) -> list[Left]:
    """What of these a draft holds: addresses, telephone numbers, account names, and names of people in its thread.

    `ordinary` are words that are no names, as `written_small` finds them.
    """
    found = [Left("email", match[0]) for match in EMAIL.finditer(draft)]
    found += [Left("phone", number) for number in numbers(draft)]
    found += [Left("account", name) for name in accounts if name and name in draft]
    names = {name for text in originals for name in (*_placed(text, ordinary), *_signatures(text, ordinary))}
    given = _given() - set(ordinary)
    names |= {word for word in CAPITAL.findall(draft) if word.casefold() in given and not NO_NAMES.fullmatch(word)}
    return found + [Left("name", name) for name in sorted(names) if re.search(rf"\b{re.escape(name)}\b", draft)]


def written_small(texts: Iterable[str]) -> frozenset[str]:
    """Words that these write with a small letter more often than a name would be."""
    uses: Counter[str] = Counter()
    small: Counter[str] = Counter()
    for text in texts:
        words = re.findall(r"[^\W\d_][\w'\u2019-]*", text)
        uses.update(word.casefold() for word in words)
        small.update(word for word in words if word.islower())
    return frozenset(word for word, count in small.items() if count > SMALL_SHARE * uses[word])


def _placed(text: str, ordinary: Collection[str]) -> Iterator[str]:
    for pattern in (CALLED, QUOTED, SIGNED, TAIL):
        for match in pattern.finditer(text):
            name, word = match[1], match[1].casefold()
            common = word in ordinary and word not in _given()
            if CAPITAL.fullmatch(name) and not common and not NO_NAMES.fullmatch(name):
                yield name


def _signatures(text: str, ordinary: Collection[str]) -> Iterator[str]:
    """Words with a capital at the very end of a message, behind a closing word, a full stop or a line of their own."""
    lines = [line for line in text.splitlines() if line.strip()]
    tokens = TOKEN.findall(EMAIL.sub("", lines[-1])) if lines else []
    while tokens and not CAPITAL.fullmatch(tokens[-1]):
        if tokens[-1].isalnum():
            return
        tokens.pop()
    behind = 0
    while behind < len(tokens) and CAPITAL.fullmatch(tokens[-1 - behind]):
        behind += 1
    words = [*tokens[len(tokens) - behind :]]
    closed = next((n for n, word in reversed([*enumerate(words, 1)]) if word.casefold() in CLOSED), 0)
    words, before = words[closed:], tokens[: len(tokens) - behind]
    sure = closed > 0 or (bool(before) and before[-1] in ",!." and any(w.casefold() in CLOSED for w in before[-6:]))
    if 0 < len(words) <= LONGEST_SIGNATURE and (sure or not before or before[-1] in ".!?"):
        told = [word for word in words if not NO_NAMES.fullmatch(word) and word.casefold() not in CLOSED]
        # A word that everybody writes small is a name only where nothing else can stand.
        yield from (word for word in told if sure or not any(one.casefold() in ordinary for one in told))


@cache
def _given() -> frozenset[str]:
    return frozenset(
        name for kind in ("male_names", "female_names") for name in FREQUENCY_LISTS[kind][:GIVEN] if len(name) > 2
    )
