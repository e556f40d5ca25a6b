"""A model's card in a lead's words. Invariant: a figure without its interval and its number of tickets is not shown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kb.services.weighing import Consequence
from web.desk import Desk
from web.locales import N_
from web.locales import gettext as _

RIGHT: Final = "escalation precision when sure"
FINDS: Final = "escalation recall when sure"
NAMES: Final = {
    "escalation base rate": N_("Tickets that escalated"),
    "escalation AUC": N_("Of two tickets of which one escalates, it puts that one first"),
    "escalation recall at 10 %": N_("Found by whoever looks at the likeliest tenth only"),
    "escalation calibration error": N_("What it says and what happens differ by"),
    "escalation unsure": N_("Tickets of which it says that it is unsure"),
    "team accuracy": N_("The team named first is right"),
    "team top 3": N_("The right team is among the first three"),
    "team set coverage": N_("The right team is in the set of teams that it gives"),
    "level accuracy": N_("The level is right"),
}
"""The figures of a card that say something to a lead, in the order in which they are read."""
COMPARED: Final = {
    "average precision": N_("How well those that escalate come first (average precision)"),
    "calibration error": N_("What it says and what happens differ by"),
    "team accuracy": N_("The team named first is right"),
    "level accuracy": N_("The level is right"),
}
TEAM: Final = "recall of "


@dataclass(frozen=True, slots=True)
class Row:
    """One figure, a share, with its 95 % interval and how many tickets it was measured on."""

    words: str
    value: float
    low: float
    high: float
    tickets: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the list can be trusted: what it is right about and what it finds, of tickets not seen before."""

    right: float
    right_between: tuple[float, float]
    finds: float
    finds_between: tuple[float, float]
    tickets: int
    first: str
    """Days (YYYY-MM-DD); empty where they are not known."""
    last: str
    sure: bool
    """Whether tickets of which it is unsure were left out."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a version learned from, how good it is, and its limits."""

    examples: int
    first: str
    last: str
    measured_on: str
    standing: Standing | None
    rows: tuple[Row, ...]
    threshold: str
    missing: tuple[tuple[str, str], ...]
    limits: tuple[str, ...]


def card_of(desk: Desk, version: str) -> Card:
    """The card of a stored version, in words."""
    card = desk.escalation.card(version)
    rows = [_row(name, card.figures, card.intervals) for name in NAMES]
    return Card(
        card.examples, card.first, card.last, card.measured_on, _standing(card.figures, card.intervals),
        tuple(row for row in rows if row), card.threshold, tuple(card.skipped.items()), tuple(card.limits),
    )  # fmt: skip


def standing_of(found: Consequence | None) -> Standing | None:
    """The same of a threshold; None where nothing says whether a ticket escalates."""
    if found is None:
        return None
    return Standing(
        found.precision, found.precision_between, found.recall, found.recall_between, found.tickets, found.first,
        found.last, sure=False,
    )  # fmt: skip


def compared(name: str) -> str:
    """What a figure of a comparison is about; empty for one that says nothing to a lead."""
    if name.startswith(TEAM):
        return _("Of the tickets of %(team)s it finds") % {"team": name.removeprefix(TEAM)}
    return _(COMPARED.get(name, ""))


def _standing(figures: Mapping[str, float], intervals: Mapping[str, tuple[float, float]]) -> Standing | None:
    right, finds = _row(RIGHT, figures, intervals), _row(FINDS, figures, intervals)
    if right is None or finds is None:
        return None
    return Standing(
        right.value, (right.low, right.high), finds.value, (finds.low, finds.high), right.tickets, "", "", sure=True
    )


def _row(name: str, figures: Mapping[str, float], intervals: Mapping[str, tuple[float, float]]) -> Row | None:
    low, high = intervals.get(name, (math.nan, math.nan))
    value, tickets = figures.get(name, math.nan), figures.get(f"{name.partition(' ')[0]} tickets", 0)
    if not all(map(math.isfinite, (value, low, high))):
        return None
    return Row(_(NAMES.get(name, "")), value, low, high, int(tickets))
