"""Search at a million passages: ``python -m tests.benchmarks.scale --articles … --questions … --folder FOLDER``.

The passages of real articles are repeated and perturbed, words and vectors; real questions are asked. Encoding the
enlarged passages is left out of the index time, because it is the same work as for any number: the rate at which the
real ones were encoded is stated beside it. `FOLDER` takes some 8 GB for a million and is used again by a later call.

Invariant: the index is made by the run that makes every index, and asked through the engine that serves.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from kb.redaction import redact
from search.contract import IndexReport, IndexStoppedError, Query, Vectors
from search.embedding import Encoder
from search.engine import Engine
from search.export import ensure
from search.generation import LEXICAL, PASSAGES, Generation
from search.generations import Generations
from search.indexing import run_index
from search.recipe import DIMENSIONS
from search.texts import of_passage, of_query
from tests.benchmarks.enlarged import Enlarged
from tests.benchmarks.texts import ANYBODY, Texts, arguments, read

COMPARED = 200
"""Questions whose ten nearest are compared with all vectors."""
BLOCK = 50_000
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Scale:
    """What is measured where."""

    texts: Texts
    folder: Path
    count: int
    questions: int

    def run(self, source: Enlarged, stop: Callable[[], bool] | None = None) -> tuple[IndexReport | None, float]:
        """An index run; None where it was stopped. Seconds it took."""
        started = time.perf_counter()
        generations = Generations(self.folder / "generations")
        (self.folder / "generations").mkdir(parents=True, exist_ok=True)
        try:
            report = run_index(
                generations, source, source, self.folder / "vectors.sqlite", full=False, progress=_told, stop=stop
            )  # type: ignore[arg-type] # stands in for the encoder
        except IndexStoppedError:
            report = None
        return report, time.perf_counter() - started


def measure(scale: Scale) -> dict[str, Any]:
    """Everything, in order; what an earlier call has indexed is used again."""
    faiss.omp_set_num_threads(1)
    figures: dict[str, Any] = {"passages": scale.count}
    if not (scale.folder / "generations" / "CURRENT").exists():
        figures |= _indexing(scale)
    figures |= _sizes(scale)
    figures |= _asking(scale)
    figures |= {"cores": os.cpu_count(), "load": os.getloadavg()[0]}
    figures["peak_memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return figures


def _base(scale: Scale) -> tuple[Vectors, float]:
    """Vectors of the real passages, and how many were encoded a second; encoded once and kept in the folder."""
    kept = scale.folder / "base.npz"
    if not kept.exists():
        encoder = Encoder(ensure(scale.folder / "encoders"), threads=1)
        started = time.perf_counter()
        vectors = encoder.encode([of_passage(document) for document in scale.texts.passages])
        np.savez(kept, vectors=vectors, rate=len(vectors) / (time.perf_counter() - started))
    with np.load(kept, allow_pickle=False) as held:
        return held["vectors"], float(held["rate"])


def _indexing(scale: Scale) -> dict[str, Any]:
    vectors, rate = _base(scale)
    source = Enlarged(scale.texts.passages, vectors, scale.count)
    third = scale.count // 3
    stopped, first = scale.run(source, stop=lambda: source.encoded >= third)
    made_before = source.encoded
    whole, second = scale.run(source)
    changed = frozenset(range(1, scale.count, scale.count // 1000))
    removed = frozenset(number + 1 for number in changed)
    later = Enlarged(source.base, source.vectors, scale.count, changed, removed)
    update, third_run = scale.run(later)
    if stopped is not None or whole is None or update is None:
        raise SystemExit("A run did not end as it should.")
    return {
        "real_passages": len(vectors), "real_passages_encoded_a_second": rate,
        "index_seconds_until_stopped": first, "vectors_made_until_stopped": made_before,
        "index_seconds_resumed": second, "vectors_made_resumed": source.encoded - made_before,
        "update_seconds": third_run, "updated": update.embedded, "removed": update.removed,
    }  # fmt: skip


MEMORY = """
import resource, sys
from pathlib import Path
from search import nearest

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6

before = resident()
index = nearest.read(Path(sys.argv[1]))
print(resident() - before)
"""
"""In a process of its own: memory that was freed earlier would hide what is taken."""


def _sizes(scale: Scale) -> dict[str, Any]:
    folder = Generations(scale.folder / "generations").current
    read = subprocess.run(
        [sys.executable, "-c", MEMORY, str(folder / PASSAGES)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {
        "vectors_memory_mb": float(read.stdout), "vectors_disk_mb": _size(folder / PASSAGES),
        "words_disk_mb": _size(folder / LEXICAL),
    }  # fmt: skip


def _asking(scale: Scale) -> dict[str, Any]:
    engine = Engine(scale.folder, threads=1)
    started = time.perf_counter()
    engine.warm()
    figures: dict[str, Any] = {"load_seconds": time.perf_counter() - started}
    every = list(scale.texts.questions.values())
    asked = [replace(query, product="") for query in every[:: max(1, len(every) // scale.questions)]]
    for query in asked[:20]:
        engine.candidates(query)
    figures["milliseconds"] = _parts(engine, asked)
    serving = Generation(Generations(scale.folder / "generations").current)
    figures |= _recall(scale, serving, engine, asked[:COMPARED])
    return figures


def _parts(engine: Engine, asked: Sequence[Query]) -> dict[str, dict[str, float]]:
    """The whole search, then each part of it on its own."""
    serving = engine._loaded()
    encoder: Encoder = engine._encoders.get(1)
    passages, words = serving.passages, serving.lexical
    if passages is None or words is None:
        raise SystemExit("The index that was made cannot be used.")
    scope = serving.scope("", ANYBODY)
    named = Counter(p for entry in serving.documents.passages.values() for p in entry.products)
    product = named.most_common()[len(named) // 2][0]
    narrow = serving.scope(product, ANYBODY)
    texts = [of_query(query) for query in asked]
    vectors = encoder.encode(texts)
    of_product = [Query(q.subject, q.body, product, audiences=ANYBODY) for q in asked]
    engine.candidates(of_product[0])
    return {
        "whole": _timed(lambda at: engine.rank(engine.candidates(asked[at]), [], 10), len(asked)),
        "whole, of one product": _timed(lambda at: engine.rank(engine.candidates(of_product[at]), [], 10), len(asked)),
        "encoding": _timed(lambda at: encoder.encode([texts[at]]), len(asked)),
        "vectors": _timed(lambda at: passages.search(vectors[at], 400, scope.only), len(asked)),
        "vectors, of one product": _timed(lambda at: passages.search(vectors[at], 400, narrow.only), len(asked)),
        "vectors, unfiltered": _timed(lambda at: passages.search(vectors[at], 400), len(asked)),
        "words": _timed(lambda at: words.search(texts[at], audiences=ANYBODY, limit=400), len(asked)),
        "completing": _timed(lambda at: engine.complete(Query(_typed(asked[at], at), redact(""), audiences=ANYBODY)), len(asked)),
    }  # fmt: skip


def _typed(query: Query, at: int) -> Any:  # noqa: ANN401 - redacted text
    return redact(query.subject.redacted[: (3, 8, 16, 32)[at % 4]])


def _timed(call: Callable[[int], object], count: int) -> dict[str, float]:
    """Milliseconds by the clock, and of the processor alone: on a busy machine only the latter can be compared."""
    taken, worked = [], []
    for at in range(count):
        started, idle = time.perf_counter(), time.thread_time()
        call(at)
        taken.append((time.perf_counter() - started) * 1e3)
        worked.append((time.thread_time() - idle) * 1e3)
    (p50, p95), (cpu_p50, cpu_p95) = (np.percentile(values, (50, 95)).tolist() for values in (taken, worked))
    return {"p50": p50, "p95": p95, "cpu_p50": cpu_p50, "cpu_p95": cpu_p95, "n": count}


def _recall(scale: Scale, serving: Generation, engine: Engine, asked: Sequence[Query]) -> dict[str, float]:
    """Against every vector that was made, at full precision."""
    vectors = engine._encoders.get(1).encode([of_query(query) for query in asked])
    exact = _exact(scale, serving, vectors)
    if serving.passages is None:
        raise SystemExit("The index that was made cannot be used.")
    found = [{number for number, _ in serving.passages.search(vector, 10)} for vector in vectors]
    shares = [len(f & e) / 10 for f, e in zip(found, exact, strict=True)]
    return {"recall_at_10": float(np.mean(shares)), "recall_questions": len(shares)}


def _exact(scale: Scale, serving: Generation, vectors: Vectors) -> list[set[int]]:
    numbers = {entry.text_hash: number for number, entry in serving.documents.passages.items()}
    best = [(np.zeros(0, np.int64), np.zeros(0, np.float32)) for _ in vectors]
    with sqlite3.connect(scale.folder / "vectors.sqlite") as cache:
        rows = cache.execute("SELECT text, data FROM vector")
        while block := rows.fetchmany(BLOCK):
            ids = np.array([numbers[text] for text, _ in block], np.int64)
            held = np.frombuffer(b"".join(data for _, data in block), np.float32).reshape(-1, DIMENSIONS)
            for at, scores in enumerate(vectors @ held.T):
                joined = np.concatenate([best[at][0], ids]), np.concatenate([best[at][1], scores])
                top = np.argsort(-joined[1])[:10]
                best[at] = joined[0][top], joined[1][top]
    return [set(ids.tolist()) for ids, _ in best]


def _size(path: Path) -> float:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files) / 1e6


_SHOWN: dict[str, float] = {}


def _told(step: str, done: int, total: int) -> None:
    if time.monotonic() - _SHOWN.get(step, 0.0) > 10:
        _SHOWN[step] = time.monotonic()
        sys.stderr.write(f"{step}: {done} of {total}\n")


def main() -> None:
    """Measure, and print one JSON object."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments(parser)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--asked", type=int, default=300)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    figures = measure(Scale(read(given), given.folder, given.count, given.asked))
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
