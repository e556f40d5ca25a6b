"""Which labels to ask for. Invariant: the same tickets and predictions give the same choice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from classifier.contract import Prediction, TicketFeatures


def most_helpful(tickets: Sequence[TicketFeatures], said: Sequence[Prediction], count: int) -> tuple[str, ...]:
    """Ids of the tickets whose label would teach most: unsure of the team, and unlike each other.

    Uncertainty is how near the second team is to the first; of two alike tickets the second teaches little, so its
    worth falls with its nearness to those chosen before.
    """
    worth = np.array([1.0 - (_margin(one) if one.teams else 0.0) for one in said])
    vectors = [ticket.embedding for ticket in tickets if ticket.embedding is not None]
    rows = np.array(vectors, dtype=np.float64) if len(vectors) == len(tickets) and vectors else None
    apart = np.ones(len(tickets))
    chosen: list[int] = []
    for _ in range(min(count, len(tickets))):
        value = worth * apart
        value[chosen] = -1.0
        best = int(np.argmax(value))
        chosen.append(best)
        if rows is not None:
            apart = np.minimum(apart, 1.0 - np.clip(rows @ rows[best], 0.0, 1.0))
    return tuple(tickets[n].id for n in chosen)


def _margin(said: Prediction) -> float:
    second = said.teams[1].probability if len(said.teams) > 1 else 0.0
    return said.teams[0].probability - second
