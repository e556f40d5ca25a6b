"""Predictions week by week, and what became of them. Invariant: a share comes with the tickets that it is of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """A prediction that was made, and what became of its ticket; None where that is not known yet."""

    at: datetime
    probability: float | None
    alarm: bool
    given: float
    """Share of the desk's attributes that the ticket held."""
    team: str | None = None
    """The team named first."""
    escalated: bool | None = None
    right_team: str | None = None


@dataclass(frozen=True, slots=True)
class Week:
    """Predictions of seven days. None where too little is known."""

    start: str
    """Its first day (YYYY-MM-DD)."""
    tickets: int
    probability: float | None
    alarms: float
    """Share of tickets called an escalation."""
    given: float
    shift: float | None
    """How far the probabilities lie from those of the weeks before (population stability index)."""
    known: int
    """Tickets whose outcome is known."""
    gap: float | None
    """Share that escalated minus mean probability, of those."""
    team_accuracy: float | None


@dataclass(frozen=True, slots=True)
class TeamWeek:
    """A team's tickets of seven days of which both are known: the team named first and the one that solved it."""

    start: str
    """As a week's."""
    tickets: int
    right: int
    """How many of them it was named first for."""

    @property
    def share(self) -> float | None:
        """None where there was no ticket."""
        return self.right / self.tickets if self.tickets else None


@dataclass(frozen=True, slots=True)
class TeamWeeks:
    """How often a team's tickets were foreseen to be its own, week by week, oldest first."""

    team: str
    weeks: tuple[TeamWeek, ...]
    before: TeamWeek
    """All but the last two weeks together."""
    last: TeamWeek
    """The last two weeks together."""

    @property
    def tickets(self) -> int:
        """In all."""
        return self.before.tickets + self.last.tickets


@dataclass(frozen=True, slots=True)
class Drift:
    """How predictions changed from week to week, oldest first; `warnings` in words, empty where nothing differs."""

    weeks: tuple[Week, ...]
    warnings: tuple[str, ...]
    teams: tuple[TeamWeeks, ...] = ()
    """Those with most solved tickets first."""
