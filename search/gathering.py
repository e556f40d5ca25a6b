"""What each source finds for a question. Invariant: one generation answers, and what it lacks is said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from search.contract import Candidates, Neighbour, PassageScore, Query, Vectors
from search.generation import Generation, Scope
from search.texts import of_query

PASSAGES: Final = 400
TITLES: Final = 400
NEIGHBOURS: Final = 400
WORDS_ONLY: Final = "Searching by words only: the index of meanings is being rebuilt."
MEANING_ONLY: Final = "Searching by meaning only: the index of words is being rebuilt."
NO_MEMORY: Final = "Searching without past tickets: their index is being rebuilt."


def gather(
    serving: Generation, query: Query, vector: Vectors | None, neighbours: Sequence[Neighbour] | None = None
) -> Candidates:
    """Everything found; `neighbours` where they are known already, because only some tickets may be remembered."""
    scope, text = serving.scope(query.product, query.audiences), of_query(query)
    if neighbours is None:
        neighbours = nearest_tickets(serving, vector, query.exclude_ticket)
    return Candidates(
        semantic=_semantic(serving, scope, vector), titles=_titles(serving, scope, vector),
        lexical=serving.lexical.search(
            text, audiences=query.audiences, product=scope.product, limit=PASSAGES,
            also=[phrase.redacted for phrase in query.also],
        ) if serving.lexical is not None else (),
        neighbours=tuple(neighbours), allowed_articles=scope.articles, vector=vector, product=scope.product,
        topic=query.topic, asked=query.asked, locale=query.locale, health=query.health, words=len(text.split()),
        steps=serving.steps, facts=serving.facts, sizes=serving.sizes, note=_note(serving, vector),
    )  # fmt: skip


def _semantic(serving: Generation, scope: Scope, vector: Vectors | None) -> tuple[PassageScore, ...]:
    if vector is None or serving.passages is None:
        return ()
    entries = serving.documents.passages
    found = serving.passages.search(vector, PASSAGES, scope.only)
    return tuple(
        PassageScore(number, entries[number].article_id, score) for number, score in found if number in entries
    )


def _titles(serving: Generation, scope: Scope, vector: Vectors | None) -> dict[int, float]:
    if vector is None or serving.titles is None:
        return {}
    return dict(serving.titles.search(vector, TITLES, scope.titled))


def nearest_tickets(serving: Generation, vector: Vectors | None, exclude: int | None) -> tuple[Neighbour, ...]:
    """Remembered tickets, nearest first."""
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
