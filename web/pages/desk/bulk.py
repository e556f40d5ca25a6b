"""The same verdict on many. Invariant: nothing is decided before its preview was seen, with the count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from kb.errors import InvalidError
from kb.services import reviewing, verdicts
from kb.services.reviewing import ReviewItem, Verdict
from web.dependencies import Lead, Now, Records
from web.locales import ngettext
from web.pages.desk.deciding import MOST, SNOOZES, State, back, chosen
from web.rendering import Page, render

router = APIRouter()
Chosen = Annotated[list[str], Form(max_length=MOST)]
Said = Annotated[str, Form(pattern="^(acknowledged|disagreed|snoozed)$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkPage(Page):
    """What would be decided."""

    template: ClassVar[str] = "desk/bulk.html"
    said: str
    state: str
    items: tuple[ReviewItem, ...]
    late: int
    """How many of those chosen somebody decided meanwhile."""


@router.post("/review/bulk")
def preview(
    request: Request,
    session: Records,
    viewer: Lead,
    now: Now,
    said: Said,
    choice: Annotated[list[str] | None, Form(max_length=MOST)] = None,
    state: State = "open",
) -> Response:
    if not choice:
        raise InvalidError("Choose at least one prediction from the list.", field="choice")
    choices = {one.prediction_id: one.number for one in chosen(choice)}
    every = reviewing.predicted(session, viewer, now, show="")
    items = tuple(item for item in every if choices.get(item.prediction.id) == item.number)
    count = len(items)
    title = {
        "acknowledged": ngettext("Acknowledge %(num)d prediction", "Acknowledge %(num)d predictions", count),
        "disagreed": ngettext("Disagree with %(num)d prediction", "Disagree with %(num)d predictions", count),
        "snoozed": ngettext("Snooze %(num)d prediction for a day", "Snooze %(num)d predictions for a day", count),
    }[said] % {"num": count}
    page = BulkPage(title=title, said=said, state=state, items=items, late=len(choices) - count)
    return render(request, page)


@router.post("/review/bulk/apply")
def apply(session: Records, viewer: Lead, now: Now, said: Said, choice: Chosen, state: State = "open") -> Response:
    verdict = Verdict(said, until=now + SNOOZES["24"] if said == "snoozed" else None)
    outcome = verdicts.decide_many(session, viewer, chosen(choice), verdict, now)
    return back(state, None, done="", kept=outcome.kept, late=outcome.late)
