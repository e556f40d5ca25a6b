"""The search engine as the flows see it. Invariant: a query is answered by one whole generation, or says what it lacks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from search import ranking
from search.contract import (
    ArticleScore,
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
from search.embedding import Encoder
from search.export import ensure
from search.generations import Generation, Generations
from search.indexing import run_index
from search.planning import plan
from search.texts import of_query

PASSAGES: Final = 400
NEIGHBOURS: Final = 400
WORDS_ONLY: Final = "Searching by words only: the index of meanings is being rebuilt."
MEANING_ONLY: Final = "Searching by meaning only: the index of words is being rebuilt."


class Engine:
    """Everything below one folder: encoders, generations and the cache of vectors."""

    def __init__(self, folder: Path, *, threads: int = 1, index_threads: int = 2) -> None:
        self._folder = folder
        self._threads = threads
        self._index_threads = index_threads
        self._generations = Generations(folder / "generations")
        self._lock = threading.Lock()
        self._serving: Generation | None = None
        self._mark = 0
        self._encoder: Encoder | None = None

    @property
    def generation(self) -> str | None:
        try:
            return self._loaded().name
        except SearchError:
            return None

    def warm(self) -> None:
        """Load everything now, so that the first question does not wait."""
        self._query_encoder().encode(["warm"])
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
        encoder = Encoder(ensure(self._folder / "encoders"), threads=self._index_threads)
        cache = self._folder / "vectors.sqlite"
        report = run_index(self._generations, encoder, source, cache, full=full, progress=progress, stop=stop)
        self.refresh()
        return report

    def candidates(self, query: Query) -> Candidates:
        serving = self._loaded()
        product = query.product if query.product in serving.products else ""
        only, articles = serving.allowed(product, query.audiences)
        vector = self._vector(query) if serving.passages or serving.cases else None
        semantic: list[tuple[int, float]] = []
        near: list[tuple[int, float]] = []
        if vector is not None and serving.passages is not None:
            semantic = serving.passages.search(vector, PASSAGES, only)
        if vector is not None and serving.cases is not None:
            near = serving.cases.search(vector, NEIGHBOURS + 1)
        words = serving.lexical.search(
            of_query(query), audiences=query.audiences, product=product, limit=PASSAGES
        ) if serving.lexical else ()  # fmt: skip
        entries = serving.documents.passages
        return Candidates(
            semantic=tuple(PassageScore(n, entries[n].article_id, score) for n, score in semantic if n in entries),
            lexical=words,
            neighbours=tuple(Neighbour(n, score) for n, score in near if n != query.exclude_ticket)[:NEIGHBOURS],
            allowed_articles=articles, vector=vector, note=_note(serving, vector),
        )  # fmt: skip

    def rank(self, candidates: Candidates, votes: Sequence[Vote], limit: int = 10) -> tuple[ArticleScore, ...]:
        return ranking.rank(candidates, votes, limit)

    def embed(self, texts: Sequence[Redacted]) -> Vectors:
        return self._query_encoder().encode([text.redacted for text in texts])

    def check(self, source: Source) -> Divergence:
        found = self._generations.load()
        passages = plan(found.documents.known_passages, source.passage_stamps())
        cases = plan(found.documents.cases, source.case_stamps())
        known = found.documents.passages
        return Divergence(
            missing=tuple(n for n in passages.embed if n not in known)
            + tuple(n for n in cases.embed if n not in found.documents.cases),
            stale=tuple(n for n in passages.embed if n in known) + passages.update + cases.update
            + tuple(n for n in cases.embed if n in found.documents.cases),
            orphaned=passages.remove + cases.remove, broken_files=found.damaged,
        )  # fmt: skip

    def _vector(self, query: Query) -> Vectors | None:
        try:
            return self._query_encoder().encode([of_query(query)])[0]
        except SearchError:
            return None

    def _query_encoder(self) -> Encoder:
        if self._encoder is None:
            with self._lock:
                if self._encoder is None:
                    self._encoder = Encoder(ensure(self._folder / "encoders"), threads=self._threads)
        return self._encoder

    def _loaded(self) -> Generation:
        """The serving generation; follows the pointer when another process moved it."""
        mark = self._generations.mark()
        if self._serving is None or mark != self._mark:
            with self._lock:
                if self._serving is None or mark != self._mark:
                    self._serving, self._mark = self._generations.load(), mark
        return self._serving


def _note(serving: Generation, vector: Vectors | None) -> str:
    if vector is None or serving.passages is None:
        return WORDS_ONLY
    return "" if serving.lexical is not None else MEANING_ONLY
