"""Which labels to ask for. Invariant: the same tickets and predictions give the same choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer

from classifier.calibration import Floats
from classifier.contract import Prediction, TicketFeatures
from classifier.counting import BETWEEN_BLANKS
from classifier.wording import normal, text_of

WORDS: Final = HashingVectorizer(
    lowercase=False, token_pattern=BETWEEN_BLANKS, stop_words="english", alternate_sign=False, n_features=2**16
)


def most_helpful(tickets: Sequence[TicketFeatures], said: Sequence[Prediction], count: int) -> tuple[str, ...]:
    """Ids of the tickets whose label would teach most: unsure of the team, and unlike each other.

    Uncertainty is how near the second team is to the first; of two alike tickets the second teaches little, so its
    worth falls with its nearness to those chosen before.
    """
    if not tickets:
        return ()
    worth = np.array([1.0 - (_margin(one) if one.teams else 0.0) for one in said])
    near = _nearness(tickets)
    apart = np.ones(len(tickets))
    chosen: list[int] = []
    for _ in range(min(count, len(tickets))):
        value = worth * apart
        value[chosen] = -1.0
        best = int(np.argmax(value))
        chosen.append(best)
        apart = np.minimum(apart, 1.0 - np.clip(near[best], 0.0, 1.0))
    return tuple(tickets[n].id for n in chosen)


def _nearness(tickets: Sequence[TicketFeatures]) -> Floats:
    """Cosines between all tickets, by their meaning, or by their words where one has no embedding."""
    vectors = [ticket.embedding for ticket in tickets if ticket.embedding is not None]
    if len(vectors) == len(tickets):
        rows = np.array(vectors, dtype=np.float64)
        return rows @ rows.T
    words = WORDS.transform([normal(text_of(ticket)) for ticket in tickets])
    return np.asarray((words @ words.T).toarray(), dtype=np.float64)


def _margin(said: Prediction) -> float:
    second = said.teams[1].probability if len(said.teams) > 1 else 0.0
    return said.teams[0].probability - second
