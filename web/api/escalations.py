"""Predictions over the API. Invariant: no model means no prediction, never a default "no"; a verdict is added, never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field

from kb.records import TicketRecord
from kb.services import choosing, reviewing
from kb.services.choosing import Chosen, Wanted
from kb.services.foreseeing import foresee
from kb.services.reviewing import ReviewItem, Verdict
from kb.services.weighing import Consequence
from web.api.searching import Ticketlike
from web.api.shapes import PageLimit, PageOffset, RecordId, Shape, Taken
from web.dependencies import Lead, Now, Reading, Records, Staff, TheDesk
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


class ChangeShape(Shape):
    """What the model would say if one attribute were another; not what would happen."""

    attribute: str = Field(examples=["priority"])
    now: str = Field(description="What it is; empty where it is not given.", examples=["high"])
    instead: str = Field(examples=["low"])
    probability: float = Field(examples=[0.31])


class ForesightShape(Shape):
    """What a model says of one ticket."""

    decision: str | None = Field(description="`escalate`, `keep`, `unsure`; null where only teams could be predicted.")
    probability: float | None = Field(examples=[0.83])
    threshold: float | None = Field(examples=[0.5])
    reasons: list[ReasonShape]
    teams: list[ShareShape] = Field(description="Best first.")
    team_set: list[str] = Field(description="Teams that hold the truth with the configured coverage.")
    model: str = Field(description="Version of the model.")
    level: str = Field(description="Empty where no level was predicted.", examples=["L2"])
    notes: list[str] = Field(
        description="What makes it weaker than usual.", examples=[["The ticket has no text to go by."]]
    )
    changes: list[ChangeShape] = Field(description="Strongest first; only where it is `escalate` or `unsure`.")


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


class WantedShape(Shape):
    """How alarms are decided; the threshold follows."""

    kind: Literal["balance", "cost", "capacity"] = Field(
        description="`balance`: misses and false alarms weigh alike; `cost`: a miss weighs as much as `miss` false "
        "alarms; `capacity`: `per_day` alarms a day.",
        examples=["capacity"],
    )
    miss: float = Field(1.0, ge=0, le=1_000_000, description="False alarms that a miss is worth; for `cost`.")
    per_day: float = Field(
        0.0, ge=0, le=1_000_000, description="Alarms that people can look at; for `capacity`.", examples=[20.0]
    )
    each_team: bool = Field(False, description="Whether sets of teams hold each team, also a rare one, as often as stated.")  # fmt: skip


class ConsequenceShape(Shape):
    """What that meant for tickets that the model had not seen. Intervals are 95 %."""

    threshold: float
    precision: float = Field(description="Share of alarms that were right.")
    precision_between: tuple[float, float]
    recall: float = Field(description="Share of escalations that were found.")
    recall_between: tuple[float, float]
    tickets: int
    first: str = Field(description="Day of the earliest of them; empty where they are not dated.")
    last: str
    text: str = Field(description="The same in words.")


class ChoiceShape(Shape):
    """The choice that counts now."""

    number: int = Field(description="Goes back with the next choice; 0 where nobody ever chose.")
    wanted: WantedShape
    words: str = Field(examples=["As many alarms as 20 a day"])
    by: str | None = Field(description="Who chose.")
    at: datetime | None
    problem: str = Field(description="Why what serves cannot follow it; it then decides as it was trained.")
    meaning: ConsequenceShape | None = Field(description="null without a model that says whether a ticket escalates.")

    @classmethod
    def of(cls, chosen: Chosen, meaning: Consequence | None) -> ChoiceShape:
        """From the flow's views."""
        return cls(
            number=chosen.number, wanted=WantedShape.model_validate(chosen.wanted), words=chosen.words, by=chosen.by,
            at=chosen.at, problem=chosen.problem,
            meaning=ConsequenceShape.model_validate(meaning) if meaning else None,
        )  # fmt: skip


class Choosing(WantedShape, Taken):
    """A choice to be kept."""

    number: int = Field(ge=0, le=2**53, description="Of the choice you saw; 0 for none. Another one gives 409.")


class Number(Shape):
    """Of the verdict that counts now."""

    number: int


@router.post("/predict", summary="Predict a ticket without keeping it")
def predict(desk: TheDesk, session: Reading, viewer: Staff, foreseen: Foreseen) -> ForesightShape:
    """Whether it escalates, where to, how sure that is and why."""
    del viewer
    record = TicketRecord(
        id="-", subject=foreseen.subject, body=foreseen.body, created_at=foreseen.created_at, product=foreseen.product,
        topic=foreseen.topic, channel=foreseen.channel, requester=foreseen.requester, priority=foreseen.priority,
        impact=foreseen.impact, urgency=foreseen.urgency, locale=foreseen.locale, attributes=foreseen.attributes,
    )  # fmt: skip
    return ForesightShape.model_validate(foresee(session, desk.search, desk.escalation, record))


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


@router.get("/alarms", summary="Read how alarms are decided")
def alarms(desk: TheDesk, session: Records, viewer: Lead) -> ChoiceShape:
    """The choice that counts, and what it meant for tickets that the model had not seen."""
    return ChoiceShape.of(choosing.chosen(session, desk.escalation), choosing.meaning(session, desk.escalation, viewer))


@router.put("/alarms", summary="Choose how alarms are decided")
def choose(desk: TheDesk, session: Records, viewer: Lead, now: Now, choice: Choosing) -> ChoiceShape:
    """The threshold follows, and tickets that are not solved are decided again. Of two leads the second gets 409."""
    wanted = Wanted(choice.kind, choice.miss, choice.per_day, choice.each_team)
    meaning = choosing.choose(session, desk.escalation, viewer, wanted, choice.number, now)
    return ChoiceShape.of(choosing.chosen(session, desk.escalation), meaning)


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
