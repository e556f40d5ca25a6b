"""A lead's verdict on one prediction. Invariant: whoever comes second is told so, and decides again with open eyes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Path, Request
from starlette.responses import RedirectResponse, Response

from kb.errors import ConflictError, InvalidError
from kb.services import reviewing, verdicts
from kb.services.reviewing import Verdict
from kb.services.verdicts import Choice
from kb.viewers import Viewer
from web.dependencies import Lead, Now, Records, TheDesk
from web.desk import Desk
from web.pages.desk.review import following, show
from web.pages.desk.trouble import status_of, trouble_of
from web.questions import CleanText

router = APIRouter()
State = Annotated[str, Form(pattern="^(open|acknowledged|snoozed|disagreed|all)$")]
Number = Annotated[int, Form(ge=0, lt=2**63)]
SNOOZES: Final = {"4": timedelta(hours=4), "24": timedelta(days=1), "72": timedelta(days=3), "168": timedelta(days=7)}
MOST: Final = 500


@router.post("/review/{prediction_id}/decide")
def decide(
    request: Request,
    desk: TheDesk,
    session: Records,
    viewer: Lead,
    now: Now,
    prediction_id: Annotated[int, Path(ge=1, lt=2**63)],
    number: Number,
    said: Annotated[str, Form(max_length=20)],
    team: Annotated[str, Form(max_length=200)] = "",
    hours: Annotated[str, Form(pattern="^(4|24|72|168)$")] = "24",
    note: Annotated[CleanText, Form(max_length=2000)] = "",
    state: State = "open",
) -> Response:
    """Keep it and go on to the next."""
    onward = following(session, viewer, now, state, prediction_id)
    until = now + SNOOZES[hours] if said == "snoozed" else None
    try:
        reviewing.decide(session, viewer, prediction_id, Verdict(said, team, until, note), number, now)
    except (ConflictError, InvalidError) as error:
        return _refused(request, desk, session, viewer, now, error, state, prediction_id)
    return back(state, onward, done="decided")


@router.post("/review/undo")
def undo(
    request: Request,
    desk: TheDesk,
    session: Records,
    viewer: Lead,
    now: Now,
    choice: Annotated[list[str], Form(max_length=MOST)],
    state: State = "open",
) -> Response:
    """Take back one verdict, or all that were given with it."""
    choices = chosen(choice)
    if len(choices) > 1:
        outcome = verdicts.undo_many(session, viewer, choices, now)
        return back(state, choices[0].prediction_id, done="undone", kept=outcome.kept, late=outcome.late)
    try:
        for one in choices:
            reviewing.undo(session, viewer, one.prediction_id, one.number, now)
    except ConflictError as error:
        return _refused(request, desk, session, viewer, now, error, state, choices[0].prediction_id)
    return back(state, choices[0].prediction_id if choices else None, done="undone")


def chosen(choices: list[str]) -> list[Choice]:
    """What boxes say: prediction and number, with a colon between.

    Raises:
        InvalidError: one says something else.
    """
    found: list[Choice] = []
    for text in choices:
        prediction, _, number = text.partition(":")
        if not (prediction.isascii() and prediction.isdecimal() and number.isascii() and number.isdecimal()):
            raise InvalidError("Choose from the list.", field="choice")
        if max(len(prediction), len(number)) > 18:
            raise InvalidError("Choose from the list.", field="choice")
        found.append(Choice(int(prediction), int(number)))
    return found


def back(state: str, at: int | None, *, done: str, kept: int | None = None, late: int = 0) -> Response:
    """To the list in that state, at that prediction."""
    query: dict[str, str | int] = {"state": state, "done": done}
    query |= {"at": at} if at else {}
    query |= {"kept": kept, "late": late} if kept is not None else {}
    return RedirectResponse(f"/desk/review?{urlencode(query)}", 303)


def _refused(
    request: Request, desk: Desk, session: Records, viewer: Viewer, now: datetime,
    error: ConflictError | InvalidError, state: str, at: int,
) -> Response:  # fmt: skip
    session.rollback()
    trouble = trouble_of(error, "verdict")
    return show(
        request, desk, session, viewer, now, state=state, at=at, trouble=trouble, status=status_of(error)
    )  # fmt: skip
