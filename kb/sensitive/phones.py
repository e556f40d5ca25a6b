"""Telephone numbers. Invariant: only runs of digits are looked at, each once; after `READ` characters of them the shape
alone decides, so that neither time nor a number gets lost.

What no numbering plan has (555.123.4567, an invented example, a number that was mistyped) is taken out as well where its
groups are those of a telephone number, or the word before it calls it one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from phonenumbers import Leniency, PhoneNumberMatcher

from kb.sensitive.contacts import is_version
from kb.sensitive.finding import HIDDEN, Span, words_before

READ: Final = 20_000
"""Characters given to the library's matcher, which needs some ten microseconds for each."""
SHORTEST: Final = 7
"""Digits; shorter numbers cannot be told from anything else."""
RUN = re.compile(r"[+(]{0,2}\d(?:[ \t\u00a0().\-/\u2010-\u2015]{0,4}\d)*+")
GROUP = re.compile(r"[+(]{0,2}\d+")
SHAPE = re.compile(r"(?<!\d)[+(]{0,2}\d(?:[ \u00a0().\-/]{0,3}\d){8,14}(?!\d)")
GROUPED = re.compile(
    r"(?<![\w.,/-])(?:"
    r"(?:\+?1[ .-])?(?:\(\d{3}\)[ .-]?|\d{3}[ .-])\d{3}[ .-]\d{4}"
    r"|\+\d{1,3}(?:[ .\-/]{0,2}\(?\d{1,6}\)?){2,6}"
    r"|0\d([ .-])\d\d(?:\1\d\d){3}"
    r")(?![\w-]|[.,]\d)"
)
"""As America, the whole world and France write them."""
CALLED_BEFORE = re.compile(
    r"\b(?:tel|telephone|phone|mobile|cell|fax|handy|whatsapp|(?:call|ring|reach|text|phone)(?: me| us| them)?)\b"
    r"(?: ?(?:number|no\.?|nr\.?|is|at|on|under)){0,2}[ .:#]{0,3}\Z",
    re.IGNORECASE,
)
MOMENT = re.compile(
    r"(?<!\d)(?<!\d[-/.])(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2(?:19|20)?\d{2})(?![-/.]?\d)"
    r"|(?<!\d)\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?"
)
IDENTIFIER_BEFORE = re.compile(
    r"(?:[#=$€£%_\\]|\b(?:ticket|case|order|error|code|kb|bug|build|buildid|serial|invoice|incident|request|ref|reference"
    r"|sku|isbn|ean|imei|id|uid|pid|hresult|result|status|exit|size|offset|line|timestamp|epoch|hash|revision)s?"
    r"[ _-]?(?:number|num|no|nr|id|code)?[.:#=(]?\s{0,2}(?:is\s|was\s|of\s)?)\Z",
    re.IGNORECASE,
)
MINUS = re.compile(r"(?<!\d)-\Z")
SHORTEST_BARE: Final = 9
"""Digits of a number written without any sign or gap; shorter ones are nearly always identifiers."""
MOST: Final = 15
VERSION_LIKE = re.compile(
    r"\d+\.\d\.\d|\.\d\.\d|\.\d\Z|(?<!\d)[12]\d{4}\.\d{3,5}(?!\d)|\A\d{1,2}\.\d{1,2}\.\d{1,4}\.\d{3,5}\Z"
)
UNIT_AFTER = re.compile(r"\s?(?:bytes?|[kmgt]i?b|ms|seconds?|rows?|items?|px|%)\b", re.IGNORECASE)


def phones(text: str, region: str) -> Iterator[Span]:
    """Numbers valid by the numbering plans; `region` (ISO 3166) reads those without a country code."""
    read = 0
    calm = MOMENT.sub(lambda moment: HIDDEN * len(moment[0]), text)
    for run in RUN.finditer(calm):
        start, end = _trimmed(calm, *run.span())
        piece = calm[start:end]
        if len(piece) < SHORTEST or sum(map(str.isdigit, piece)) < SHORTEST:
            continue
        read += len(piece)
        found = [*_read(piece, region)] if read <= READ else [shape.span() for shape in SHAPE.finditer(piece)]
        sure = [s for s in sorted(found) if not _something_else(calm, start + s[0], start + s[1])]
        for left, right in sure or _shaped(calm, start, end):
            yield start + left, start + right


def _shaped(text: str, start: int, end: int) -> Iterator[Span]:
    """What of a run is grouped as a telephone number, or all of it where it is called one."""
    grouped = [match.span() for match in GROUPED.finditer(text, start, end) if _plausible(text, match)]
    if not grouped and CALLED_BEFORE.search(words_before(text, start)) and not MOMENT.search(text, start, end):
        grouped = [(start, end)]
    for left, right in grouped:
        yield left - start, right - start


def _plausible(text: str, match: re.Match[str]) -> bool:
    digits = sum(map(str.isdigit, match[0]))
    return SHORTEST_BARE <= digits <= MOST and not _named(text, *match.span()) and not is_version(text, match.start())


def _read(piece: str, region: str) -> Iterator[Span]:
    """What one number leaves of the run is read again on its own: there may be another that only now stands free."""
    waiting = [(0, len(piece))]
    while waiting:
        start, end = waiting.pop()
        match = next(iter(PhoneNumberMatcher(piece[start:end], region, leniency=Leniency.VALID)), None)
        if match is not None:
            yield start + match.start, start + match.end
            rest = ((start, start + match.start), (start + match.end, end))
            waiting += [(left, right) for left, right in rest if right - left >= SHORTEST]


def _trimmed(text: str, start: int, end: int) -> Span:
    """Without a first group that a letter or a currency sign is stuck to, and a last one that letters follow."""
    if text[end : end + 1].isalpha():
        end = max((group.start() for group in GROUP.finditer(text, start, end)), default=start)
    if start and (text[start - 1].isalnum() or text[start - 1] in "_$€£"):
        first = GROUP.match(text, start, end)
        start = first.end() if first else end
    return start, max(start, end)


def _something_else(text: str, start: int, end: int) -> bool:
    """A version, or a bare number that the words around it call an identifier or a quantity."""
    number = text[start:end]
    if is_version(text, start) or VERSION_LIKE.search(number.removeprefix("1.")):
        return True
    if not number.isdigit():
        return False
    return len(number) < SHORTEST_BARE or _named(text, start, end)


def _named(text: str, start: int, end: int) -> bool:
    before = words_before(text, start)
    return bool(IDENTIFIER_BEFORE.search(before) or MINUS.search(before) or UNIT_AFTER.match(text, end))
