"""What makes a prediction weaker than usual, and what it was read from. Invariant: no text of the ticket."""

from __future__ import annotations

from classifier.contract import TicketFeatures
from classifier.reading import Reader
from classifier.wording import normal, text_of


def notes(ticket: TicketFeatures, reader: Reader) -> tuple[str, ...]:
    """Each in one plain sentence."""
    found = []
    vectorizer = reader.vectorizer
    if not normal(text_of(ticket)):
        found.append("The ticket has no text to go by.")
    if vectorizer.centre_.size and ticket.embedding is None:
        found.append("The meaning of the text could not be read; only its words were.")
    lacking = [name for name in vectorizer.usual_ if not ticket.attributes.get(name)]
    if lacking:
        found.append(f"Not given, though nearly every earlier ticket had it: {', '.join(lacking)}.")
    return tuple(found)


def values(ticket: TicketFeatures) -> dict[str, float | str]:
    """Attributes and numbers as they were read."""
    return {**{name: value for name, value in ticket.attributes.items() if value}, **ticket.numbers}
