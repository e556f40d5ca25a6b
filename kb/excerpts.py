"""Matched words marked in a text. Invariant: the segments joined are the text; no markup is made here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

WORD = re.compile(r"\w+")
ENDING = re.compile(r"(?<=....)(?:ings?|ed|er|es|s|e|y)\Z")
"""Taken off where at least four letters stay, so that "print" finds "printed" and not "prince"."""
LONGEST_ENDING: Final = 6


def excerpt_with_matches(text: str, query_words: Iterable[str]) -> list[tuple[str, bool]]:
    """(segment, matched) in reading order. Case, accents and endings of words do not matter."""
    asked = {folded(word) for query in query_words for word in WORD.findall(query)}
    known: dict[str, bool] = {}
    segments: list[tuple[str, bool]] = []
    at = 0
    for match in WORD.finditer(text):
        word = match[0]
        if word not in known:
            known[word] = matches(folded(word), asked)
        if known[word]:
            segments += [(text[at : match.start()], False), (word, True)]
            at = match.end()
    return [segment for segment in [*segments, (text[at:], False)] if segment[0]]


def matches(word: str, asked: Iterable[str]) -> bool:
    """Whether a folded word is one of those asked for, or another form of it."""
    return any(word == other or _same_stem(word, other) for other in asked)


def _same_stem(left: str, right: str) -> bool:
    short, long = sorted((ENDING.sub("", left), ENDING.sub("", right)), key=len)
    return len(short) >= 4 and long.startswith(short) and len(long) - len(short) <= LONGEST_ENDING


def folded(word: str) -> str:
    """Without case and accents."""
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
