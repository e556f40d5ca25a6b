"""Predictions over the API. Invariant: no model means no prediction, never a default "no"; a verdict is added, never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field

from kb.records import TicketRecord
from kb.services import reviewing
from kb.services.foreseeing import foresee
from kb.services.reviewing import ReviewItem, Verdict
from web.api.searching import Ticketlike
from web.api.shapes import PageLimit, PageOffset, RecordId, Shape, Taken
from web.dependencies import Now, Records, Staff, TheDesk
from web.questions import CleanLine, CleanText

router = APIRouter(tags=["escalations"])


class ReasonShape(Shape):
    """One reason in plain words."""

    text: str = Field(examples=["mentions “chargeback”"])
    weight: float = Field(description="Positive pushes towards escalation.", examples=[0.42])


class ShareShape(Shape):
    """A team and how probably it is the one."""

    name: str = Field(examples=["Payments"])
    probability: float = Field(examples=[0.81])


class ForesightShape(Shape):
    """What a model says of one ticket."""

    decision: str | None = Field(description="`escalate`, `keep`, `unsure`; null where only teams could be predicted.")
    probability: float | None = Field(examples=[0.83])
    threshold: float | None = Field(examples=[0.5])
    reasons: list[ReasonShape]
    teams: list[ShareShape] = Field(description="Best first.")
    team_set: list[str] = Field(description="Teams that hold the truth with the configured coverage.")
    model: str = Field(description="Version of the model.")


class PredictionShape(ForesightShape):
    """What a model said of one ticket, as it was kept."""

    id: int
    words: str = Field(description="The decision as one would say it.", examples=["Likely to escalate: Payments"])
    at: datetime


class Foreseen(Ticketlike):
    """A ticket as it was written; what only history would know is not among the fields."""

    channel: CleanLine = Field("", max_length=50, description="How it came in.")
    requester: CleanLine = Field("", max_length=320, description="Who asks.")
    priority: CleanLine = Field("", max_length=50, description="As the desk names it.")
    impact: CleanLine = Field("", max_length=50, description="As the desk names it.")
    urgency: CleanLine = Field("", max_length=50, description="As the desk names it.")
    locale: CleanLine = Field("", max_length=35, description="Such as `en-GB`.")
    created_at: AwareDatetime | None = Field(None, description="With its zone.")
    attributes: dict[str, CleanLine] = Field(
        default_factory=dict, max_length=200, description="Further columns that the model was trained with."
    )


class VerdictShape(Shape):
    """What somebody said to a prediction."""

    number: int
    said: str
    by: str | None
    team: str | None
    until: datetime | None
    note: str
    at: datetime


class ReviewShape(Shape):
    """One predicted escalation and what was said to it."""

    prediction: PredictionShape
    reference: str
    subject: str
    product: str
    team: str | None
    created_at: datetime
    waiting_seconds: float
    state: str
    verdicts: list[VerdictShape]
    number: int = Field(description="Goes back with the next verdict.")

    @classmethod
    def of(cls, item: ReviewItem) -> ReviewShape:
        """From the flow's view."""
        return cls(
            prediction=PredictionShape.model_validate(item.prediction), reference=item.reference,
            subject=item.subject, product=item.product, team=item.team, created_at=item.created_at,
            waiting_seconds=item.waiting.total_seconds(), state=item.state, number=item.number,
            verdicts=[VerdictShape.model_validate(verdict) for verdict in item.verdicts],
        )  # fmt: skip


class Reviews(Shape):
    """One page of a list."""

    predictions: list[ReviewShape]
    total: int


class Decided(Taken):
    """A verdict."""

    verdict: Literal["acknowledged", "disagreed", "team changed", "snoozed"] = Field(description="What you say.")
    team: CleanLine = Field("", max_length=200, description="For `team changed`.")
    until: AwareDatetime | None = Field(None, description="For `snoozed`; with its zone.")
    note: CleanText = Field("", max_length=2000, description="For whoever comes after.")
    number: int = Field(ge=0, le=2**53, description="Of the last verdict you saw; 0 for none. Another one gives 409.")


class Number(Shape):
    """Of the verdict that counts now."""

    number: int


@router.post("/predict", summary="Predict a ticket without keeping it")
def predict(desk: TheDesk, viewer: Staff, foreseen: Foreseen) -> ForesightShape:
    """Whether it escalates, where to, how sure that is and why."""
    del viewer
    record = TicketRecord(
        id="-", subject=foreseen.subject, body=foreseen.body, created_at=foreseen.created_at, product=foreseen.product,
        topic=foreseen.topic, channel=foreseen.channel, requester=foreseen.requester, priority=foreseen.priority,
        impact=foreseen.impact, urgency=foreseen.urgency, locale=foreseen.locale, attributes=foreseen.attributes,
    )  # fmt: skip
    return ForesightShape.model_validate(foresee(desk.search, desk.escalation, record))


@router.get("/predictions", summary="List predicted escalations")
def predicted(
    session: Records,
    viewer: Staff,
    now: Now,
    state: Annotated[
        Literal["open", "acknowledged", "snoozed", "disagreed", "expired", ""], Query(description="Empty: any.")
    ] = "open",
    limit: PageLimit = 50,
    offset: PageOffset = 0,
) -> Reviews:
    """Of unsolved tickets, most probable first."""
    found = reviewing.predicted(session, viewer, now, show=state)
    return Reviews(predictions=[ReviewShape.of(item) for item in found[offset : offset + limit]], total=len(found))


@router.get("/predictions/{prediction_id}", summary="Read a predicted escalation")
def prediction(session: Records, viewer: Staff, now: Now, prediction_id: RecordId) -> ReviewShape:
    """With everything that was said to it."""
    return ReviewShape.of(reviewing.item(session, viewer, prediction_id, now))


@router.post("/predictions/{prediction_id}/reviews", status_code=201, summary="Say something to a prediction")
def decide(session: Records, viewer: Staff, now: Now, prediction_id: RecordId, decided: Decided) -> Number:
    """Two people cannot decide the same one: whoever is second gets 409."""
    verdict = Verdict(decided.verdict, decided.team, decided.until, decided.note)
    return Number(number=reviewing.decide(session, viewer, prediction_id, verdict, decided.number, now))


@router.delete("/predictions/{prediction_id}/reviews/{number}", summary="Take the last verdict back")
def undo(session: Records, viewer: Staff, now: Now, prediction_id: RecordId, number: RecordId) -> Number:
    """Undoing is a verdict too, so nothing is lost."""
    return Number(number=reviewing.undo(session, viewer, prediction_id, number, now))
