"""A thread as a draft is made from it. Invariant: only what people said to each other, redacted; no internal note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from kb.redaction import RedactedText

Speaker = Literal["requester", "helper"]
QUESTION = 0
"""Number of the question itself in a thread; the turns are counted from 1."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One public message."""

    number: int
    speaker: Speaker
    said: RedactedText
    votes: int = 0
    """How many people found it helpful."""


@dataclass(frozen=True, slots=True)
class Thread:
    """A question and what was answered, in order."""

    subject: RedactedText
    body: RedactedText
    turns: Sequence[Turn] = ()
    resolution: RedactedText | None = None
    """How the desk summed it up."""
    marked: int | None = None
    """Number of the turn that a person marked as the solution."""
    environment: Mapping[str, str] = field(default_factory=dict)

    def text_of(self, number: int) -> str:
        """The redacted words of the question or of a turn."""
        return self.body.redacted if number == QUESTION else self.turns[number - 1].said.redacted


@dataclass(frozen=True, slots=True)
class Solution:
    """The turn that solved it, and how one can tell, in words."""

    number: int
    why: str
    sure: bool
    """Whether a person said so; otherwise it is the best guess."""
