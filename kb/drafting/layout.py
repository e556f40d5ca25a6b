"""Lines as Markdown. Invariant: a reader sees what was written, whatever Markdown would make of its signs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kb.drafting.lines import Line

ADDRESS = re.compile(r"(https?://[^\s<>]{2,500}[^\s<>.,;:!?)\]\"'])")
MARKS = re.compile(r"[*`]|\\(?=[!-/:-@\[-`{-~])|(?<!\w)_|_(?!\w)|^#+$")
"""What Markdown would take for emphasis, code, a heading, or take away."""


def markdown(lines: Sequence[Line], *, numbered: bool) -> str:
    """Sentences of one turn as a paragraph, steps as a list that counts on where its writer counted on."""
    blocks: list[str] = []
    number = 0
    for place, line in enumerate(lines):
        before = lines[place - 1] if place else None
        if line.step:
            goes_on = before is not None and (before.step or line.number == number + 1 > 1)
            number = number + 1 if goes_on and line.number != 1 else 1
        mark = _mark(lines, place, number) if numbered else "- "
        joined = before is not None and before.step == line.step and (line.step or before.turn == line.turn)
        text = f"{mark}{escaped(line.text)}" if line.step else escaped(line.text)
        if joined:
            blocks[-1] += f"\n{text}" if line.step else f" {text}"
        else:
            blocks.append(text)
    return "\n\n".join(blocks)


def _mark(lines: Sequence[Line], place: int, number: int) -> str:
    """A single step is no list."""
    alone = not any(line.step for line in (*lines[max(0, place - 1) : place], *lines[place + 1 : place + 2]))
    return "" if alone and number == 1 and not any(line.number > 1 for line in lines) else f"{number}. "


def escaped(text: str) -> str:
    """As it was written, not as Markdown would read it; an address becomes a link."""
    pieces = ADDRESS.split(text)
    return "".join(f"<{piece}>" if place % 2 else MARKS.sub(r"\\\g<0>", piece) for place, piece in enumerate(pieces))
