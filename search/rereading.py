"""Vectors of tickets as the flows read them, made once.

Invariant: a vector is only ever that of the very text; what is kept here is forgotten with the ticket's own vector, by
the index run that no longer holds it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from search.cache import LATER, VectorCache, digest
from search.contract import Progress, TicketText, Vectors
from search.recipe import DIMENSIONS, Recipe
from search.texts import clean, of_question

BATCH: Final = 256
"""Texts between two words about progress, and the most work a kill can lose."""
STEP: Final = "reading tickets"
Encodes = Callable[[Sequence[str]], Vectors]


def vectors_of(
    tickets: Sequence[TicketText], cache: Path, encode: Encodes, progress: Progress | None = None
) -> Vectors:
    """Shape (n, dimensions), in order; from the cache where such a text was embedded before, else into it."""
    found = np.zeros((len(tickets), DIMENSIONS), np.float32)
    with VectorCache(cache, Recipe.current().fingerprint) as held:
        for start in range(0, len(tickets), BATCH):
            part = tickets[start : start + BATCH]
            asked = [_keyed(one) for one in part]
            texts = dict(asked)
            known = held.get(texts)
            missing = {key: text for key, text in texts.items() if key not in known}
            made = dict(zip(missing, encode(list(missing.values())), strict=True)) if missing else {}
            held.put(missing, made)
            found[start : start + len(part)] = [(known | made)[key] for key, _ in asked]
            if progress:
                progress(STEP, start + len(part), len(tickets))
    return found


def _keyed(ticket: TicketText) -> tuple[str, str]:
    """(key, text): the ticket's own hash where the index reads the same words, else beside it which other text it is."""
    asked, text = of_question(ticket.subject, ticket.body), clean(ticket.text.redacted)
    # The encoder's tokens know no kind of blank from another.
    if asked.split() == text.split():
        return ticket.text_hash, asked
    return f"{ticket.text_hash}{LATER}{digest(text)[:16]}", text
