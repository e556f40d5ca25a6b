"""Two texts side by side. Invariant: every line of both is there, and no text takes long."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

LONGEST: Final = 4000
"""Lines; longer texts are shown as a whole on either side."""
AROUND: Final = 3

Kind = Literal["same", "added", "removed", "left out"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a comparison."""

    kind: Kind
    text: str


def compare(old: str, new: str) -> tuple[Line, ...]:
    """What was removed from the old text and added in the new one, with some lines around; empty if they are equal."""
    left, right = old.splitlines(), new.splitlines()
    if left == right:
        return ()
    if len(left) + len(right) > LONGEST:
        return (*(Line("removed", line) for line in left), *(Line("added", line) for line in right))
    lines: list[Line] = []
    reached = 0
    for group in SequenceMatcher(None, left, right, autojunk=False).get_grouped_opcodes(AROUND):
        if group[0][1] > reached:
            lines.append(Line("left out", ""))
        for tag, start, end, new_start, new_end in group:
            if tag == "equal":
                lines += [Line("same", line) for line in left[start:end]]
                continue
            lines += [Line("removed", line) for line in left[start:end]]
            lines += [Line("added", line) for line in right[new_start:new_end]]
        reached = group[-1][2]
    if reached < len(left):
        lines.append(Line("left out", ""))
    return tuple(lines)
