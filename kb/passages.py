"""An article cut into parts that can be found and linked to.

Invariant: deterministic; the same text gives the same hashes, and a passage never crosses a heading unless the
section before it is too short to stand alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kb.markup import Section, sections

WORDS: Final = 150
TOO_SHORT: Final = 25


@dataclass(frozen=True, slots=True)
class PassageDraft:
    """A passage before it has a number of its own."""

    ordinal: int
    heading: str
    anchor: str
    text: str
    text_hash: str


def cut(title: str, summary: str, body: str, body_format: str, words: int = WORDS) -> list[PassageDraft]:
    """Passages of about `words` words. The summary opens the first; an empty body gives one passage."""
    drafts: list[PassageDraft] = []
    for section in _long_enough(_opened(summary, sections(body, body_format))):
        for part in _packed(section.blocks, words):
            drafts.append(_draft(len(drafts), title, section.heading, section.anchor, part))
    return drafts or [_draft(0, title, "", "", summary or title)]


def _draft(ordinal: int, title: str, heading: str, anchor: str, text: str) -> PassageDraft:
    joined = "\x1f".join((title, heading, text))
    digest = hashlib.sha256(joined.encode("utf-8", "replace")).hexdigest()
    return PassageDraft(ordinal, heading[:500], anchor[:200], text, digest)


def _opened(summary: str, found: tuple[Section, ...]) -> list[Section]:
    if not summary.strip():
        return list(found)
    if found and not found[0].heading:
        return [Section("", "", 0, (summary, *found[0].blocks)), *found[1:]]
    return [Section("", "", 0, (summary,)), *found]


def _long_enough(found: list[Section]) -> Iterator[Section]:
    """A section too short to stand alone opens the next one."""
    carried: Section | None = None
    for section in found:
        if carried is not None:
            blocks = (*carried.blocks, *([section.heading] if section.heading else []), *section.blocks)
            section = Section(
                carried.heading or section.heading, carried.anchor or section.anchor, section.level, blocks
            )
        carried = section if sum(len(block.split()) for block in section.blocks) < TOO_SHORT else None
        if carried is None:
            yield section
    if carried is not None and carried.blocks:
        yield carried


def _packed(blocks: tuple[str, ...], words: int) -> Iterator[str]:
    part: list[str] = []
    count = 0
    for piece in (piece for block in blocks for piece in _pieces(block, words)):
        size = len(piece.split())
        if part and count + size > words:
            yield "\n".join(part)
            part, count = [], 0
        part.append(piece)
        count += size
    if part:
        yield "\n".join(part)


def _pieces(block: str, words: int) -> Iterator[str]:
    """A block longer than a passage is cut at sentences, and a sentence that is longer still at words."""
    if len(block.split()) <= words:
        yield block
        return
    for sentence in re.split(r"(?<=[.!?])\s+", block):
        every = sentence.split()
        for start in range(0, len(every), words):
            yield " ".join(every[start : start + words])
