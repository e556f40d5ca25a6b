"""One index run. Invariant: only what the plan names is read, embedded or rewritten; nothing serves until all is sealed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from search.cache import VectorCache
from search.contract import (
    CaseDocument,
    IndexReport,
    IndexStoppedError,
    PassageDocument,
    Progress,
    SearchError,
    Source,
    Stamp,
    Vectors,
)
from search.embedding import Encoder
from search.generations import CASES, LEXICAL, PASSAGES, Documents, Generation, Generations, PassageEntry, copy_words
from search.lexical import LexicalIndex
from search.planning import Plan, plan
from search.recipe import DIMENSIONS, Recipe
from search.texts import of_case, of_passage
from search.vectors import VectorIndex

BATCH: Final = 128


@dataclass(slots=True)
class Run:
    """What an index run carries with it."""

    source: Source
    encoder: Encoder
    cache: VectorCache
    progress: Progress | None
    stop: Callable[[], bool] | None

    def tell(self, step: str, done: int, total: int) -> None:
        """Say how far it is, and leave if asked to."""
        if self.progress:
            self.progress(step, done, total)
        if self.stop and self.stop():
            raise IndexStoppedError("Stopped. What was embedded is kept; run it again to go on.")

    def vectors(self, hashes: Sequence[str], texts: Sequence[str], *, fresh: bool) -> Vectors:
        """Shape (n, 384); from the cache where they were made before."""
        known = {} if fresh else self.cache.get(hashes)
        missing = [n for n, key in enumerate(hashes) if key not in known]
        made = self.encoder.encode([texts[n] for n in missing])
        new = {hashes[n]: made[place] for place, n in enumerate(missing)}
        self.cache.put(new)
        return np.stack([(known | new)[key] for key in hashes]) if hashes else np.zeros((0, DIMENSIONS), np.float32)


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
    generations.folder.mkdir(parents=True, exist_ok=True)
    with generations.writing() as aside, VectorCache(cache_path, Recipe.current().fingerprint) as cache:
        run = Run(source, encoder, cache, progress, stop)
        base = None if full else _base(generations)
        held = base.documents if base else Documents()
        passages, cases = source.passage_stamps(), source.case_stamps()
        for_passages = plan(held.known_passages, passages)
        for_cases = plan(held.cases, cases)
        if base and for_passages.empty and for_cases.empty:
            name = base.name
        else:
            entries = _write_passages(run, aside, base, for_passages, passages, fresh=full)
            kept = _write_cases(run, aside, base, for_cases, cases, fresh=full)
            run.tell("writing", 0, 1)
            name = generations.seal(aside, Documents(entries, kept))
            cache.keep_only([e.text_hash for e in entries.values()] + [text for text, _ in kept.values()])
            if progress:
                progress("writing", 1, 1)
        return IndexReport(
            generation=name, embedded=len(for_passages.embed) + len(for_cases.embed),
            updated=len(for_passages.update) + len(for_cases.update),
            removed=len(for_passages.remove) + len(for_cases.remove),
            unchanged=for_passages.unchanged + for_cases.unchanged, passages=len(passages), cases=len(cases),
            seconds=time.monotonic() - started,
        )  # fmt: skip


def _base(generations: Generations) -> Generation | None:
    """The generation to start from; a damaged one or one of another recipe is no start."""
    try:
        found = generations.load()
    except SearchError:
        return None
    return found if found.whole and found.lexical is not None else None


def _write_passages(
    run: Run, aside: Path, base: Generation | None, todo: Plan, wanted: Sequence[Stamp], *, fresh: bool
) -> dict[int, PassageEntry]:
    if base:
        copy_words(base.folder, aside)
    vectors = VectorIndex.read(base.folder / PASSAGES) if base else VectorIndex()
    stamps = {stamp.id: stamp for stamp in wanted}
    entries = {n: e for n, e in (base.documents.passages if base else {}).items() if n in stamps}
    embed = set(todo.embed)

    def written() -> Iterator[PassageDocument]:
        changed = sorted((*todo.embed, *todo.update))
        for start in range(0, len(changed), BATCH):
            documents = [d for d in run.source.passages(changed[start : start + BATCH]) if d.passage_id in stamps]
            new = [d for d in documents if d.passage_id in embed]
            hashes = [stamps[d.passage_id].text_hash for d in new]
            made = run.vectors(hashes, [of_passage(d) for d in new], fresh=fresh)
            vectors.apply((), [d.passage_id for d in new], made)
            for document in documents:
                entries[document.passage_id] = _entry(stamps[document.passage_id], document)
                yield document
            run.tell("embedding passages", min(start + BATCH, len(changed)), len(changed))

    LexicalIndex(aside / LEXICAL).apply((*todo.remove, *todo.embed, *todo.update), written())
    vectors.apply(todo.remove, (), np.zeros((0, DIMENSIONS), np.float32))
    vectors.write(aside / PASSAGES)
    return entries


def _write_cases(
    run: Run, aside: Path, base: Generation | None, todo: Plan, wanted: Sequence[Stamp], *, fresh: bool
) -> dict[int, tuple[str, str]]:
    vectors = VectorIndex.read(base.folder / CASES) if base else VectorIndex()
    stamps = {stamp.id: stamp for stamp in wanted}
    gone: set[int] = set()
    for start in range(0, len(todo.embed), BATCH):
        asked = todo.embed[start : start + BATCH]
        documents: Sequence[CaseDocument] = run.source.cases(asked)
        ids = [d.ticket_id for d in documents]
        gone |= set(asked) - set(ids)
        made = run.vectors([stamps[i].text_hash for i in ids], [of_case(d) for d in documents], fresh=fresh)
        vectors.apply((), ids, made)
        run.tell("embedding tickets", min(start + BATCH, len(todo.embed)), len(todo.embed))
    vectors.apply(todo.remove, (), np.zeros((0, DIMENSIONS), np.float32))
    vectors.write(aside / CASES)
    return {n: (s.text_hash, s.meta_hash) for n, s in stamps.items() if n not in gone}


def _entry(stamp: Stamp, document: PassageDocument) -> PassageEntry:
    return PassageEntry(stamp.text_hash, stamp.meta_hash, document.article_id, document.products, document.audience)
