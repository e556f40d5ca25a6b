"""Payment cards and bank accounts. Invariant: the shape is looked for first, the checksum decides, and when there are
more shapes than can be checked quickly, the shape alone does: too much is taken out rather than too little.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from stdnum import iban, luhn

from kb.sensitive.finding import Span

CHECKED: Final = 4_000
"""Checksums computed in one text."""
CARD = re.compile(
    r"(?<!\d)(?<!\d\.)(?=("
    r"[2-6]\d{12,18}(?!\d)"
    r"|[2-6]\d{3}([ \u00a0-])\d{4}\2\d{4}\2\d{4}(?:\2\d{3})?(?!\d)"
    r"|3\d{3}([ \u00a0-])\d{6}\3\d{4,5}(?!\d)"
    r"))"
)
ISSUED = re.compile(
    # Visa, Mastercard, American Express, Diners, JCB, then Discover, Maestro and UnionPay.
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|3[068]\d{12}|35\d{14}|(?:6|5[06-8])\d{11,18}"
)
IBAN = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Z]{2}\d{2}(?:[ \u00a0-]?[A-Z0-9]){11,30}|[A-Za-z]{2}\d{2}[A-Za-z0-9]{11,30})(?![A-Za-z0-9])"
)
GROUP_END = re.compile(r"(?<=[A-Za-z0-9])(?![A-Za-z0-9])")
SEPARATORS: Final = dict.fromkeys(map(ord, " \u00a0-"))


def cards(text: str) -> Iterator[Span]:
    """Card numbers of a known issuer's shape that pass the Luhn checksum, with spaces, dashes or nothing between."""
    end = 0
    looked_at = 0
    for match in CARD.finditer(text):
        number = match[1].translate(SEPARATORS)
        if match.start() < end or not ISSUED.fullmatch(number):
            continue
        looked_at += 1
        if looked_at > CHECKED or luhn.is_valid(number):
            end = match.end(1)
            yield match.start(), end


def ibans(text: str) -> Iterator[Span]:
    """Account numbers whose country, length and checksum agree; words in capitals after one are left alone."""
    looked_at = 0
    for match in IBAN.finditer(text):
        looked_at += 1
        if looked_at > CHECKED:
            yield match.span()
            continue
        ends = [end.start() for end in GROUP_END.finditer(match[0]) if end.start() >= 15]
        right = next((end for end in reversed(ends) if iban.is_valid(match[0][:end].replace("\u00a0", " "))), None)
        if right is not None:
            yield match.start(), match.start() + right
