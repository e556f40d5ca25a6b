"""What a finder reports. Invariant: a finding says where, never what; `HIDDEN` ends every match."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

HIDDEN: Final = "\x00"
"""Stands where something was found already. No pattern accepts it, so what lies on either side is judged alone: that
is why a second redaction, which sees a placeholder of another length there, finds nothing new."""
BEFORE: Final = 32
"""Characters before a match in which a word may change its meaning."""

Span = tuple[int, int]
Finder = Callable[[str], Iterator[Span]]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found and where: offsets into the original text, never its words."""

    kind: str
    start: int
    end: int


def words_before(text: str, start: int) -> str:
    """The end of the same stretch of text before `start`."""
    return text[max(0, start - BEFORE) : start].rpartition(HIDDEN)[2]


def hide(text: str, spans: Iterable[Span]) -> str:
    """`text`, as long as before, with those spans (in order, without overlaps) made unreadable to every finder."""
    parts, at = list[str](), 0
    for start, end in spans:
        parts += [text[at:start], HIDDEN * (end - start)]
        at = end
    return "".join([*parts, text[at:]])


def spans_of(pattern: re.Pattern[str], group: int = 0) -> Finder:
    """A finder for which the pattern alone decides."""
    return lambda text: (match.span(group) for match in pattern.finditer(text))
