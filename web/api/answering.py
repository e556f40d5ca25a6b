"""When something is called an answer, over the API. Invariant: as on the lead's page, with the same rules."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import Field

from kb.services import answers
from kb.services.answers import ChosenRisk, Meaning
from web.api.shapes import Shape, Taken
from web.dependencies import Lead, Now, Records, TheDesk

router = APIRouter(tags=["search"])


class MeaningShape(Shape):
    """What that meant for the latest whole tickets: the order was learned without them, the probabilities with them."""

    bar: float = Field(description="Probability from which on a first suggestion counts as an answer.")
    answered: float = Field(description="Share of questions whose article is here that get an answer.")
    right: float = Field(description="Share of those answers that are the right article.")
    refused: float = Field(description="Share of questions whose article is missing that are told so.")


class RiskShape(Shape):
    """The choice that counts now."""

    number: int = Field(description="Goes back with the next choice; 0 where nobody ever chose.")
    share: float | None = Field(description="Of the questions without an article, how many may be answered all the same; null: balanced.", examples=[0.1])  # fmt: skip
    words: str
    by: str | None = Field(description="Who chose.")
    at: datetime | None
    meaning: MeaningShape | None = Field(description="null until a ranker was learned that can tell.")

    @classmethod
    def of(cls, chosen: ChosenRisk, meaning: Meaning | None) -> RiskShape:
        """From the flow's views."""
        return cls(
            number=chosen.number, share=chosen.share, words=chosen.words, by=chosen.by, at=chosen.at,
            meaning=MeaningShape.model_validate(meaning) if meaning else None,
        )  # fmt: skip


class ChoosingRisk(Taken):
    """A choice to be kept."""

    share: float | None = Field(ge=0, le=1, description="null balances both errors.")
    number: int = Field(ge=0, le=2**53, description="Of the choice you saw; 0 for none. Another one gives 409.")


@router.get("/answers", summary="Read when something is called an answer")
def standing(desk: TheDesk, session: Records, viewer: Lead) -> RiskShape:
    """The risk that counts, and what it meant on later tickets."""
    chosen = answers.chosen(session, desk.search)
    return RiskShape.of(chosen, answers.meaning(desk.search, viewer, chosen.share))


@router.put("/answers", summary="Choose when something is called an answer")
def choose(desk: TheDesk, session: Records, viewer: Lead, now: Now, choice: ChoosingRisk) -> RiskShape:
    """It counts from the next question on. Of two leads the second gets 409."""
    meaning = answers.choose(session, desk.search, viewer, choice.share, choice.number, now)
    return RiskShape.of(answers.chosen(session, desk.search), meaning)
