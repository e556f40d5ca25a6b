"""One index run. Invariant: only what the plan names is read, embedded or rewritten; nothing serves until all is sealed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from search import nearest
from search.cache import VectorCache
from search.contract import (
    IndexReport,
    IndexStoppedError,
    PassageDocument,
    Progress,
    SearchError,
    Source,
    Stamp,
    Vectors,
)
from search.documents import Documents, PassageEntry
from search.embedding import Encoder
from search.generation import CASES, LEXICAL, PASSAGES, TITLES, Generation
from search.generations import Generations, copy_words
from search.lexical import LexicalIndex
from search.planning import Plan, plan
from search.recipe import DIMENSIONS, Recipe
from search.steps import has_steps
from search.texts import of_case, of_passage
from search.titles import Titles

BATCH: Final = 128
"""Documents between two looks at `stop`, and the most work a kill can lose."""
STOPPED: Final = "Stopped. What was embedded is kept; run it again to go on."


@dataclass(slots=True)
class Run:
    """What an index run carries with it."""

    source: Source
    encoder: Encoder
    cache: VectorCache
    fresh: bool
    progress: Progress | None
    stop: Callable[[], bool] | None

    def tell(self, step: str, done: int, total: int) -> None:
        """Say how far it is, and leave if asked to."""
        if self.progress:
            self.progress(step, done, total)
        leave_if(self.stop)

    def vectors(self, hashes: Sequence[str], texts: Sequence[str]) -> Vectors:
        """Shape (n, 384); from the cache where they were made before."""
        if not hashes:
            return np.zeros((0, DIMENSIONS), np.float32)
        wanted = dict(zip(hashes, texts, strict=True))
        known = {} if self.fresh else self.cache.get(wanted)
        missing = {key: text for key, text in wanted.items() if key not in known}
        made = dict(zip(missing, self.encoder.encode(list(missing.values())), strict=True))
        self.cache.put(missing, made)
        return np.stack([(known | made)[key] for key in hashes])


def leave_if(stop: Callable[[], bool] | None) -> None:
    """Raises IndexStoppedError where `stop` answers true."""
    if stop and stop():
        raise IndexStoppedError(STOPPED)


def run_index(
    generations: Generations,
    encoder: Encoder,
    source: Source,
    cache_path: Path,
    *,
    full: bool,
    progress: Progress | None,
    stop: Callable[[], bool] | None,
) -> IndexReport:
    """Plan against the serving generation, build the next one aside, and make it serve.

    Raises:
        IndexStoppedError: `stop` answered true.
    """
    started = time.monotonic()
    with (
        generations.writing(lambda: leave_if(stop)) as aside,
        VectorCache(cache_path, Recipe.current().fingerprint) as cache,
    ):
        run = Run(source, encoder, cache, full, progress, stop)
        base = None if full else _base(generations)
        held = base.documents if base else Documents()
        passages, cases = source.passage_stamps(), source.case_stamps()
        for_passages, for_cases = plan(held.known_passages, passages), plan(held.cases, cases)
        if base and for_passages.empty and for_cases.empty:
            name = base.name
        else:
            entries, titles = _write_passages(run, aside, base, for_passages, passages)
            documents = Documents(entries, _write_cases(run, aside, base, for_cases, cases), titles)
            run.tell("writing", 0, 1)
            name = generations.seal(aside, documents, forgetting=bool(for_passages.remove or for_cases.remove))
            cache.keep_only(documents.text_hashes)
            if progress:
                progress("writing", 1, 1)
            held = documents
    return _report(name, held, for_passages, for_cases, time.monotonic() - started)


def _report(name: str, held: Documents, passages: Plan, cases: Plan, seconds: float) -> IndexReport:
    return IndexReport(
        generation=name, embedded=len(passages.embed) + len(cases.embed),
        updated=len(passages.update) + len(cases.update), removed=len(passages.remove) + len(cases.remove),
        unchanged=passages.unchanged + cases.unchanged, passages=len(held.passages), cases=len(held.cases),
        seconds=seconds,
    )  # fmt: skip


def _base(generations: Generations) -> Generation | None:
    """The generation to start from: the one that serves, unless it is damaged or of another recipe."""
    try:
        found = Generation(generations.current)
    except SearchError:
        return None
    return found if found.whole else None


def _write_passages(
    run: Run, aside: Path, base: Generation | None, todo: Plan, wanted: Sequence[Stamp]
) -> tuple[dict[int, PassageEntry], dict[int, str]]:
    """Words, vectors, entries and titles of the next generation; a passage that has gone since it was planned is in none."""
    if base:
        copy_words(base.folder, aside)
    vectors = nearest.fitted(base.passages if base else None, len(wanted))
    titles = Titles(base.documents.titles if base else {}, base.titles if base else None, run.vectors)
    stamps = {stamp.id: stamp for stamp in wanted}
    out = {*todo.remove, *todo.embed, *todo.update}
    entries = {n: e for n, e in (base.documents.passages if base else {}).items() if n not in out}
    vectors.remove((*todo.remove, *todo.embed))
    gone = set(todo.update)

    def written() -> Iterator[PassageDocument]:
        embed, changed = set(todo.embed), sorted((*todo.embed, *todo.update))
        for start in range(0, len(changed), BATCH):
            asked = changed[start : start + BATCH]
            documents = list({d.passage_id: d for d in run.source.passages(asked)}.values())
            new = [d for d in documents if d.passage_id in embed]
            made = run.vectors([stamps[d.passage_id].text_hash for d in new], [of_passage(d) for d in new])
            vectors.add([d.passage_id for d in new], made)
            titles.take(documents)
            for document in documents:
                entries[document.passage_id] = _entry(stamps[document.passage_id], document)
                gone.discard(document.passage_id)
                yield document
            run.tell("embedding passages", start + len(asked), len(changed))

    LexicalIndex(aside / LEXICAL).apply(sorted(out), written())
    vectors.remove(gone)
    vectors.write(aside / PASSAGES)
    return entries, titles.write(aside / TITLES, {entry.article_id for entry in entries.values()})


def _write_cases(
    run: Run, aside: Path, base: Generation | None, todo: Plan, wanted: Sequence[Stamp]
) -> dict[int, tuple[str, str]]:
    """Vectors and hashes of the next generation. Of a ticket only its text is indexed, so an update changes hashes only."""
    vectors = nearest.fitted(base.cases if base else None, len(wanted))
    stamps = {stamp.id: stamp for stamp in wanted}
    vectors.remove((*todo.remove, *todo.embed))
    gone: set[int] = set()
    for start in range(0, len(todo.embed), BATCH):
        asked = todo.embed[start : start + BATCH]
        documents = list({d.ticket_id: d for d in run.source.cases(asked)}.values())
        ids = [d.ticket_id for d in documents]
        gone |= set(asked) - set(ids)
        vectors.add(ids, run.vectors([stamps[i].text_hash for i in ids], [of_case(d) for d in documents]))
        run.tell("embedding tickets", start + len(asked), len(todo.embed))
    vectors.write(aside / CASES)
    return {n: (s.text_hash, s.meta_hash) for n, s in stamps.items() if n not in gone}


def _entry(stamp: Stamp, document: PassageDocument) -> PassageEntry:
    return PassageEntry(
        stamp.text_hash, stamp.meta_hash, document.article_id, document.products, document.audience, document.topics,
        document.updated, document.locale, has_steps(document.body.redacted),
    )  # fmt: skip
