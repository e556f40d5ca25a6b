"""What is told by likeness to other tickets: the nearest ones, and a small network on the gist.

Invariant: both are learned from the tickets given and from nothing else.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.neighbours import Neighbours
from classifier.nets import SmallNet
from classifier.reading import Read

Labels = NDArray[np.int64]
NET: Final = "small neural network"
STEPS: Final = 1_500
"""Of 128 tickets each: how much a small network learns, however many tickets there are."""
ENOUGH_FOR_A_NET: Final = 500
MANY_FOR_A_NET: Final = 8_000
"""Tickets from which on one network says nearly what the mean of three does."""


def net_of(read: Read, labels: Labels) -> SmallNet | None:
    """None where there is no text to go by, or too few tickets for more than learning them by heart."""
    if len(labels) < ENOUGH_FOR_A_NET or not read.gist().shape[1]:
        return None
    several, batch = (3, 64) if len(labels) < MANY_FOR_A_NET else (1, 128)
    passes = int(np.clip(STEPS * 128 // len(labels), 6, 25))
    return SmallNet(passes=passes, batch=batch, several=several).fit(read.gist(), labels)


def neighbours_of(read: Read, labels: Labels) -> dict[str, Neighbours]:
    """By what is compared: ``text``, ``meaning``."""
    forms = {"text": read.text, "meaning": read.meaning}
    return {name: Neighbours().fit(form, labels) for name, form in forms.items() if form.shape[1]}
