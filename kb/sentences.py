"""A passage cut into sentences and steps, by place.

Invariant: the places are in reading order, do not overlap, and hold every letter of the passage that is not a space.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LINE = re.compile(r"[^\n]+")
MARK = re.compile(r"\s*(?:[-*\u2022]|\d{1,3}[.)])\s+")
"""What a step or a list item begins with."""
END = re.compile(r"(?<![.!?])[.!?]+[\"'\u201d\u2019)\]]*\s+(?=[\"'\u201c\u2018(\[]*[^\W_a-z])|[\u3002\uff01\uff1f]+\s*")
"""An end is followed by something that is no small letter, so "e.g. this" and "version 2. x" stay whole."""
SHORTENED = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|no|nr|fig|mr|mrs|ms|dr|st|inc|ltd|co)|\b\w|\d)\.\s+\Z", re.IGNORECASE
)
READ_BACK = 24
"""Letters before an end that tell whether it is one; reading more would go over a long line again and again."""
LONGEST = 20_000
"""Letters of a passage that are cut at all; the rest is one piece."""

Place = tuple[int, int]
"""(first letter, one past the last)"""


def sentences(text: str) -> tuple[Place, ...]:
    """Places of sentences, list items and lines of `text`; a step is one piece with its number."""
    places = [place for line in LINE.finditer(text[:LONGEST]) for place in _of_line(text, *line.span())]
    if len(text) > LONGEST:
        places += _trimmed(text, LONGEST, len(text))
    return tuple(places)


def is_step(sentence: str) -> bool:
    """Whether a sentence is an item of a list."""
    return MARK.match(sentence) is not None


def _of_line(text: str, start: int, end: int) -> Iterator[Place]:
    if MARK.match(text, start, end):
        # A step may hold several sentences; torn apart they are no longer that step.
        yield from _trimmed(text, start, end)
        return
    at = start
    for found in END.finditer(text, start, end):
        if not SHORTENED.search(text, max(at, found.end() - READ_BACK), found.end()):
            yield from _trimmed(text, at, found.end())
            at = found.end()
    yield from _trimmed(text, at, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[Place]:
    piece = text[start:end]
    if piece.strip():
        yield start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
