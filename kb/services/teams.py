"""Teams and who is on them. Invariant: what a handing-up needs to know stands with the team, in words a person can check."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from kb.errors import InvalidError, NotFoundError
from kb.queries import articles as articles_q
from kb.queries import staff as staff_q
from kb.queries import tickets as tickets_q
from kb.services import audit
from kb.viewers import Viewer, require

LONGEST = 2000


@dataclass(frozen=True, slots=True)
class TeamView:
    """A team, when to hand up to it, and how to reach it."""

    name: str
    level: str
    description: str
    contact: str
    criteria: str
    private: bool
    members: int
    unsolved: int
    demo: bool


@dataclass(frozen=True, slots=True)
class Pathway:
    """What can be changed about a team."""

    level: str
    description: str
    contact: str
    criteria: str
    private: bool


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the desk."""

    email: str
    name: str
    team: str | None


def teams(session: Session, viewer: Viewer) -> tuple[TeamView, ...]:
    """Every team by level and name."""
    require(viewer, "agent")
    members = staff_q.members_by_team(session)
    unsolved = staff_q.unsolved_by_team(session, viewer)
    return tuple(
        TeamView(
            team.name, team.level, team.description, team.contact, team.criteria, team.private,
            members.get(team.id, 0), unsolved.get(team.id, 0), team.demo,
        )
        for team in tickets_q.teams(session)
    )  # fmt: skip


def change(session: Session, viewer: Viewer, name: str, pathway: Pathway, now: datetime) -> None:
    """Write down when to hand up to a team and how to reach it.

    Raises:
        NotFoundError: there is no such team.
        InvalidError: a field is too long.
    """
    require(viewer, "lead")
    team = articles_q.team_by_name(session, name)
    if team is None:
        raise NotFoundError("There is no such team.")
    for field in ("description", "contact", "criteria"):
        if len(getattr(pathway, field)) > LONGEST:
            raise InvalidError(f"At most {LONGEST:,} characters fit.", field=field)
    if len(pathway.level) > 20:
        raise InvalidError("Name the level in at most 20 characters, such as L2.", field="level")
    team.level, team.description, team.contact = pathway.level, pathway.description, pathway.contact
    team.criteria, team.private = pathway.criteria, pathway.private
    session.flush()
    audit.record(session, viewer, "team changed", f"team:{team.name}", now)


def colleagues(session: Session, viewer: Viewer) -> tuple[Colleague, ...]:
    """Everybody who can take a ticket, by name."""
    require(viewer, "agent")
    return tuple(Colleague(*row) for row in staff_q.colleagues(session))
