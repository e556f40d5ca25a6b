"""When a suggestion is called an answer, and which learned ranker orders suggestions.

Invariant: a lead sees what a risk means before choosing it; of two who decide at once the second is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Final

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from kb.errors import ConflictError
from kb.services import answers, rankers
from kb.services.answers import ChosenRisk, Meaning
from kb.services.rankers import RankerVersion
from web.dependencies import Lead, Now, Records, TheDesk
from web.desk import Desk
from web.locales import N_
from web.locales import gettext as _
from web.questions import CleanLine
from web.rendering import Page, render

router = APIRouter(prefix="/answers")
OFFERED: Final = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4)
"""Risks that are shown with what they mean, beside the balance."""
CHOSEN_MEANWHILE: Final = N_("Somebody else chose another risk meanwhile. Look again before you decide.")
SERVED_MEANWHILE: Final = N_("Somebody else changed meanwhile which ranker serves. Look again before you decide.")
Percent = Annotated[float | None, Form(ge=0, le=100)]


@dataclass(frozen=True, slots=True)
class Offer:
    """A risk and what it means; nothing is known of that where no learned ranker serves."""

    share: float | None
    meaning: Meaning | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersPage(Page):
    """The risk that counts, what others would mean, and the versions of the ranker."""

    template: ClassVar[str] = "desk/answers.html"
    chosen: ChosenRisk
    meaning: Meaning | None
    offers: tuple[Offer, ...]
    versions: tuple[RankerVersion, ...]
    serving: str
    """Name of the version that serves; empty for the fixed rule."""
    trouble: str = ""


@router.get("")
def standing(request: Request, desk: TheDesk, session: Records, viewer: Lead) -> Response:
    return _show(request, desk, session, viewer)


@router.post("/risk")
def choose(
    request: Request, desk: TheDesk, session: Records, viewer: Lead, now: Now,
    number: Annotated[int, Form(ge=0, le=2**53)],
    percent: Percent = None,
) -> Response:  # fmt: skip
    """Call something an answer at that risk from now on (empty: balanced); `number` is that of the choice that was seen."""
    try:
        answers.choose(session, desk.search, viewer, None if percent is None else percent / 100, number, now)
    except ConflictError:
        return _show(request, desk, session, viewer, trouble=_(CHOSEN_MEANWHILE), status=409)
    return RedirectResponse("/desk/answers?done=risk-chosen", 303)


@router.post("/ranker")
def serve(
    request: Request, desk: TheDesk, session: Records, viewer: Lead, now: Now,
    name: Annotated[CleanLine, Form(max_length=100)] = "",
    expected: Annotated[CleanLine, Form(max_length=100)] = "",
) -> Response:  # fmt: skip
    """Rank by that version (empty: the fixed rule), if `expected` serves."""
    try:
        rankers.serve(session, desk.search, viewer, name, expected, now)
    except ConflictError:
        # No error leaves this route, so the refusal that was written down is committed.
        return _show(request, desk, session, viewer, trouble=_(SERVED_MEANWHILE), status=409)
    return RedirectResponse("/desk/answers?done=ranker-serves", 303)


def _show(
    request: Request, desk: Desk, session: Records, viewer: Lead, *, trouble: str = "", status: int = 200
) -> Response:
    chosen, versions = answers.chosen(session, desk.search), rankers.listed(desk.search, viewer)
    page = AnswersPage(
        title=_("Answers"), chosen=chosen, meaning=answers.meaning(desk.search, viewer, chosen.share),
        offers=tuple(Offer(share, answers.meaning(desk.search, viewer, share)) for share in (None, *OFFERED)),
        versions=versions, serving=next((one.name for one in versions if one.serves), ""), trouble=trouble,
    )  # fmt: skip
    return render(request, page, status=status)
