"""A message cut into what is about the matter. Invariant: every line stands, word for word, where it says it does.

Greetings, thanks, signatures and logs are left out; steps that somebody wrote into one paragraph are steps all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from kb.drafting.wording import BULLET, address_length, is_chatter, signature_length
from kb.sentences import Place, sentences

LOG = re.compile(r"[{}<>|\\]{3,}|\b[0-9a-f]{16,}\b|^(?!https?:)\S{80,}$|(?:\S+\t){2,}")
WORD = re.compile(r"[^\W\d_]+[,;:!?'\u2019]?(?:\s|$)|[^\W\d_]+['\u2019-][^\W\d_]+\s|[^\W\d_]+\.$")
PARAGRAPH = re.compile(r"[^\n]+")
NUMBER = re.compile(
    r"(?:^|(?<=[\s.;:)]))(?:step )?\(?(\d{1,2})(?:[.)]|:(?= ))\s*(?=[A-Z\"'\u201c\u2018<\[(]|[a-z]{2,} )", re.IGNORECASE
)
"""Before a step that does not begin its line; "version 2. x" has no 1 before it."""
DASH = re.compile(r"(?:^|(?<=[\s:]))[-\u2013\u2022*] (?=[\w<\"'])")
FEWEST_STEPS = 2
COMMAND = re.compile(
    r"(?:sudo|apt(?:-get)?|dnf|yum|snap|flatpak|brew|cd|rm|cp|mv|ls|chmod|chown|systemctl|ipconfig|netsh|sfc|dism|ping|git|npm|pip|curl|wget)\s"
    r"|[a-z][\w.-]*(?: \S+)* --?[a-z]"
)
"""What is typed at a prompt."""


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence or step and where it stands: the turn (0: the question, -1: the summing-up) and offsets into it."""

    text: str
    turn: int
    start: int
    end: int
    step: bool = False
    number: int = 0
    """Of a step that was numbered."""


def lines(turn: int, text: str) -> Iterator[Line]:
    """What is about the matter, in order."""
    for start, end in _pieces(text):
        piece = text[start:end]
        if is_chatter(BULLET.sub("", piece)) or LOG.search(piece):
            continue
        mark = BULLET.match(piece)
        begin = start + mark.end() if mark else start
        begin += address_length(text[begin:end])
        finish = end - signature_length(text[begin:end])
        digits = re.search(r"\d+", mark[0]) if mark else None
        yield Line(
            capital(text[begin:finish]),
            turn,
            begin,
            finish,
            step=mark is not None,
            number=int(digits[0]) if digits else 0,
        )


def capital(text: str) -> str:
    """With a capital letter, unless it begins with an address, a file, a setting or a command: those are written as they are."""
    return text[0].upper() + text[1:] if WORD.match(text) and not COMMAND.match(text) else text


def _pieces(text: str) -> Iterator[Place]:
    for paragraph in PARAGRAPH.finditer(text):
        starts = [paragraph.start(), *_inner(text, *paragraph.span()), paragraph.end()]
        for start, end in pairwise(starts):
            yield from ((start + left, start + right) for left, right in sentences(text[start:end]))


def _inner(text: str, start: int, end: int) -> list[int]:
    """Where the steps of one paragraph begin: numbers that count on, or dashes behind a colon or one another."""
    counted, wanted = list[int](), 0
    for mark in NUMBER.finditer(text, start, end):
        number = int(mark[1])
        if number == wanted + 1 or (not counted and mark.start() == start):
            counted.append(mark.start())
            wanted = number
    if len(counted) >= FEWEST_STEPS:
        return [place for place in counted if place > start]
    dashes = [mark.start() for mark in DASH.finditer(text, start, end)]
    if len(dashes) > FEWEST_STEPS and text[start : dashes[0]].rstrip().endswith((":", ",")):
        return dashes
    # A dash inside a sentence is none of a list, so one must end before it.
    listed = bool(dashes) and dashes[0] == start
    return [place for place in dashes[1:] if text[place - 2] in ".:;,!?)"] if listed else []
