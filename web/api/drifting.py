"""Whether predictions still fit, over the API. Invariant: what it says is what the page of models says, to leads alone."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from kb.services import retraining
from web.api.shapes import Shape
from web.dependencies import Lead, Now, Records, TheDesk

router = APIRouter(tags=["escalations"])
START: str = "First day of the week."


class WeekShape(Shape):
    """Predictions of seven days. Null where too little is known."""

    start: str = Field(description=START, examples=["2026-11-23"])
    tickets: int
    probability: float | None = Field(description="Mean of what was foreseen.")
    alarms: float = Field(description="Share of tickets called an escalation.")
    given: float = Field(description="Share of the desk's attributes that tickets held.")
    shift: float | None = Field(description="Population stability index against the weeks before.")
    known: int = Field(description="Tickets whose outcome is known.")
    gap: float | None = Field(description="Share that escalated minus what was foreseen, of those.")
    team_accuracy: float | None = Field(description="Share of the tickets whose right team was named first.")


class TeamWeekShape(Shape):
    """Solved tickets of one team for which a team was named."""

    start: str = Field(description=START, examples=["2026-11-23"])
    tickets: int
    right: int = Field(description="How many of them the team was named first for.")
    share: float | None = Field(description="Null where there was no ticket.")


class TeamWeeksShape(Shape):
    """How often a team's tickets were foreseen to be its own."""

    team: str
    weeks: list[TeamWeekShape] = Field(description="Oldest first.")
    before: TeamWeekShape = Field(description="All but the last two weeks together.")
    last: TeamWeekShape = Field(description="The last two weeks together.")


class DriftShape(Shape):
    """The last twelve weeks of predictions."""

    weeks: list[WeekShape] = Field(description="Oldest first.")
    warnings: list[str] = Field(description="What differs in the last two weeks, in words.")
    teams: list[TeamWeeksShape] = Field(description="Those with most solved tickets first.")


@router.get("/drift", summary="Read whether predictions still fit")
def read(desk: TheDesk, session: Records, _viewer: Lead, now: Now) -> DriftShape:
    """Week by week, for all tickets and for each team's, with how many tickets each figure is of."""
    return DriftShape.model_validate(retraining.drift(session, desk.escalation, now))
