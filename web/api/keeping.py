"""How the shelf is kept, over the API. Invariant: what is read here the desk's own pages show to the same people."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from kb.errors import NotFoundError
from kb.services import gaps, health, histories, ledger, recurring, submissions
from kb.services.health import Health
from web.api.shapes import RecordId, Shape, Taken
from web.dependencies import Lead, Now, Records, Staff, TheDesk
from web.questions import CleanText

router = APIRouter(tags=["keeping"])
Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]


class WaitingShape(Shape):
    """A text that waits to be let out."""

    id: int
    slug: str
    title: str
    body: str
    published_title: str | None = Field(description="As readers see it now; null before it is published.")
    published_body: str | None
    audience: str = Field(description="Whom it is meant for.", examples=["public"])
    team: str | None
    by: str | None
    at: datetime
    mine: bool
    flagged: int = Field(description="Pieces that look like personal data.")


class DecidedShape(Shape):
    """What became of a text of one's own."""

    slug: str
    title: str
    state: str = Field(examples=["returned"])
    note: str
    reviewer: str | None
    decided_at: datetime | None


class Decision(Taken):
    """What is to become of a submitted text."""

    answer: Literal["approve", "return", "withdraw"] = Field(description="Let it out, give it back, or take one's own back.")  # fmt: skip
    note: CleanText = Field("", max_length=5000, description="What should change; needed to give it back.")


class PartShape(Shape):
    """One thing that was looked at."""

    name: str = Field(examples=["links"])
    lost: int = Field(description="Points it takes from 100.")
    said: str = Field(examples=["All its links lead somewhere."])
    act: str = Field(description="What would help, or empty.", examples=["mend links"])


class HealthShape(Shape):
    """How well an article does."""

    slug: str
    title: str
    score: int = Field(description="0 is worst, 100 best.")
    parts: list[PartShape]

    @classmethod
    def of(cls, found: Health) -> HealthShape:
        """From the flow's view."""
        parts = [PartShape.model_validate(part) for part in found.parts]
        return cls(slug=found.slug, title=found.title, score=found.score, parts=parts)


class DueShape(Shape):
    """An article that should be read again."""

    slug: str
    title: str
    owner: str | None
    review_by: datetime


class IssueShape(Shape):
    """Something that keeps coming back."""

    id: int
    kind: str = Field(examples=["tickets"])
    name: str = Field(description="In the redacted words of one who asked.")
    terms: list[str]
    size: int
    hours: float = Field(description="From asking to solving, over all its tickets.")
    first_at: datetime
    last_at: datetime
    article: str | None = Field(description="Slug of what somebody began to write.")
    references: list[str] = Field(description="The most typical tickets.")


class EffectShape(Shape):
    """Tickets a week after, as a multiple of what they would have been, with 95 % bounds."""

    ratio: float
    low: float
    high: float
    spared: float
    spared_low: float
    spared_high: float


class EntryShape(Shape):
    """What an article gave back."""

    slug: str
    title: str
    published_at: datetime
    contributors: list[tuple[str, int]] = Field(description="Name and number of texts.")
    linked: int
    confirmed: int
    solved_before_a_ticket: int
    before: list[int] = Field(description="Tickets like it, a week, oldest first.")
    after: list[int]
    change: EffectShape | None = Field(description="Null where there is too little to tell.")
    said: str


class BecameShape(Shape):
    """An escalation and the article it became."""

    reference: str
    subject: str
    slug: str
    title: str
    closed_at: datetime | None
    linked: int
    solved_before_a_ticket: int
    change: EffectShape | None = Field(description="Null where there is too little to tell.")
    said: str


class GapShape(Shape):
    """Something that people ask and nothing answers."""

    words: str
    product: str
    asked: int
    tickets: int
    hours: float = Field(description="From asking to solving, over those of its tickets that are solved.")
    last_at: datetime


@router.get("/submissions", summary="List texts that wait to be let out")
def waiting(session: Records, viewer: Staff) -> list[WaitingShape]:
    """Oldest first."""
    return [WaitingShape.model_validate(row) for row in submissions.waiting(session, viewer)]


@router.get("/submissions/mine", summary="List what became of one's own texts")
def mine(session: Records, viewer: Staff) -> list[DecidedShape]:
    """Newest first."""
    return [DecidedShape.model_validate(row) for row in submissions.mine(session, viewer)]


@router.post("/submissions/{submission_id}", status_code=204, summary="Decide on a submitted text")
def decide(session: Records, viewer: Staff, now: Now, submission_id: RecordId, decision: Decision) -> None:
    """Nobody lets their own out; whoever is second gets 409."""
    if decision.answer == "approve":
        submissions.approve(session, viewer, submission_id, now)
    elif decision.answer == "return":
        submissions.give_back(session, viewer, submission_id, decision.note, now)
    else:
        submissions.withdraw(session, viewer, submission_id, now)


@router.get("/health", summary="List articles by health")
def worst(session: Records, viewer: Staff, now: Now, limit: Limit = 50) -> list[HealthShape]:
    """The poorest first, each with what was looked at."""
    return [HealthShape.of(one) for one in health.worst(session, viewer, now, limit=limit)]


@router.get("/reviews-due", summary="List articles to be read again")
def due(session: Records, viewer: Staff, now: Now) -> list[DueShape]:
    """The longest overdue first."""
    return [DueShape.model_validate(one) for one in histories.reviews_due(session, viewer, now)]


@router.get("/articles/{slug:path}/health", summary="Read an article's health")
def one_health(session: Records, viewer: Staff, now: Now, slug: str) -> HealthShape:
    """A text that is not published has no parts yet."""
    return HealthShape.of(health.health(session, viewer, slug, now))


@router.get("/articles/{slug:path}/ledger", summary="Read what an article gave back")
def entry(desk: TheDesk, session: Records, viewer: Staff, now: Now, slug: str) -> EntryShape:
    """What people said is counted; what is estimated comes with its bounds."""
    found = ledger.entry(session, desk.search, desk.interrupted, viewer, slug, now)
    if found is None:
        raise NotFoundError("This article was never published.")
    return EntryShape.model_validate(found)


@router.get("/became", summary="List escalations and the articles they became")
def became(
    desk: TheDesk,
    session: Records,
    viewer: Staff,
    now: Now,
    page: Annotated[int, Query(ge=1, le=99, description="Twenty a page.")] = 1,
) -> list[BecameShape]:
    """Newest first, twenty a page. What people said is counted; what is estimated comes with its bounds."""
    rows, _ = ledger.became(session, desk.search, desk.interrupted, viewer, now, page)
    return [BecameShape.model_validate(row) for row in rows]


@router.get("/recurring", summary="List what keeps coming back")
def coming_back(
    session: Records,
    viewer: Staff,
    kind: Annotated[Literal["", "tickets", "questions"], Query(description="Empty: both.")] = "",
    limit: Limit = 50,
) -> list[IssueShape]:
    """What cost most hours first."""
    return [IssueShape.model_validate(one) for one in recurring.issues(session, viewer, kind, limit=limit)]


@router.get("/gaps", summary="List questions without an answer")
def unanswered(
    session: Records,
    viewer: Lead,
    now: Now,
    days: Annotated[int, Query(ge=1, le=365, description="How far back.")] = 90,
) -> list[GapShape]:
    """What cost most tickets first. For leads."""
    return [GapShape.model_validate(one) for one in gaps.unanswered(session, viewer, now, days=days)]
