"""Telephone numbers that a draft still holds. Invariant: judged by how many digits each group has, never by a numbering plan."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

RUN = re.compile(r"(?<![\w.:/-])\+?\(?\d(?:[\d().\u2010-\u2015/ -]{0,30}\d)?(?![\w:/-]|\.\d)")
CALLED = re.compile(
    r"\b(?:tel|telephone|phone|mobile|cell|fax|call(?: me)?(?: at| on)?)\b[^\w+(]{0,3}\Z", re.IGNORECASE
)
NO_PHONE = re.compile(r"(?:version|build|driver|release|\bv|windows|esr|kb|id|error)\W{0,3}\Z", re.IGNORECASE)
DATE = re.compile(r"(?:19|20)\d\d[-./ ]|[-./ ](?:19|20)\d\d\b")
FEWEST: Final = 7
MOST: Final = 15


def numbers(text: str) -> Iterator[str]:
    """Runs of digits that are grouped as people group telephone numbers, or are called one."""
    for match in RUN.finditer(text):
        before = text[max(0, match.start() - 24) : match.start()]
        groups = [len(group) for group in re.findall(r"\d+", match[0])]
        if not FEWEST <= sum(groups) <= MOST or NO_PHONE.search(before) or DATE.search(match[0]):
            continue
        if CALLED.search(before) or _grouped(match[0], groups):
            yield match[0]


def _grouped(run: str, groups: list[int]) -> bool:
    if run.startswith("+"):
        return sum(groups) > FEWEST
    spoken = groups in ([3, 3, 4], [1, 3, 3, 4]) or (groups == [3, 4] and "-" in run)
    pairs = run.startswith("0") and groups.count(2) >= len(groups) - 1 >= 3
    return spoken or pairs or (run[0] in "(0" and len(groups) > 1 and sum(groups) > FEWEST + 1 and "." not in run)
