"""Words that stand for each other. Invariant: pure; a word is compared without case, accents and marks, never in parts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from kb.excerpts import WORD, folded
from kb.spelling import within
from search.contract import typos_forgiven

LONGEST_PHRASE: Final = 3
"""Words of a phrase that a rephrased search may propose."""
MOST_READ: Final = 400
"""Words of a text in which phrases are looked for."""
MOST_ADDED: Final = 12

Group = Sequence[str]
"""Words and phrases that mean the same."""


def plain(phrase: str) -> str:
    """As two spellings of a phrase are compared: ``Wi-Fi`` is ``wi fi``."""
    return " ".join(folded(word) for word in WORD.findall(phrase))


def also(text: str, groups: Iterable[Group]) -> tuple[str, ...]:
    """What else to look for: for every phrase of a group that `text` holds, the other phrases of the group."""
    said = f" {plain(' '.join(text.split()[:MOST_READ]))} "
    added: dict[str, None] = {}
    for group in groups:
        spelt = {phrase: plain(phrase) for phrase in group}
        if any(spelling and f" {spelling} " in said for spelling in spelt.values()):
            added |= {phrase: None for phrase, spelling in spelt.items() if spelling and f" {spelling} " not in said}
    return tuple(added)[:MOST_ADDED]


def replaced(before: str, after: str, small: Collection[str]) -> tuple[str, str] | None:
    """The one phrase that was put in another's place when a search was rephrased, without words of no meaning.

    None where more than that changed, where nothing stayed that shows both are about the same thing, and where it was
    only spelt right the second time.
    """
    one, other = plain(before).split(), plain(after).split()
    start = _alike(one, other)
    end = min(_alike(one[::-1], other[::-1]), len(one) - start, len(other) - start)
    left = [word for word in one[start : len(one) - end] if word not in small]
    right = [word for word in other[start : len(other) - end] if word not in small]
    stayed = [word for word in (*one[:start], *one[len(one) - end :]) if word not in small]
    if not stayed or not 0 < len(left) <= LONGEST_PHRASE or not 0 < len(right) <= LONGEST_PHRASE:
        return None
    pair = " ".join(left), " ".join(right)
    if _same_but_for_spelling(*pair) or set(left) & set(right):
        return None
    return pair


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words are the same from the beginning on."""
    count = 0
    while count < min(len(one), len(other)) and one[count] == other[count]:
        count += 1
    return count


def _same_but_for_spelling(left: str, right: str) -> bool:
    return left.replace(" ", "") == right.replace(" ", "") or within(left, right, max(1, typos_forgiven(left)))
