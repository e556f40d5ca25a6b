"""The search engine as the flows see it. Invariant: a query is answered by one whole generation, or says what it lacks."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from search import extracts, ranking
from search.assessing import assess
from search.checking import compare
from search.contract import (
    ArticleScore,
    BrokenGenerationError,
    Candidates,
    Divergence,
    IndexReport,
    Lesson,
    PassageScore,
    Progress,
    Query,
    RankerReport,
    RankerVersion,
    Redacted,
    Risk,
    SearchError,
    SearchEvaluation,
    Source,
    TicketText,
    Trade,
    Vectors,
    Vote,
)
from search.encoders import Encoders
from search.forgetting import forget_all_but
from search.gathering import gather
from search.generation import Generation
from search.generations import Generations
from search.indexing import run_index
from search.lexical import analyser
from search.nearest import Nearest
from search.promoting import run_learning
from search.ranker import Ranker
from search.rankers import Rankers
from search.rereading import vectors_of
from search.texts import of_query
from search.tuned import LEAST_TUNED, TunedEncoder, Tuning

MANY: Final = 32
"""Texts at once from which on the threads of an index run are used."""


class Engine:
    """Everything below one folder: encoders, generations and the cache of vectors. Nothing is read until it is needed."""

    def __init__(
        self,
        folder: Path,
        *,
        threads: int = 1,
        index_threads: int = 2,
        risk: float | None = None,
        tuned_from: int | None = LEAST_TUNED,
    ) -> None:
        """`tuned_from`: solved questions from which on the encoder is tuned as well; None for never."""
        self._cache = folder / "vectors.sqlite"
        self._threads = threads
        self._index_threads = index_threads
        self._encoders = Encoders(folder / "encoders")
        self._generations = Generations(folder / "generations")
        self.rankers = Rankers(folder / "rankers")
        self.risk = Risk(risk)
        self._tuned_from = tuned_from
        self._tuned = TunedEncoder(threads)
        self._beside = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="tuned")
        self._ranking: tuple[tuple[int, int], Ranker | None, str] = ((-1, -1), None, "")
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

    def agreement(self) -> dict[str, float]:
        """Cosine of the serving encoder with the original at full precision: mean, least, sentences compared.

        Raises:
            SearchError: the encoder cannot be prepared.
        """
        return self._encoders.agreement()

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
        wanted, text = serving.passages is not None or serving.cases is not None, of_query(query)
        ranker, note = self._learned()
        tuned_by = ranker.encoder if ranker else None
        # Both encoders read at the same time: they run outside the interpreter's lock.
        reading = self._beside.submit(self._tuned.read, tuned_by, text) if tuned_by and wanted else None
        found = gather(serving, query, self._vector(text) if wanted else None)
        found = replace(found, note=note) if note and not found.note else found
        if reading is None or found.vector is None:
            return found
        return replace(found, tuned=reading.result(), tuned_by=str(tuned_by))

    def complete(self, query: Query, limit: int = 10) -> tuple[PassageScore, ...]:
        serving = self._loaded()
        if serving.lexical is None or limit <= 0:
            return ()
        product = serving.scope(query.product, query.audiences).product
        return serving.lexical.complete(
            query.subject.redacted, audiences=query.audiences, product=product, limit=limit,
            also=[phrase.redacted for phrase in query.also],
        )  # fmt: skip

    def rank(
        self, candidates: Candidates, votes: Sequence[Vote], limit: int = 10, risk: Risk | None = None
    ) -> tuple[ArticleScore, ...]:
        # Without a vector most of what a ranker goes by is missing.
        ranker = self._learned()[0] if candidates.vector is not None else None
        if ranker is not None and candidates.tuned_by != str(ranker.encoder or ""):
            # Another version was promoted between the two calls.
            candidates = replace(candidates, tuned=None)
        return ranking.rank(candidates, votes, limit, ranker, (risk or self.risk).share)

    def trades(self) -> tuple[Trade, ...]:
        ranker = self._learned()[0]
        return ranker.trades if ranker else ()

    def bar_of(self, risk: Risk) -> float | None:
        ranker = self._learned()[0]
        return ranker.bar(risk.share, round(ranker.usual)) if ranker else None

    def ranker_versions(self) -> tuple[RankerVersion, ...]:
        return self.rankers.described()

    def forget_all_but(self, articles: AbstractSet[int]) -> None:
        forget_all_but(self.rankers, articles)

    def serve_ranker(self, name: str, expected: str) -> None:
        self.rankers.serve(name, expected)

    def learn(self, lessons: Sequence[Lesson], *, progress: Progress | None = None) -> RankerReport:
        with self._tuning() as tuning:
            return run_learning(self.rankers, self._loaded(), lessons, progress, tuning)

    def evaluate(
        self, lessons: Sequence[Lesson], *, without: Sequence[str] = (), progress: Progress | None = None
    ) -> SearchEvaluation:
        with self._tuning() as tuning:
            return assess(self._loaded(), lessons, self._timed, without, progress, tuning)

    @contextmanager
    def _tuning(self) -> Iterator[Tuning | None]:
        """What tunes the encoder, with a folder for as long as that takes; nothing where it is not wanted."""
        if self._tuned_from is None:
            yield None
            return
        self.rankers.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".tuning-", dir=self.rankers.folder) as folder:
            plain = self._encoders.get(self._threads)
            yield Tuning(Path(folder), plain, self._index_threads, self._tuned_from)

    def _timed(self, query: Query) -> tuple[float, float]:
        """Seconds of a whole question, and of its ranking alone, without votes being read."""
        started = time.perf_counter()
        found = self.candidates(query)
        between = time.perf_counter()
        self.rank(found, [Vote(n.ticket_id, a) for n, a in zip(found.neighbours, found.allowed_articles, strict=False)])
        ended = time.perf_counter()
        return ended - started, ended - between

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
        return self._encode([text.redacted for text in texts])

    def embed_sentences(self, texts: Sequence[Redacted]) -> Vectors:
        return self._sentences.of([text.redacted for text in texts], self._encode)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        threads = self._threads if len(texts) < MANY else self._index_threads
        return self._encoders.get(threads).encode(texts)

    def embed_tickets(self, tickets: Sequence[TicketText], *, progress: Progress | None = None) -> Vectors:
        # Whatever is missing is many texts: the threads of an index run read them.
        return vectors_of(
            tickets, self._cache, lambda texts: self._encoders.get(self._index_threads).encode(texts), progress
        )

    def case_vectors(self, ids: Sequence[int]) -> Mapping[int, Vectors]:
        return self._stored(lambda generation: generation.cases, ids)

    def passage_vectors(self, ids: Sequence[int]) -> Mapping[int, Vectors]:
        return self._stored(lambda generation: generation.passages, ids)

    def _stored(self, part: Callable[[Generation], Nearest | None], ids: Sequence[int]) -> Mapping[int, Vectors]:
        try:
            index = part(self._loaded())
        except SearchError:
            return {}
        wanted = set(ids)
        return {
            int(number): row
            for numbers, rows in (index.blocks() if index is not None else ())
            for number, row in zip(numbers, rows, strict=True)
            if int(number) in wanted
        }

    def check(self, source: Source) -> Divergence:
        return compare(self._generations, source)

    def _vector(self, text: str) -> Vectors | None:
        try:
            vector: Vectors = self._encoders.get(self._threads).encode([text])[0]
        except SearchError:
            return None
        return vector

    def _learned(self) -> tuple[Ranker | None, str]:
        """The learned ranker that serves, or none and why; follows the pointer when another process moved it."""
        mark, (seen, ranker, note) = self.rankers.mark(), self._ranking
        if mark != seen:
            ranker, note = self.rankers.load()
            self._ranking = mark, ranker, note
        return ranker, note

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
