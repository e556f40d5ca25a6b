"""What would be said if something that people set were set otherwise.

Invariant: only attributes that somebody chooses are tried, one at a time, with values the desk has used; it tells what
the model would say, not what the world would do, and the words say so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.contract import Change, TicketFeatures

ACTIONABLE: Final = ("priority", "impact", "urgency", "product", "topic", "channel")
"""Attributes that an agent may correct. Who asks, where and when cannot be changed."""
MOST_VALUES: Final = 8
LEAST: Final = 0.05
"""Probability that a change must move."""
Chances = Callable[[Sequence[TicketFeatures]], NDArray[np.float64]]


def changes(ticket: TicketFeatures, chances: Chances, known: Mapping[str, Sequence[str]]) -> tuple[Change, ...]:
    """The change of each attribute that moves the probability most, strongest first.

    `known` are the values of each attribute, the most frequent first; `chances` predicts.
    """
    tried = [
        (name, value)
        for name in ACTIONABLE
        for value in [one for one in known.get(name, ()) if one and one != ticket.attributes.get(name, "")][
            :MOST_VALUES
        ]
    ]
    if not tried:
        return ()
    others = [replace(ticket, attributes={**ticket.attributes, name: value}) for name, value in tried]
    usual, *said = chances([ticket, *others]).tolist()
    best: dict[str, Change] = {}
    for (name, value), chance in zip(tried, said, strict=True):
        moved = abs(chance - usual)
        if moved >= LEAST and (name not in best or moved > abs(best[name].probability - usual)):
            best[name] = Change(name, ticket.attributes.get(name, ""), value, chance)
    return tuple(sorted(best.values(), key=lambda one: (-abs(one.probability - usual), one.attribute)))
