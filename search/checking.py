"""Where an index differs from its source. Invariant: reads only; what serves in its place is never mistaken for whole."""

from __future__ import annotations

from search.contract import BrokenGenerationError, Divergence, Source
from search.documents import Documents
from search.files import MANIFEST
from search.generation import Generation
from search.generations import POINTER, Generations
from search.planning import Known, Plan, plan


def compare(generations: Generations, source: Source) -> Divergence:
    """The generation that the pointer names, against everything that should be findable.

    Raises:
        NoIndexError: nothing was indexed yet.
    """
    broken: tuple[str, ...]
    try:
        folder = generations.current
    except BrokenGenerationError:
        return _divergence(Documents(), source, (POINTER,), usable=True)
    try:
        found = Generation(folder)
    except BrokenGenerationError:
        return _divergence(Documents(), source, (f"{folder.name}/{MANIFEST}",), usable=True)
    broken = tuple(f"{folder.name}/{name}" for name in found.damaged)
    return _divergence(found.documents, source, broken, usable=found.same_space and found.same_words)


def _divergence(held: Documents, source: Source, broken: tuple[str, ...], *, usable: bool) -> Divergence:
    """An index of another recipe is stale altogether."""
    passages = plan(held.known_passages, source.passage_stamps(), full=not usable)
    cases = plan(held.cases, source.case_stamps(), full=not usable)
    sides = ((held.known_passages, passages), (held.cases, cases))
    return Divergence(
        missing=tuple(number for known, todo in sides for number in todo.embed if number not in known),
        stale=tuple(number for known, todo in sides for number in _stale(known, todo)),
        orphaned=passages.remove + cases.remove,
        broken_files=broken,
    )


def _stale(known: Known, todo: Plan) -> tuple[int, ...]:
    return tuple(number for number in todo.embed if number in known) + todo.update
