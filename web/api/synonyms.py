"""Words that mean the same, over the API. Invariant: as on the lead's page; what is proposed serves once it was accepted."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, Field

from kb.services import synonyms
from kb.services.synonyms import LONGEST, MOST_WORDS
from web.api.shapes import RecordId, Shape, Taken
from web.dependencies import Lead, Now, Records
from web.questions import CleanLine

router = APIRouter(prefix="/synonyms", tags=["search"])
Word = Annotated[CleanLine, Field(max_length=LONGEST)]
WORDS = Field(
    min_length=2, max_length=MOST_WORDS, description="Words and phrases of which any finds what the others say.",
    examples=[["wi-fi", "wireless network"]],
)  # fmt: skip


class SynonymsShape(Shape):
    """Words that stand for each other, or that are not to be proposed again."""

    id: int
    words: list[str] = Field(examples=[["wi-fi", "wireless network"]])
    updated_at: datetime = Field(description="Goes back with a change.")


class ProposalShape(Shape):
    """Words that people put in each other's place until they found something."""

    words: list[str] = Field(examples=[["card reader", "zapper"]])
    people: int = Field(description="How many did; searches without signing in count one by one.", examples=[2])
    times: int = Field(description="How often, all together.", examples=[3])


class Group(Taken):
    """Words to stand for each other."""

    words: list[Word] = WORDS


class ChangedGroup(Group):
    """The words of a group, changed."""

    updated_at: AwareDatetime = Field(description="Of the group as it was read; another one gives 409.")


class ProposalDecision(Taken):
    """What is to become of a proposal."""

    words: list[Word] = WORDS
    answer: Literal["accept", "dismiss"] = Field(description="Let them serve, or do not propose them again.")


@router.get("", summary="List words that mean the same")
def every_group(session: Records, viewer: Lead) -> list[SynonymsShape]:
    """What serves now. For leads, as everything about synonyms."""
    return [SynonymsShape.model_validate(group) for group in synonyms.listed(session, viewer)]


@router.post("", status_code=201, summary="Let words stand for each other")
def add(session: Records, viewer: Lead, now: Now, group: Group) -> SynonymsShape:
    """From the next search on. Groups that share a word become one."""
    return SynonymsShape.model_validate(synonyms.save(session, viewer, group.words, now))


@router.get("/proposals", summary="List synonyms that rephrased searches propose")
def proposals(session: Records, viewer: Lead, now: Now) -> list[ProposalShape]:
    """What most people did first, in redacted words; nobody has decided on these."""
    return [ProposalShape.model_validate(one) for one in synonyms.proposals(session, viewer, now)]


@router.post("/proposals", status_code=204, summary="Decide on proposed synonyms")
def decide(session: Records, viewer: Lead, now: Now, decision: ProposalDecision) -> None:
    """Whoever is second, or names what nobody proposed, gets 409."""
    synonyms.decide(session, viewer, decision.words, now, accept=decision.answer == "accept")


@router.get("/dismissed", summary="List synonyms that are not proposed again")
def dismissed(session: Records, viewer: Lead) -> list[SynonymsShape]:
    """The latest decision first."""
    return [SynonymsShape.model_validate(group) for group in synonyms.declined(session, viewer)]


@router.delete("/dismissed/{group_id}", status_code=204, summary="Let dismissed synonyms be proposed again")
def reconsider(session: Records, viewer: Lead, now: Now, group_id: RecordId) -> None:
    """They are if people go on rephrasing so."""
    synonyms.reconsider(session, viewer, group_id, now)


@router.put("/{group_id}", summary="Change words that mean the same")
def change(session: Records, viewer: Lead, now: Now, group_id: RecordId, group: ChangedGroup) -> SynonymsShape:
    """Of two who change a group the second gets 409."""
    saved = synonyms.save(session, viewer, group.words, now, group_id, seen=group.updated_at)
    return SynonymsShape.model_validate(saved)


@router.delete("/{group_id}", status_code=204, summary="Let words stand for each other no longer")
def remove(session: Records, viewer: Lead, now: Now, group_id: RecordId) -> None:
    """From the next search on."""
    synonyms.remove(session, viewer, group_id, now)
