"""Who is called by name in a thread. Invariant: pure; a word counts as a name only where people put names.

Accounts tell the names of a desk's own people. Who else is meant by "Hi Nora," or signs with "Paul" is told by the place
where it stands; a word that is also written small somewhere in the thread is no name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

NAME: Final = r"([A-Z][a-z\u00df-\u00ff][\w'-]{1,20})"
GREETS: Final = (
    r"(?i:hi|hello|hey|hiya|dear|greetings|welcome|good (?:morning|afternoon|evening|day)|thanks?(?: again| you)?(?: (?:very|so) much)?"
    r"|thx|cheers|sorry|bonjour|salut|merci|hallo|danke|hola|gracias|ciao|grazie|ol[aá]|obrigado|bedankt)"
)
CALLED = re.compile(
    rf"(?:^|[.!?,]\s+|\n){GREETS}(?: there)?,?[ ]+@?{NAME}(?: {NAME})?(?=\s*(?:[,.!:;-]|$|\n))", re.MULTILINE
)
GREETED = re.compile(rf"^(?i:hi|hello|hey|dear) {NAME}(?: [A-Z]\w+)? (?=I\b|[Tt]h|[Ww]e\b|[Yy]ou)", re.MULTILINE)
AT = re.compile(rf"(?<!\w)@{NAME}\b")
QUOTED = re.compile(rf"\b{NAME}(?: {NAME})? (?:wrote|said|says|replied|asked|suggested|mentioned|pointed out)\b")
SIGN_OFF: Final = (
    r"(?i:(?:kind |best |warm |many )?(?:regards|wishes|thanks?(?: you)?|cheers|sincerely|yours|best|greetings))"
)
SIGNED = re.compile(rf"{SIGN_OFF}[,.!]*\s*\n\s*[-~\u2013]*\s*{NAME}(?: {NAME})?\.?\s*$", re.MULTILINE)
LAST = re.compile(rf"(?:\n\s*[-~\u2013]*|[.!?)]\s*[-~\u2013]+)\s*{NAME}\.?\s*\Z")
NO_NAME = re.compile(
    r"(?:all|again|any\w*|every\w*|some\w*|folks|friends?|guys|people|experts?|users?|mates?|sir|madam|team|support|community|helpers?|members?"
    r"|how|what|when|where|which|why|who|will|would|can|could|should|may|might|must|have|has|does|did|are|was|were|the|this|that|these|those"
    r"|there|here|then|and|but|for|from|with|you|your|yours|they|she|his|her|its|not|now|just|very|much|please|yes|well|also|since|after"
    r"|before|using|thanks?|hello|help|update|edit|note|solved|fixed|done|mozilla\w*|thunderbird|firefox|google|gmail|microsoft|outlook"
    r"|windows|apple|android|linux|yahoo|ubuntu|internet|monday|tuesday|wednesday|thursday|friday|saturday|sunday|version|question|problem"
    r"|january|february|march|april|june|july|august|september|october|november|december)",
    re.IGNORECASE,
)  # fmt: skip


def names_in(texts: Sequence[str], ordinary: Sequence[str] = ()) -> frozenset[str]:
    """Names of people whom these messages of one thread greet, thank, quote or are signed by.

    `ordinary` are further texts whose words are no names, such as the product's.
    """
    found = {name for text in texts for name in _named(text)}
    small = {word for text in texts for word in re.findall(r"\b[a-z][\w'-]+", text)}
    known = {word.casefold() for text in ordinary for word in re.findall(r"\w+", text)}
    return frozenset(n for n in found if n.casefold() not in small | known and not NO_NAME.fullmatch(n))


def _named(text: str) -> Iterator[str]:
    for pattern in (CALLED, GREETED, AT, QUOTED, SIGNED, LAST):
        for match in pattern.finditer(text):
            yield from (name for name in match.groups() if name)
