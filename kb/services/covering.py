"""Which of some sentences an article says already.

Invariant: meaning decides; shared words only choose which sentences of a long article are compared at all, because
reading each of them would take seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from math import sqrt
from typing import Final

import numpy as np
from sqlalchemy.orm import Session

from kb.excerpts import folded
from kb.queries import articles as articles_q
from kb.redaction import redact
from kb.sentences import sentences
from search.contract import SearchEngine, SearchError, Vectors

SAME: Final = 0.72
"""Cosine from which on two sentences say the same."""
MOST_LINES: Final = 40
LONGEST: Final = 400
"""Letters of a line or a sentence that are compared."""
LIKELIEST: Final = 6
"""Sentences of an article that are compared with each line."""
WORD = re.compile(r"\w{3,}")


def said_already(
    session: Session, engine: SearchEngine, articles: Sequence[int], lines: Sequence[str]
) -> dict[int, list[bool]]:
    """By article, whether it says each of `lines`; nothing is said where meaning cannot be compared."""
    nothing = {article: [False] * len(lines) for article in articles}
    told = [line[:LONGEST] for line in lines[:MOST_LINES]]
    likely = {article: _likely(_sentences(session, article), told) for article in articles}
    texts = list(dict.fromkeys((*told, *(text for some in likely.values() for text in some))))
    if not lines or not any(likely.values()):
        return nothing
    try:
        vectors: Vectors = engine.embed_sentences([redact(text) for text in texts])
    except SearchError:
        return nothing
    row = {text: place for place, text in enumerate(texts)}
    ours = vectors[[row[line] for line in told]]
    rest = [False] * (len(lines) - len(ours))
    for article, some in likely.items():
        if some:
            best = np.max(ours @ vectors[[row[text] for text in some]].T, axis=1)
            nothing[article] = [*(bool(one >= SAME) for one in best), *rest]
    return nothing


def _sentences(session: Session, article: int) -> list[str]:
    passages = articles_q.passages(session, article)
    return list(dict.fromkeys(p.text[a:b][:LONGEST] for p in passages for a, b in sentences(p.text)))


def _likely(there: Sequence[str], lines: Iterable[str]) -> list[str]:
    """For each line the sentences that share most words with it, for their length."""
    known = [_words(text) for text in there]
    chosen: set[int] = set()
    for line in lines:
        words = _words(line)
        shares = {place: len(words & own) / sqrt(len(own)) for place, own in enumerate(known) if words & own}
        chosen.update(sorted(shares, key=lambda place: (-shares[place], place))[:LIKELIEST])
    return [there[place] for place in sorted(chosen)]


def _words(text: str) -> set[str]:
    return {folded(word) for word in WORD.findall(text)}
