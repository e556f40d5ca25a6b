"""The demo desk in one place: Brasswick, a fictional maker of tills. Invariant: pure and deterministic, made by us."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from web.demo import library, roster
from web.demo import tickets as year
from web.demo.material_reader import read
from web.demo.records import (
    DemoArticle,
    DemoEscalation,
    DemoMessage,
    DemoPerson,
    DemoTeam,
    DemoTicket,
)

COMPANY = "Brasswick"
"""Makes tills, card readers and back-office software for small cafés and shops. It does not exist."""


WRITTEN_FROM = (
    "kitchen-tickets-after-5-2", "missing-or-damaged-parcel", "orders-not-reaching-kitchen", "pair-tap-reader", "update-the-till",
)  # fmt: skip
"""Articles that were written from an escalation; the desk had the others from the beginning."""


def articles(now: datetime | None = None) -> list[DemoArticle]:
    """Every help article, by slug; with `now` (aware) the dates are moved so that none lies ahead of it."""
    return list(library.articles(now))


def teams() -> list[DemoTeam]:
    """Every team, the frontline first."""
    return list(roster.teams())


def people() -> list[DemoPerson]:
    """Operator, leads, agents and customers; all addresses at example.com."""
    return list(roster.people())


def tickets(now: datetime, seed: int = 7, count: int = 1600) -> list[DemoTicket]:
    """The year of tickets that ends at `now` (aware), oldest first; the newest are open.

    Raises:
        ValueError: `now` has no time zone, or `count` is too small to hold the open queue.
    """
    return year.tickets(now, seed, count)


def written_from(year: Sequence[DemoTicket]) -> dict[str, DemoTicket]:
    """By slug of an article that came of an escalation the ticket it came of: the first that it is linked to."""
    found: dict[str, DemoTicket] = {}
    for ticket in year:
        for slug in ticket.linked if ticket.escalations and ticket.resolved_at else ():
            if slug in WRITTEN_FROM:
                found.setdefault(slug, ticket)
    return found


def sample_questions() -> list[str]:
    """Questions to try on a first visit; the last one has no answer here, on purpose."""
    return [str(question) for question in read("roster.yaml")["sample_questions"]]


__all__ = [
    "COMPANY",
    "DemoArticle",
    "DemoEscalation",
    "DemoMessage",
    "DemoPerson",
    "DemoTeam",
    "DemoTicket",
    "articles",
    "people",
    "sample_questions",
    "teams",
    "tickets",
    "written_from",
]
