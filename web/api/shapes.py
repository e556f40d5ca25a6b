"""What goes over the wire. Invariant: every field is documented, and nothing reaches a reply that is not a field here."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from kb.services.asking import Hit
from web.addresses import article_address
from web.locales import gettext as _


class Shape(BaseModel):
    """Base of what we send; made from the views of the flows, field by field of the same name."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class Taken(BaseModel):
    """Base of what we take: an unknown field is a typing error, not something to pass over."""

    model_config = ConfigDict(extra="forbid", frozen=True)


RecordId = Annotated[int, Path(ge=1, le=2**53, description="Number of a record.")]
"""Up to what JSON and every database hold exactly."""


PageLimit = Annotated[int, Query(ge=1, le=200, description="How many at most on this page.")]
PageOffset = Annotated[int, Query(ge=0, le=1_000_000, description="How many to pass over.")]


class Failure(Shape):
    """What went wrong."""

    code: str = Field(description="A word for programs.", examples=["not_found"])
    message: str = Field(description="A sentence for people.", examples=["There is no such article."])
    field: str | None = Field(description="What was wrong in the request, if one field was.", examples=[None])
    reference: str = Field(description="Finds this request in the log.", examples=["5f0c1e2ab9d4"])


class ErrorReply(Shape):
    """The one shape of an error."""

    error: Failure


ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    401: {"model": ErrorReply, "description": "The key is not valid, or one is needed."},
    403: {"model": ErrorReply, "description": "This role may not do that."},
    404: {"model": ErrorReply, "description": "There is none, or none for you."},
    409: {"model": ErrorReply, "description": "Somebody else was first; nothing was overwritten."},
    422: {"model": ErrorReply, "description": "A field does not hold what it should."},
    429: {"model": ErrorReply, "description": "Too often; wait as `Retry-After` says."},
    503: {"model": ErrorReply, "description": "Not available at the moment; `Retry-After` says when to try again."},
}


class HitShape(Shape):
    """One suggested article."""

    rank: int = Field(description="1 is best.", examples=[1])
    slug: str = Field(examples=["pair-tap-reader"])
    title: str = Field(examples=["Pair a card reader"])
    address: str = Field(
        description="Path of the section that matched.", examples=["/articles/pair-tap-reader#hold-the-button"]
    )
    summary: str = Field(examples=["Connect a reader to a till, once."])
    heading: str = Field(description="Section that matched.", examples=["Hold the button"])
    anchor: str = Field(examples=["hold-the-button"])
    passage: str = Field(
        description="The passage that matched, as plain text.", examples=["Hold the button for five seconds."]
    )
    audience: str = Field(description="`public`, `internal` or `team`.", examples=["public"])
    products: list[str] = Field(examples=[["Tap reader"]])
    updated_at: datetime
    score: float = Field(description="Probability that this article resolves the question, 0 to 1.", examples=[0.71])
    solved_similar: int = Field(description="How many similar tickets this article solved.", examples=[14])
    answers: bool = Field(description="Whether this is good enough to be called an answer.", examples=[True])
    why: str = Field(description="Why it is suggested, in words.", examples=["solved 14 similar tickets"])
    parts: dict[str, float] = Field(
        description="Signed share of each source in what the order went by, beside the average candidate.",
        examples=[{"semantic": 0.31, "memory": 0.4}],
    )

    @classmethod
    def of(cls, hit: Hit, question_key: str = "") -> HitShape:
        """From the flow's hit."""
        return cls(
            rank=hit.rank, slug=hit.slug, title=hit.title, address=article_address(hit.slug, hit.anchor, question_key),
            summary=hit.summary, heading=hit.heading, anchor=hit.anchor, passage=hit.passage, audience=hit.audience,
            products=list(hit.products), updated_at=hit.updated_at, score=hit.score,
            solved_similar=hit.solved_similar, answers=hit.answers, why=_(hit.why), parts=dict(hit.parts),
        )  # fmt: skip
