"""The shelf as a whole: which articles do poorly, which say the same, what waits for a reader, what came back.

Invariant: nothing is merged or published unseen; what is listed was authorised for whoever looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from kb.errors import ConflictError, InvalidError, NotAllowedError
from kb.services import health, histories, ledger, merging, recurring, submissions
from kb.services.health import Health
from kb.services.histories import Due
from kb.services.ledger import Became, Yours
from kb.services.merging import Pair
from kb.services.submissions import Decided, Waiting
from web.addresses import article_edit_address
from web.comparing import Line, compare
from web.dependencies import Lead, Now, Records, Staff, TheDesk
from web.locales import gettext as _
from web.questions import CleanLine, CleanText, Number
from web.rendering import Page, render

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthPage(Page):
    """Articles by health, and those whose day to be read again has come."""

    template: ClassVar[str] = "desk/health.html"
    worst: tuple[Health, ...]
    due: tuple[Due, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicatesPage(Page):
    """Articles that may say the same."""

    template: ClassVar[str] = "desk/duplicates.html"
    pairs: tuple[Pair, ...]
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """A submitted text and how it differs from the published one."""

    text: Waiting
    changes: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionsPage(Page):
    """What waits to be let out, and what became of one's own."""

    template: ClassVar[str] = "desk/submissions.html"
    waiting: tuple[Read, ...]
    mine: tuple[Decided, ...]
    decides: bool
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BecamePage(Page):
    """Escalations and the articles they became, and what one wrote oneself."""

    template: ClassVar[str] = "desk/became.html"
    became: tuple[Became, ...]
    yours: tuple[Yours, ...]
    page: int
    pages: int


@router.get("/health")
def poor(request: Request, session: Records, viewer: Staff, now: Now) -> Response:
    return render(request, HealthPage(
        title=_("Article health"), worst=health.worst(session, viewer, now), due=histories.reviews_due(session, viewer, now),
    ))  # fmt: skip


@router.get("/duplicates")
def alike(request: Request, desk: TheDesk, session: Records, viewer: Staff) -> Response:
    pairs = merging.duplicates(session, desk.search, viewer)
    return render(request, DuplicatesPage(title=_("Articles that say the same"), pairs=pairs))


@router.post("/duplicates")
def merge(
    request: Request, desk: TheDesk, session: Records, viewer: Lead, now: Now,
    keep: Annotated[CleanLine, Form(max_length=200)], drop: Annotated[CleanLine, Form(max_length=200)],
) -> Response:  # fmt: skip
    """Send the readers of one to the other."""
    try:
        merging.merge(session, viewer, keep, drop, now)
    except (ConflictError, InvalidError) as error:
        session.rollback()
        pairs = merging.duplicates(session, desk.search, viewer)
        page = DuplicatesPage(title=_("Articles that say the same"), pairs=pairs, trouble=_(error.message))
        return render(request, page, status=409 if isinstance(error, ConflictError) else 422)
    return RedirectResponse("/desk/duplicates?done=merged", 303)


@router.get("/submissions")
def waiting(request: Request, session: Records, viewer: Staff) -> Response:
    return _waiting(request, session, viewer)


@router.post("/submissions/{submission_id}")
def decide(
    request: Request, session: Records, viewer: Staff, now: Now, submission_id: Number,
    answer: Annotated[str, Form(pattern="^(approve|return|withdraw)$")],
    note: Annotated[CleanText, Form(max_length=10_000)] = "",
) -> Response:  # fmt: skip
    """Let it out, return it with a reason, or take one's own back."""
    try:
        if answer == "approve":
            submissions.approve(session, viewer, submission_id, now)
        elif answer == "return":
            submissions.give_back(session, viewer, submission_id, note, now)
        else:
            submissions.withdraw(session, viewer, submission_id, now)
    except (ConflictError, InvalidError, NotAllowedError) as error:
        session.rollback()
        status = 409 if isinstance(error, ConflictError) else 403 if isinstance(error, NotAllowedError) else 422
        return _waiting(request, session, viewer, trouble=_(error.message), status=status)
    done = {"approve": "let-out", "return": "returned", "withdraw": "withdrawn"}[answer]
    return RedirectResponse(f"/desk/submissions?done={done}", 303)


@router.get("/became")
def given_back(
    request: Request,
    desk: TheDesk,
    session: Records,
    viewer: Staff,
    now: Now,
    page: Annotated[int, Query(ge=1, le=99)] = 1,
) -> Response:
    became, pages = ledger.became(session, desk.search, desk.interrupted, viewer, now, page)
    return render(request, BecamePage(
        title=_("What escalations became"), became=became, yours=ledger.yours(session, viewer), page=page, pages=pages,
    ))  # fmt: skip


@router.post("/recurring/{issue_id}/draft")
def draft_recurring(session: Records, viewer: Staff, now: Now, issue_id: Number) -> Response:
    """One article for all tickets of an issue."""
    slug = recurring.draft_from(session, viewer, issue_id, now)
    return RedirectResponse(f"{article_edit_address(slug)}?done=drafted", 303)


def _waiting(request: Request, session: Records, viewer: Staff, *, trouble: str = "", status: int = 200) -> Response:
    rows = submissions.waiting(session, viewer)
    page = SubmissionsPage(
        title=_("To be let out"), mine=submissions.mine(session, viewer), trouble=trouble,
        waiting=tuple(Read(row, compare(row.published_body or "", row.body)) for row in rows),
        decides=viewer.leads or viewer.licence == "coach",
    )  # fmt: skip
    return render(request, page, status=status)
