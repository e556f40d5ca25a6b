"""Names of people who are known to be in a text, and those that folders bear.

Invariant: whole words as a name is written, never a part of one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from kb.sensitive.finding import Span

SHORTEST: Final = 3
FOLDER = re.compile(
    r"(?:(?<![\w:/\\])|(?<=\b[A-Za-z]:))[\\/]{1,2}(?:users|home|benutzer|utilisateurs|usuarios|documents and settings)[\\/]{1,2}"
    r"(?!(?:public|default|all users|shared|administrator|admin|user\w*|your\w*|my\w*|login\w*|name|me|owner|guest|x\w?z?|oem|temp|local|appdata)\b)"
    r"(?:([^\W_][^\\/\n\"'<>|:*?\[\]\x00]{1,40})(?=[\\/])|([^\W_][^\s\\/\"'<>|:*?\[\]\x00.,;)]{1,40}))",
    re.IGNORECASE,
)
"""A person's own folder, which is called by the account of its owner."""
WORD = re.compile(r"[^\W\d_][\w'-]*")


def named(text: str, names: Collection[str]) -> Iterator[Span]:
    """Each of `names`, whole or a part of it, where it begins with a capital letter as names do."""
    wanted = {part for name in names for part in (*WORD.findall(name), name.strip()) if len(part) >= SHORTEST}
    capital = sorted((part for part in wanted if part[0].isupper()), key=len, reverse=True)
    if not capital:
        return
    pattern = re.compile(rf"(?<![\w.])(?<!\w@)(?:{'|'.join(map(re.escape, capital))})(?!\w)")
    for match in pattern.finditer(text):
        yield match.span()


def folders(text: str) -> Iterator[Span]:
    r"""The owner's name in `C:\Users\Mara\Desktop` and `/home/mara`; addresses of pages are none."""
    if "\\" in text or "/" in text:
        for match in FOLDER.finditer(text):
            yield match.span(match.lastindex or 0)
