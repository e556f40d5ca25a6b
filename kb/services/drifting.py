"""Where an article and what is said elsewhere have parted: in tickets linked to it, and in other articles.

Invariant: what is shown of tickets are single words that several of them share, redacted; what is shown of articles are
sentences the viewer may read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from kb.excerpts import folded
from kb.models import Article, Revision
from kb.queries import articles as articles_q
from kb.queries import health as health_q
from kb.redaction import redact
from kb.sentences import sentences
from kb.services.asking import Asked, ask
from kb.services.finding import article_for
from kb.viewers import Viewer, require
from search.contract import SearchEngine, SearchError, Vectors

Nearness = NDArray[np.float64]
FEWEST: Final = 6
"""Answers, before and lately, from which on something can be said."""
FARTHER: Final = 0.08
"""How much less alike the later answers must be, beside being beyond chance."""
DEVIATIONS: Final = 2.0
SHARED_BY: Final = 3
WORDS_SHOWN: Final = 6
ALIKE: Final = 0.82
NEIGHBOURS: Final = 4
MOST_SENTENCES: Final = 120
FEWEST_WORDS: Final = 4
NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
NOT = re.compile(r"\b(?:not|no|never|cannot|can't|don't|doesn't|won't|must not|without)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Drift:
    """What agents write lately in tickets linked to an article, against what they wrote before."""

    answers: int
    before: float
    lately: float
    """Mean cosine of an answer with the article's nearest sentence."""
    moved: bool
    words: tuple[str, ...]
    """What they say lately that the article does not."""
    said: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two sentences that say nearly the same and differ in a number or a "not"."""

    mine: str
    other: str
    slug: str
    title: str
    kind: str


@dataclass(frozen=True, slots=True)
class Parted:
    """Both, of one article."""

    drift: Drift
    contradictions: tuple[Contradiction, ...]


@dataclass(frozen=True, slots=True)
class _Sentences:
    """What an article says; `vectors` has shape (len(texts), dimensions), None where meaning cannot be compared."""

    texts: list[str]
    vectors: Vectors | None


def parted(session: Session, engine: SearchEngine, viewer: Viewer, slug: str, now: datetime) -> Parted:
    """Whether the answers in its tickets have moved away from the article, and which articles say otherwise.

    Raises:
        NotFoundError: there is no such article for this viewer.
    """
    require(viewer, "agent")
    article = article_for(session, viewer, slug)
    texts = [p.text[a:b] for p in articles_q.passages(session, article.id) for a, b in sentences(p.text)]
    said = _read(engine, texts[:MOST_SENTENCES])
    row = articles_q.published_by_id(session, [article.id]).get(article.id)
    others = _contradictions(session, engine, viewer, row[0], row[1], said, now) if row else ()
    return Parted(_drift(session, engine, article.id, said), others)


def _read(engine: SearchEngine, texts: list[str]) -> _Sentences:
    try:
        return _Sentences(texts, engine.embed_sentences([redact(text) for text in texts]) if texts else None)
    except SearchError:
        return _Sentences(texts, None)


def _drift(session: Session, engine: SearchEngine, article_id: int, mine: _Sentences) -> Drift:
    rows = [(at, redact(reply or resolution)) for at, resolution, reply, _ in health_q.answers(session, article_id)]
    rows = [(at, said) for at, said in rows if len(said.redacted.split()) >= 3]
    if len(rows) < 2 * FEWEST or not mine.texts:
        return Drift(len(rows), 0.0, 0.0, moved=False, words=(), said=f"{len(rows)} answers: too few to tell.")
    theirs = _read(engine, [said.redacted for _, said in rows])
    if mine.vectors is None or theirs.vectors is None:
        return Drift(len(rows), 0.0, 0.0, moved=False, words=(), said="Meaning cannot be compared at the moment.")
    near = np.asarray((theirs.vectors @ mine.vectors.T).max(axis=1), dtype=np.float64)
    half = len(rows) // 2
    return _judged(near[half:], near[:half], theirs.texts[:half], mine.texts)


def _judged(before: Nearness, lately: Nearness, texts: Sequence[str], there: Sequence[str]) -> Drift:
    spread = float(np.sqrt(before.var() / len(before) + lately.var() / len(lately)))
    fall = float(before.mean() - lately.mean())
    moved = fall >= FARTHER and fall >= DEVIATIONS * spread
    words = _new_words(texts, there) if moved else ()
    said = (
        f"The last {len(lately)} answers say something else than the article"
        + (f"; they often say: {', '.join(words)}." if words else ".")
        if moved
        else f"The last {len(lately)} answers say what the article says as much as those before."
    )
    return Drift(len(before) + len(lately), float(before.mean()), float(lately.mean()), moved, words, said)


def _new_words(texts: Sequence[str], there: Sequence[str]) -> tuple[str, ...]:
    """Words that several answers share and the article lacks."""
    known = {folded(word) for text in there for word in re.findall(r"[^\W\d_]{4,}", text)}
    counts = Counter(word for text in texts for word in {folded(w) for w in re.findall(r"[^\W\d_]{4,}", text)} - known)
    shared = [word for word, count in counts.items() if count >= SHARED_BY]
    # Of equally frequent words the longer ones tell more, and the order is always the same.
    return tuple(sorted(shared, key=lambda word: (-counts[word], -len(word), word))[:WORDS_SHOWN])


def _contradictions(
    session: Session, engine: SearchEngine, viewer: Viewer, article: Article, text: Revision, said: _Sentences,
    now: datetime,
) -> tuple[Contradiction, ...]:  # fmt: skip
    """Sentences of the nearest articles that say nearly what this one says, with another number or a "not"."""
    rows = [row for row, one in enumerate(said.texts) if _telling(one)]
    if not rows or said.vectors is None:
        return ()
    asked = Asked(text.title, text.summary, surface="agent")
    hits = ask(session, engine, asked, viewer, now, limit=NEIGHBOURS + 1, record=False, extract=False).hits
    near = [hit for hit in hits if hit.slug != article.slug][:NEIGHBOURS]
    theirs = [(hit, one) for hit in near for one in _rules(session, hit.article_id)]
    read = _read(engine, [one for _, one in theirs])
    if read.vectors is None:
        return ()
    likeness = said.vectors[rows] @ read.vectors.T
    pairs = sorted(
        ((float(likeness[i, j]), i, j) for i, j in zip(*np.where(likeness >= ALIKE), strict=True)), reverse=True
    )
    found = []
    for _, i, j in pairs:
        mine, (hit, other) = said.texts[rows[i]], theirs[j]
        kind = differs(mine, other)
        if kind:
            found.append(Contradiction(mine, other, hit.slug, hit.title, kind))
    return tuple(found[:10])


def differs(left: str, right: str) -> str:
    """How two sentences that say nearly the same disagree; empty where they do not."""
    numbers = set(NUMBER.findall(left)), set(NUMBER.findall(right))
    if all(numbers) and not numbers[0] & numbers[1]:
        return "another number"
    return "one says not" if bool(NOT.search(left)) != bool(NOT.search(right)) else ""


def _telling(text: str) -> bool:
    """Whether a sentence is long enough to say something by itself."""
    return len(text.split()) >= FEWEST_WORDS


def _rules(session: Session, article_id: int) -> list[str]:
    texts = (p.text[a:b] for p in articles_q.passages(session, article_id) for a, b in sentences(p.text))
    return [text for text in texts if _telling(text)][:MOST_SENTENCES]
