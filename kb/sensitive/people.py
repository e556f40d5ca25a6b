"""Names of people who are known to be in a text. Invariant: whole words as a name is written, never a part of one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from kb.sensitive.finding import Span

SHORTEST: Final = 3
WORD = re.compile(r"[^\W\d_][\w'-]*")


def named(text: str, names: Collection[str]) -> Iterator[Span]:
    """Each of `names`, whole or a part of it, where it begins with a capital letter as names do."""
    wanted = {part for name in names for part in (*WORD.findall(name), name.strip()) if len(part) >= SHORTEST}
    capital = sorted((part for part in wanted if part[0].isupper()), key=len, reverse=True)
    if not capital:
        return
    pattern = re.compile(rf"(?<![\w@.])(?:{'|'.join(map(re.escape, capital))})(?!\w)")
    for match in pattern.finditer(text):
        yield match.span()
