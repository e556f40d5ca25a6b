"""Articles that are no more, taken out of what was learned of them.

Invariant: a stored ranker changes nothing but that: it ranks what is left as before. A version is never edited: it gives way
to a copy under the next number, which serves where it did.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Set as AbstractSet
from contextlib import suppress
from pathlib import Path

import numpy as np

from search.contract import RankerConflictError
from search.files import read_manifest
from search.rankers import ARRAYS, FACTS, TUNED, Rankers


def forget_all_but(rankers: Rankers, articles: AbstractSet[int]) -> tuple[str, ...]:
    """Let no stored ranker know of any other article; the versions that took the place of one that did."""
    made: list[str] = []
    for name in rankers.names():
        with suppress(OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
            # What cannot be read serves nobody, and goes when a new ranker is learned.
            if known_to(rankers.folder / name) - articles:
                made += _without(rankers, name, articles)
    return tuple(made)


def known_to(folder: Path) -> set[int]:
    """Articles that a stored ranker knows by number; those that were never here have none."""
    facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    found = {int(article) for *_, solved in facts["popularity"] for article, _ in solved}
    with (folder / ARRAYS).open("rb") as file, np.load(file, allow_pickle=False) as held:
        for name in {"articles", f"{TUNED}articles"} & set(held.files):
            found |= {int(article) for article in held[name] if article > 0}
    return found


def _without(rankers: Rankers, name: str, articles: AbstractSet[int]) -> list[str]:
    ranker, _ = rankers.read(name)
    if ranker is None:
        return []
    facts = {key: value for key, value in read_manifest(rankers.folder / name).items() if key != "files"}
    made = rankers.add(ranker.only(articles), facts)
    with suppress(RankerConflictError):
        rankers.serve(made, name)
    rankers.drop(name)
    return [made]
