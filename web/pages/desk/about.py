"""All about one article: how it does, what it gave back, who looks after it, its texts and files.

Invariant: each act is a form of its own that says what it changed; nothing here changes the text that readers see.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Annotated, ClassVar, Final

from fastapi import APIRouter, File, Form, Request, UploadFile
from starlette.responses import RedirectResponse, Response

from kb.errors import ConflictError, InvalidError, NotAllowedError
from kb.services import attaching, drifting, editing, health, histories, ledger, submissions, teams
from kb.services.attaching import LARGEST, FileView
from kb.services.drifting import Contradiction, Drift
from kb.services.editing import EditView
from kb.services.health import Health
from kb.services.histories import Care, Version
from kb.services.ledger import Entry
from kb.services.shelving import Shelving
from kb.services.submissions import Remark
from kb.viewers import Viewer
from web.addresses import article_about_address, article_edit_address
from web.comparing import Line, compare
from web.dependencies import Now, Records, Staff, TheDesk
from web.locales import gettext as _
from web.questions import CleanLine, CleanText
from web.rendering import Page, render

router = APIRouter()
SHOWN: Final = 20
Saved = Annotated[int, Form(ge=0, lt=2**63)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutPage(Page):
    """One article as those who keep it see it."""

    template: ClassVar[str] = "desk/about.html"
    article: EditView
    health: Health
    drift: Drift
    contradictions: tuple[Contradiction, ...]
    entry: Entry | None
    care: Care
    versions: tuple[Version, ...]
    remarks: tuple[Remark, ...]
    files: tuple[FileView, ...]
    teams: tuple[str, ...]
    compared: tuple[Line, ...]
    compared_with: int
    trouble: str = ""


@router.get("/articles/{slug:path}/about")
def about(
    request: Request, desk: TheDesk, session: Records, viewer: Staff, now: Now, slug: str, version: int = 0
) -> Response:
    return _show(request, desk, session, viewer, now, slug, version=version)


@router.post("/articles/{slug:path}/restore")
def restore(session: Records, viewer: Staff, now: Now, slug: str, number: Saved, version: Saved) -> Response:
    histories.restore(session, viewer, slug, number, version, now)
    return RedirectResponse(f"{article_edit_address(slug)}?done=restored", 303)


@router.post("/articles/{slug:path}/care")
def look_after(
    request: Request,
    desk: TheDesk,
    session: Records,
    viewer: Staff,
    now: Now,
    slug: str,
    owner: Annotated[CleanLine, Form(max_length=320)] = "",
    review_by: Annotated[str, Form(pattern=r"^(\d{4}-\d\d-\d\d)?$")] = "",
) -> Response:
    try:
        histories.look_after(session, viewer, slug, owner or None, _day(review_by), now)
    except (InvalidError, ValueError) as error:
        return _refused(request, desk, session, viewer, now, slug, error)
    return RedirectResponse(f"{article_about_address(slug)}?done=cared#care", 303)


@router.post("/articles/{slug:path}/submit")
def submit(
    request: Request,
    desk: TheDesk,
    session: Records,
    viewer: Staff,
    now: Now,
    slug: str,
    version: Saved,
    audience: Annotated[str, Form(pattern="^(public|internal|team)$")] = "public",
    team: Annotated[CleanLine, Form(max_length=200)] = "",
    at: Annotated[str, Form(pattern=r"^(\d{4}-\d\d-\d\dT\d\d:\d\d)?$")] = "",
) -> Response:
    """Ask for a review, or, with a moment, let it come out by itself."""
    shelving = Shelving(audience, team or None)
    try:
        if at:
            moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
            histories.schedule(session, viewer, slug, version, shelving, moment, now)
        else:
            submissions.submit(session, viewer, slug, version, shelving, now)
    except (ConflictError, InvalidError, NotAllowedError, ValueError) as error:
        return _refused(request, desk, session, viewer, now, slug, error)
    return RedirectResponse(f"{article_about_address(slug)}?done={'scheduled' if at else 'submitted'}#out", 303)


@router.post("/articles/{slug:path}/unschedule")
def unschedule(session: Records, viewer: Staff, now: Now, slug: str) -> Response:
    histories.unschedule(session, viewer, slug, now)
    return RedirectResponse(f"{article_about_address(slug)}?done=unscheduled#out", 303)


@router.post("/articles/{slug:path}/remark")
def remark(
    request: Request, desk: TheDesk, session: Records, viewer: Staff, now: Now, slug: str,
    body: Annotated[CleanText, Form(max_length=10_000)] = "", settled: Annotated[int, Form(ge=0, lt=2**63)] = 0,
) -> Response:  # fmt: skip
    """Say something, or that something said was dealt with."""
    try:
        if settled:
            submissions.settle(session, viewer, slug, settled, now)
        else:
            submissions.comment(session, viewer, slug, body, now)
    except InvalidError as error:
        return _refused(request, desk, session, viewer, now, slug, error)
    return RedirectResponse(f"{article_about_address(slug)}#remarks", 303)


@router.post("/articles/{slug:path}/attach")
def attach(
    request: Request, desk: TheDesk, session: Records, viewer: Staff, now: Now, slug: str,
    file: Annotated[UploadFile, File()],
) -> Response:  # fmt: skip
    try:
        # One byte more than may be kept, so that a longer one is told from one that just fits.
        attaching.attach(session, viewer, slug, file.filename or "", file.file.read(LARGEST + 1), now)
    except (ConflictError, InvalidError) as error:
        return _refused(request, desk, session, viewer, now, slug, error)
    return RedirectResponse(f"{article_about_address(slug)}?done=attached#files", 303)


@router.post("/articles/{slug:path}/detach")
def detach(
    session: Records, viewer: Staff, now: Now, slug: str, name: Annotated[CleanLine, Form(max_length=200)]
) -> Response:
    attaching.detach(session, viewer, slug, name, now)
    return RedirectResponse(f"{article_about_address(slug)}?done=detached#files", 303)


def _day(text: str) -> datetime | None:
    return datetime.combine(datetime.fromisoformat(text).date(), time(9), UTC) if text else None


def _refused(
    request: Request, desk: TheDesk, session: Records, viewer: Viewer, now: datetime, slug: str, error: Exception
) -> Response:
    session.rollback()
    said = (
        _(error.message) if isinstance(error, InvalidError | ConflictError | NotAllowedError) else _("That is no date.")
    )
    status = 409 if isinstance(error, ConflictError) else 403 if isinstance(error, NotAllowedError) else 422
    return _show(request, desk, session, viewer, now, slug, trouble=said, status=status)


def _show(
    request: Request,
    desk: TheDesk,
    session: Records,
    viewer: Viewer,
    now: datetime,
    slug: str,
    *,
    version: int = 0,
    trouble: str = "",
    status: int = 200,
) -> Response:
    article = editing.editable(session, viewer, slug)
    versions = histories.history(session, viewer, slug)
    old = next((one for one in versions if one.number == version), None)
    parted = drifting.parted(session, desk.search, viewer, slug, now)
    page = AboutPage(
        title=_("About: %(title)s") % {"title": article.title}, article=article, trouble=trouble,
        health=health.health(session, viewer, slug, now), drift=parted.drift, contradictions=parted.contradictions,
        entry=ledger.entry(session, desk.search, desk.interrupted, viewer, slug, now),
        care=histories.care(session, viewer, slug, now), versions=versions[:SHOWN],
        remarks=submissions.comments(session, viewer, slug), files=attaching.files(session, viewer, slug),
        teams=tuple(team.name for team in teams.teams(session, viewer)),
        compared=compare(old.body, article.body) if old else (), compared_with=old.number if old else 0,
    )  # fmt: skip
    return render(request, page, status=status)
