"""An article cut into parts that can be found and linked to.

Invariant: deterministic; the same text gives the same hashes, and a passage never crosses a heading unless the
section before it is too short to stand alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from kb.markup import Section, sections

WORDS: Final = 150
TOO_SHORT: Final = 25
SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[\u3002\uff01\uff1f])")
LETTERS_A_WORD: Final = 8
"""Where words are not parted by spaces, as in Japanese or in a key, this many letters count as one."""


@dataclass(frozen=True, slots=True)
class PassageDraft:
    """A passage before it has a number of its own."""

    ordinal: int
    heading: str
    anchor: str
    text: str
    text_hash: str
    """SHA-256 over title, heading and text, hexadecimal."""


def cut(title: str, summary: str, body: str, body_format: str, words: int = WORDS) -> list[PassageDraft]:
    """Passages of about `words` words. The summary opens the first; an empty body gives one passage."""
    found = sections(body, body_format)
    if summary.strip():
        opening = Section("", "", 0, (summary.strip(), *(found[0].blocks if found and not found[0].heading else ())))
        found = (opening, *(section for section in found if section.heading))
    drafts: list[PassageDraft] = []
    for heading, anchor, text in _parts(found, words):
        drafts.append(_draft(len(drafts), title, heading, anchor, text))
    return drafts or [_draft(0, title, "", "", title)]


def _draft(ordinal: int, title: str, heading: str, anchor: str, text: str) -> PassageDraft:
    joined = "\x1f".join((title, heading, text))
    digest = hashlib.sha256(joined.encode("utf-8", "replace")).hexdigest()
    return PassageDraft(ordinal, heading[:500], anchor[:200], text, digest)


def _parts(found: Iterable[Section], words: int) -> Iterator[tuple[str, str, str]]:
    """(heading, anchor, text). What is too short to stand alone opens the first passage of the next section."""
    carried: tuple[str, ...] = ()
    label: Section | None = None
    section = Section("", "", 0, ())
    for section in found:
        blocks = (*carried, *([section.heading] if label and section.heading else []), *section.blocks)
        first = label or section
        if not section.blocks:
            # A heading over other headings: its words help the next section to be found, its place does not.
            carried = (*carried, section.heading)
        elif _size("\n".join(blocks)) < TOO_SHORT:
            carried, label = blocks, first if first.heading else None
        else:
            for number, part in enumerate(_packed(blocks, words)):
                named = section if number else first
                yield named.heading, named.anchor, part
            carried, label = (), None
    if carried:
        named = label or section
        yield named.heading, named.anchor, "\n".join(carried)


def _packed(blocks: Iterable[str], words: int) -> list[str]:
    """Blocks together up to `words`; a rest too short to stand alone stays with what came before."""
    parts = list(_gathered((piece for block in blocks for piece in _pieces(block, words)), words, "\n"))
    if len(parts) > 1 and _size(parts[-1]) < TOO_SHORT:
        parts[-2:] = ["\n".join(parts[-2:])]
    return parts


def _pieces(block: str, words: int) -> Iterator[str]:
    """A block longer than a passage is cut at lines, else at sentences."""
    if _size(block) <= words:
        yield block
        return
    lined = "\n" in block
    parts = block.split("\n") if lined else SENTENCE_END.split(block)
    slices = (piece for part in parts for piece in _slices(part, words))
    yield from _gathered(slices, words, "\n" if lined else " ")


def _slices(text: str, words: int) -> Iterator[str]:
    """A sentence longer than a passage is cut between words, and a word that is longer still anywhere."""
    if _size(text) <= words:
        yield text
        return
    longest = words * LETTERS_A_WORD
    pieces = (word[at : at + longest] for word in text.split() for at in range(0, len(word), longest))
    yield from _gathered(pieces, words, " ")


def _gathered(pieces: Iterable[str], words: int, joint: str) -> Iterator[str]:
    gathered: list[str] = []
    size = 0
    for piece in pieces:
        more = _size(piece)
        if gathered and size + more > words:
            yield joint.join(gathered)
            gathered, size = [], 0
        if piece.strip():
            gathered.append(piece)
            size += more
    if gathered:
        yield joint.join(gathered)


def _size(text: str) -> int:
    return max(len(text.split()), len(text) // LETTERS_A_WORD)
