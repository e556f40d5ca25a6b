"""Which passage of an article is shown. Invariant: pure, and the order of articles does not hang on it.

Who asks has a problem, and a section with numbered steps is what to do about it; the section beside it that says what the
thing is often sounds more like the question. On 244 forum questions whose helper linked to a section, the one shown was it
in .34 of the earlier and .29 of the later half by meaning alone, in .38 and .33 so. `NEAR` was chosen on the earlier half.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from search.contract import PassageScore
from search.fusion import best_passages

STEP: Final = re.compile(r"^\s*\d{1,3}[.)]\s", re.MULTILINE)
FEWEST: Final = 2
"""One number at the start of a line may be anything."""
NEAR: Final = 0.05
"""Cosine by which a passage with steps may be below the article's best one."""


def has_steps(text: str) -> bool:
    """Whether a passage says what to do one after another."""
    return len(STEP.findall(text)) >= FEWEST


def shown(
    best: Mapping[int, PassageScore], by_meaning: Iterable[PassageScore], steps: AbstractSet[int]
) -> dict[int, PassageScore]:
    """By article the passage to show: its best one of those with steps, where that is near its `best` of all."""
    doing = best_passages(passage for passage in by_meaning if passage.passage_id in steps)
    near = {article: passage for article, passage in doing.items() if passage.score >= best[article].score - NEAR}
    return {**best, **near}
