"""What a choice of threshold would have meant. Invariant: said of tickets that the judging model had not seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from classifier.contract import Choice, Consequence, Tenth
from classifier.threshold import Floats, Labels, Threshold, chosen

SURE: Final = 1.96
"""Standard deviations to each side of a 95 % interval."""
DAY: Final = 86_400.0
TENTHS: Final = 10


@dataclass(frozen=True, slots=True)
class Unseen:
    """Probabilities and 0/1 labels of the tickets that judged the model, and when they were written."""

    chances: Floats
    labels: Labels
    times: Floats = field(default_factory=lambda: np.zeros(0))
    """Seconds since 1970; empty where a ticket is not dated."""

    @property
    def days(self) -> float | None:
        """How long they took to arrive; None where that is not known."""
        if not len(self.times):
            return None
        return max(1.0, float(self.times.max() - self.times.min()) / DAY)

    def threshold(self, choice: Choice) -> Threshold:
        """The threshold that a choice asks for; ChoiceError where it cannot be followed."""
        return chosen(choice, self.chances, self.labels, self.days)

    def consequence(self, choice: Choice) -> Consequence:
        """What that choice would have meant for these tickets."""
        threshold = self.threshold(choice)
        said = self.chances >= threshold.at
        alarms, right, real = int(said.sum()), int(self.labels[said].sum()), int(self.labels.sum())
        precision, recall = right / max(1, alarms), right / max(1, real)
        first, last = self._dates()
        days = self.days
        return Consequence(
            threshold.at, threshold.unsure_between, precision, wilson(right, alarms), recall, wilson(right, real),
            alarms, len(said), first, last, None if days is None else alarms / days,
            _in_words(alarms, right, real, len(said), (first, last), days),
        )  # fmt: skip

    def tenths(self) -> tuple[Tenth, ...]:
        """These tickets by probability, in ten parts of about as many each."""
        parts = [part for part in np.array_split(np.argsort(self.chances, kind="stable"), TENTHS) if len(part)]
        return tuple(
            Tenth(
                float(self.chances[part].mean()), float(self.labels[part].mean()),
                wilson(int(self.labels[part].sum()), len(part)), len(part),
            )
            for part in parts
        )  # fmt: skip

    def to_parts(self) -> dict[str, NDArray[Any]]:
        """Plain arrays, as the registry stores them."""
        return {"chances": self.chances, "labels": self.labels, "times": self.times}

    def _dates(self) -> tuple[str, str]:
        if not len(self.times):
            return "", ""
        ends = np.array([self.times.min(), self.times.max()]).astype("datetime64[s]").astype("datetime64[D]")
        return str(ends[0]), str(ends[1])


def wilson(right: int, of: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson, 1927); (0, 1) of nothing."""
    if not of:
        return 0.0, 1.0
    share, square = right / of, SURE**2 / of
    middle = (share + square / 2) / (1 + square)
    half = SURE * float(np.sqrt(share * (1 - share) / of + square / (4 * of))) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)


def _in_words(alarms: int, right: int, real: int, tickets: int, dates: tuple[str, str], days: float | None) -> str:
    when = f" written {dates[0]} to {dates[1]}" if dates[0] else ""
    often = f" (about {alarms / days:.1f} a day)" if days is not None else ""
    if not alarms:
        return f"Of {tickets:,} tickets{when} none would have been called an escalation, though {real:,} were."
    return (
        f"Of {tickets:,} tickets{when} it would have named {alarms:,}{often}. {right:,} of those did escalate "
        f"({right / alarms:.0%}), and of {real:,} escalations it would have found {right / max(1, real):.0%}."
    )
