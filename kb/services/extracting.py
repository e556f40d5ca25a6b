"""What of a passage answers. Invariant: the segments joined are the passage, letter for letter; nothing is written."""

from __future__ import annotations

from collections.abc import Sequence

from kb.redaction import redact
from kb.sentences import Place, sentences
from search.contract import Query, SearchEngine, SearchError, Vectors

Extract = tuple[tuple[str, bool], ...]
"""(piece, whether it answers) in reading order."""


def extracts(
    engine: SearchEngine, query: Query, vector: Vectors | None, passages: Sequence[str]
) -> tuple[Extract, ...]:
    """For each passage, best first, its pieces with the two or three sentences or steps that answer marked."""
    places = [sentences(passage) for passage in passages]
    redacted = [
        [redact(passage[start:end]) for start, end in found] for passage, found in zip(passages, places, strict=True)
    ]
    try:
        chosen = engine.extract(query, vector, redacted)
    except SearchError:
        chosen = tuple(() for _ in passages)
    return tuple(
        pieces(passage, [found[number] for number in numbers])
        for passage, found, numbers in zip(passages, places, chosen, strict=True)
    )


def pieces(passage: str, marked: Sequence[Place]) -> Extract:
    """The passage cut at the marked places; marked neighbours, parted by nothing but space, become one piece."""
    found: list[tuple[str, bool]] = []
    at = 0
    for start, end in _joined(passage, marked):
        found += [(passage[at:start], False), (passage[start:end], True)]
        at = end
    found.append((passage[at:], False))
    return tuple(piece for piece in found if piece[0])


def _joined(passage: str, marked: Sequence[Place]) -> list[Place]:
    joined: list[Place] = []
    for start, end in marked:
        if joined and not passage[joined[-1][1] : start].strip():
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
    return joined
