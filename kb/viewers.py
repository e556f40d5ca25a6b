"""Who is looking, and what they may see. Invariant: every rule about visibility is decided here, purely."""

from __future__ import annotations

from dataclasses import dataclass

from kb.errors import NotAllowedError

RANKS = {"anonymous": 0, "customer": 1, "agent": 2, "lead": 3, "operator": 4}


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person, or nobody in particular."""

    role: str = "anonymous"
    account_id: int | None = None
    name: str = ""
    email: str = ""
    team_id: int | None = None
    licence: str = "contributor"
    """What an agent may do to articles (KCS v6): candidate, contributor, publisher, coach."""

    @property
    def signed_in(self) -> bool:
        return self.account_id is not None

    @property
    def staff(self) -> bool:
        return RANKS[self.role] >= RANKS["agent"]

    @property
    def leads(self) -> bool:
        return RANKS[self.role] >= RANKS["lead"]

    @property
    def publishes(self) -> bool:
        """Whether what they publish counts as validated."""
        return self.leads or (self.staff and self.licence in ("publisher", "coach"))


ANONYMOUS = Viewer()
SYSTEM = Viewer(role="operator", name="deflect")
COMMAND_LINE = Viewer(role="operator", name="command line")
"""Whoever may run commands on the machine."""


def require_coach(viewer: Viewer) -> None:
    """Raise unless the viewer decides about other people's texts."""
    if not viewer.leads and not (viewer.staff and viewer.licence == "coach"):
        raise NotAllowedError("Only a coach or a lead may do that.")


def require(viewer: Viewer, role: str) -> None:
    """Raise unless the viewer has at least that role."""
    if RANKS[viewer.role] < RANKS[role]:
        raise NotAllowedError(f"Only a {role} may do that." if role != "agent" else "Only an agent may do that.")


def may_read(viewer: Viewer, audience: str, team_id: int | None) -> bool:
    """Whether an article of that audience may be shown: leads see every team's, agents their own."""
    if audience == "public":
        return True
    if not viewer.staff:
        return False
    return audience == "internal" or viewer.leads or (team_id is not None and team_id == viewer.team_id)


def may_see_ticket(viewer: Viewer, requester_id: int | None, team_id: int | None, *, private: bool) -> bool:
    """Whether a ticket may be shown: to who asked, to staff, and that of a private team to its members and leads."""
    if viewer.account_id is not None and viewer.account_id == requester_id:
        return True
    return viewer.staff and (not private or viewer.leads or viewer.team_id == team_id)


def audiences(viewer: Viewer, team_ids: tuple[int, ...]) -> frozenset[str]:
    """Audience labels the search engine may look under; a first filter only."""
    labels = {"public"}
    if viewer.staff:
        labels.add("internal")
        labels |= {label("team", team_id) for team_id in team_ids if may_read(viewer, "team", team_id)}
    return frozenset(labels)


def label(audience: str, team_id: int | None) -> str:
    """``public``, ``internal`` or ``team:ID``."""
    return f"team:{team_id}" if audience == "team" else audience
