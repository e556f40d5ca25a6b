"""A desk's first days over the API. Invariant: what it says is what the page of models says, to leads alone."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import Field

from kb.services.firstdays import first_days
from web.api.shapes import Shape
from web.dependencies import Lead, Records, TheDesk

router = APIRouter(tags=["escalations"])


class PointShape(Shape):
    """How often the right team was named first with so many labels."""

    labels: int = Field(examples=[50])
    right: float = Field(examples=[0.61])
    between: tuple[float, float] = Field(description="95 % interval.", examples=[[0.47, 0.74]])
    tickets: int = Field(description="It was judged on; none of them among the labels.", examples=[48])


class UnlabelledShape(Shape):
    """An unsolved ticket without a team."""

    reference: str
    subject: str
    created_at: datetime
    between: list[str] = Field(
        description="The two likeliest teams, likeliest first.", examples=[["Network", "Billing"]]
    )


class FirstDaysShape(Shape):
    """What further labels did, and which to give next."""

    labelled: int = Field(description="Tickets with a team that were learned from.")
    curve: list[PointShape] = Field(description="Fewest labels first; empty while they are too few to judge by.")
    asked: list[UnlabelledShape] = Field(description="Whose team would teach most, most first; five at most.")


@router.get("/first-days", summary="Read which labels would help most while they are few")
def read(desk: TheDesk, session: Records, viewer: Lead) -> FirstDaysShape | None:
    """Null where what serves learned from enough labels, cannot be read, or is not there."""
    found = first_days(session, desk.escalation, viewer)
    return FirstDaysShape.model_validate(found) if found else None
