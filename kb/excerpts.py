"""Matched words marked in a text. Invariant: the segments joined are the text; no markup is made here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from kb.spelling import begins_within, within
from search.contract import typos_forgiven

WORD = re.compile(r"\w+")
ENDING = re.compile(r"(?<=....)(?:ings?|ed|er|es|s|e|y)\Z")
"""Taken off where at least four letters stay, so that "print" finds "printed" and not "prince"."""
LONGEST_ENDING: Final = 6
SILENT: Final = frozenset(
    WORD.findall(
        "a an and are as at be been but by can cannot could did do does for from had has have how i if in into is it "
        "its me my no not of on or our so than that the their them then there these they this to was we were what when "
        "where which who why will with would you your"
    )
)
"""Words that say nothing of what a text is about; marked only where nothing else was asked for."""


def excerpt_with_matches(text: str, query_words: Iterable[str]) -> list[tuple[str, bool]]:
    """(segment, matched) in reading order. Case, accents and endings of words do not matter."""
    asked = {folded(word) for query in query_words for word in WORD.findall(query)}
    asked = (asked - SILENT) or asked
    words = dict.fromkeys(WORD.findall(text))
    return _segments(text, {word: len(word) for word in words if matches(folded(word), asked)})


def matches(word: str, asked: Iterable[str]) -> bool:
    """Whether a folded word is one of those asked for, or another form of it."""
    return any(word == other or _same_stem(word, other) for other in asked)


def _same_stem(left: str, right: str) -> bool:
    short, long = sorted((_stem(left), _stem(right)), key=len)
    return len(short) >= 4 and long.startswith(short) and len(long) - len(short) <= LONGEST_ENDING


@lru_cache(maxsize=8192)
def _stem(word: str) -> str:
    return ENDING.sub("", word)


@lru_cache(maxsize=8192)
def folded(word: str) -> str:
    """Without case and accents."""
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def excerpt_with_typed(text: str, typed: str) -> list[tuple[str, bool]]:
    """As `excerpt_with_matches`, for words that are still being typed: of a longer word its typed beginning is marked.

    Typos are forgiven for a typed word that nothing in the text is spelt like.
    """
    asked = list(dict.fromkeys(folded(word) for word in WORD.findall(typed)))
    beginning = asked[-1] if asked and typed[-1:].isalnum() else ""
    known = {word: folded(word) for word in dict.fromkeys(WORD.findall(text))}
    marked: dict[str, int] = {}
    for one in asked:
        marked |= _marked(known, one, begun=one == beginning)
    return _segments(text, marked)


def _marked(known: dict[str, str], typed: str, *, begun: bool) -> dict[str, int]:
    """How many letters of which words stand for a typed word; `known` holds words and how they are spelt when folded."""
    if begun:
        longer = [word for word, plain in known.items() if plain.startswith(typed)]
        if longer:
            # Folding may change the length of a word, and then no part of it can be told.
            return {word: len(typed) if len(known[word]) == len(word) else len(word) for word in longer}
    exact = {word: len(word) for word, plain in known.items() if matches(plain, [typed])}
    return exact or {word: len(word) for word, plain in known.items() if _nearly(plain, typed, begun=begun)}


def _nearly(word: str, typed: str, *, begun: bool) -> bool:
    typos = typos_forgiven(typed)
    return typos > 0 and (begins_within(word, typed, typos) if begun else within(word, typed, typos))


def _segments(text: str, marked: dict[str, int]) -> list[tuple[str, bool]]:
    """`marked` says of a word how many of its letters are marked."""
    segments: list[tuple[str, bool]] = []
    at = 0
    for match in WORD.finditer(text):
        if match[0] in marked:
            end = match.start() + marked[match[0]]
            segments += [(text[at : match.start()], False), (text[match.start() : end], True)]
            at = end
    return [segment for segment in [*segments, (text[at:], False)] if segment[0]]
