"""The search engine as the flows see it. Invariant: a query is answered by one whole generation, or says what it lacks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from search import extracts, ranking
from search.checking import compare
from search.contract import (
    ArticleScore,
    BrokenGenerationError,
    Candidates,
    Divergence,
    IndexReport,
    Neighbour,
    PassageScore,
    Progress,
    Query,
    Redacted,
    SearchError,
    Source,
    Vectors,
    Vote,
)
from search.encoders import Encoders
from search.generation import Generation, Scope
from search.generations import Generations
from search.indexing import run_index
from search.lexical import analyser
from search.texts import of_query

PASSAGES: Final = 400
NEIGHBOURS: Final = 400
MANY: Final = 32
"""Texts at once from which on the threads of an index run are used."""
WORDS_ONLY: Final = "Searching by words only: the index of meanings is being rebuilt."
MEANING_ONLY: Final = "Searching by meaning only: the index of words is being rebuilt."
NO_MEMORY: Final = "Searching without past tickets: their index is being rebuilt."


class Engine:
    """Everything below one folder: encoders, generations and the cache of vectors. Nothing is read until it is needed."""

    def __init__(self, folder: Path, *, threads: int = 1, index_threads: int = 2) -> None:
        self._cache = folder / "vectors.sqlite"
        self._threads = threads
        self._index_threads = index_threads
        self._encoders = Encoders(folder / "encoders")
        self._generations = Generations(folder / "generations")
        self._sentences = extracts.SentenceVectors()
        self._stems: extracts.Terms = analyser().analyze
        self._lock = threading.Lock()
        self._serving: Generation | None = None
        self._mark = (0, 0)

    @property
    def generation(self) -> str | None:
        try:
            return self._loaded().name
        except SearchError:
            return None

    def warm(self) -> None:
        """Load everything now, so that the first question does not wait.

        Raises:
            SearchError: the encoder cannot be prepared.
        """
        self._encoders.get(self._threads).encode(["warm"])
        self.refresh()

    def refresh(self) -> None:
        try:
            self._loaded()
        except SearchError:
            return

    def index(
        self,
        source: Source,
        *,
        full: bool = False,
        progress: Progress | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> IndexReport:
        encoder = self._encoders.fresh(self._index_threads)
        report = run_index(self._generations, encoder, source, self._cache, full=full, progress=progress, stop=stop)
        self.refresh()
        return report

    def candidates(self, query: Query) -> Candidates:
        serving = self._loaded()
        scope = serving.scope(query.product, query.audiences)
        text = of_query(query)
        vector = self._vector(text) if serving.passages is not None or serving.cases is not None else None
        return Candidates(
            semantic=_semantic(serving, scope, vector),
            lexical=serving.lexical.search(text, audiences=query.audiences, product=scope.product, limit=PASSAGES)
            if serving.lexical is not None else (),
            neighbours=_neighbours(serving, vector, query.exclude_ticket),
            allowed_articles=scope.articles, vector=vector, note=_note(serving, vector),
        )  # fmt: skip

    def complete(self, query: Query, limit: int = 10) -> tuple[PassageScore, ...]:
        serving = self._loaded()
        if serving.lexical is None or limit <= 0:
            return ()
        product = serving.scope(query.product, query.audiences).product
        return serving.lexical.complete(query.subject.redacted, audiences=query.audiences, product=product, limit=limit)

    def rank(self, candidates: Candidates, votes: Sequence[Vote], limit: int = 10) -> tuple[ArticleScore, ...]:
        return ranking.rank(candidates, votes, limit)

    def extract(
        self, query: Query, vector: Vectors | None, passages: Sequence[Sequence[Redacted]]
    ) -> tuple[tuple[int, ...], ...]:
        texts = [[sentence.redacted for sentence in passage] for passage in passages]
        cosines = None if vector is None else partial(self._cosines, vector)
        return extracts.choose(of_query(query), texts, self._stems, cosines)

    def _cosines(self, vector: Vectors, sentences: Sequence[str]) -> extracts.Scores:
        vectors = self._sentences.of(sentences, self._encoders.get(self._threads).encode)
        return np.asarray(vectors @ vector, dtype=np.float64)

    def embed(self, texts: Sequence[Redacted]) -> Vectors:
        threads = self._threads if len(texts) < MANY else self._index_threads
        return self._encoders.get(threads).encode([text.redacted for text in texts])

    def check(self, source: Source) -> Divergence:
        return compare(self._generations, source)

    def _vector(self, text: str) -> Vectors | None:
        try:
            vector: Vectors = self._encoders.get(self._threads).encode([text])[0]
        except SearchError:
            return None
        return vector

    def _loaded(self) -> Generation:
        """The serving generation; follows the pointer when another process moved it."""
        mark, serving = self._generations.mark(), self._serving
        if serving is not None and mark == self._mark:
            return serving
        with self._lock:
            if self._serving is None or mark != self._mark:
                self._serving, self._mark = self._next(), mark
            return self._serving

    def _next(self) -> Generation:
        try:
            return self._generations.load()
        except BrokenGenerationError:
            if self._serving is None:
                raise
            # What is in memory was whole when it was read, and is the best there is.
            return self._serving


def _semantic(serving: Generation, scope: Scope, vector: Vectors | None) -> tuple[PassageScore, ...]:
    if vector is None or serving.passages is None:
        return ()
    entries = serving.documents.passages
    found = serving.passages.search(vector, PASSAGES, scope.only)
    return tuple(
        PassageScore(number, entries[number].article_id, score) for number, score in found if number in entries
    )


def _neighbours(serving: Generation, vector: Vectors | None, exclude: int | None) -> tuple[Neighbour, ...]:
    if vector is None or serving.cases is None:
        return ()
    # One more than wanted, because one may be the ticket itself.
    found = serving.cases.search(vector, NEIGHBOURS + 1)
    return tuple(Neighbour(number, score) for number, score in found if number != exclude)[:NEIGHBOURS]


def _note(serving: Generation, vector: Vectors | None) -> str:
    if vector is None or serving.passages is None:
        return WORDS_ONLY
    if serving.lexical is None:
        return MEANING_ONLY
    return "" if serving.cases is not None else NO_MEMORY
