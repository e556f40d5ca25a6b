"""Who works and who asks at the demo desk. Invariant: every address is at example.com, nobody has a password here."""

from __future__ import annotations

from functools import cache

from web.demo.material_reader import read
from web.demo.records import DemoPerson, DemoTeam

FRONTLINE = "Frontline"
LEADS = "Duty Leads"


@cache
def teams() -> tuple[DemoTeam, ...]:
    """Every team, the frontline first."""
    return tuple(DemoTeam(**row) for row in read("roster.yaml")["teams"])


@cache
def people() -> tuple[DemoPerson, ...]:
    """Operator, leads, agents and customers."""
    rows = read("roster.yaml")["people"]
    return tuple(
        DemoPerson(
            name=row["name"],
            email=row["email"],
            role=row["role"],
            team=row.get("team"),
            account=row.get("account", ""),
            sites=tuple(row.get("sites", ())),
        )
        for row in rows
    )


@cache
def customers() -> tuple[DemoPerson, ...]:
    """Those who write tickets."""
    return tuple(person for person in people() if person.role == "customer")


@cache
def staff(team: str) -> tuple[DemoPerson, ...]:
    """Those of a team who answer tickets."""
    return tuple(person for person in people() if person.team == team and person.role in ("agent", "lead"))


@cache
def level_of(team: str) -> str:
    """The level of a team.

    Raises:
        KeyError: there is no such team.
    """
    return {each.name: each.level for each in teams()}[team]
