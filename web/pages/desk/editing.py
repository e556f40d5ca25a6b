"""Editing an article. Invariant: the writer's text comes back whatever happens, and nothing is published unseen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, ClassVar, Final

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from kb.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from kb.markup import render as rendered
from kb.redaction import spans
from kb.services import editing, teams
from kb.services.editing import EditView
from kb.services.publishing import Text
from kb.services.shelving import Shelving, publish_newest
from kb.services.shelving import archive as archive_article
from kb.viewers import Viewer
from web.addresses import article_edit_address
from web.comparing import Line, compare
from web.dependencies import Lead, Now, Records, Staff, TheDesk
from web.locales import gettext as _
from web.pages.desk.trouble import Trouble, status_of, trouble_of
from web.questions import CleanLine, CleanText
from web.rendering import Page, render

router = APIRouter()
AROUND: Final = 40
"""Letters shown on either side of what looks personal."""
NAMES_KEPT: Final = 20


@dataclass(frozen=True, slots=True)
class Written:
    """The form as it came."""

    title: str
    summary: str
    body: str
    version: int
    audience: str = "internal"
    team: str = ""
    products: str = ""
    topics: str = ""
    governance: str = ""
    """Empty: as it is."""
    locale: str = ""
    checked: bool = False
    """Somebody looked at what seems personal and lets it stand."""


@dataclass(frozen=True, slots=True)
class Personal:
    """One piece that looks like personal data, with what stands around it."""

    kind: str
    before: str
    piece: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditPage(Page):
    """An article, its form, what looks personal in it, and how it differs from what is published."""

    template: ClassVar[str] = "desk/edit.html"
    article: EditView
    written: Written
    personal: tuple[Personal, ...]
    changes: tuple[Line, ...]
    theirs: tuple[Line, ...]
    """After a conflict: from what somebody else saved to what the writer has."""
    preview_html: str
    teams: tuple[str, ...]
    troubles: tuple[Trouble, ...]
    clash: str
    rephrases: bool
    """Whether the operator gave a language model."""
    struck: tuple[str, ...]
    """What it made up and was struck out, the last time."""


def _form(
    version: Annotated[int, Form(ge=0, lt=2**63)],
    title: Annotated[CleanLine, Form()] = "",
    summary: Annotated[CleanLine, Form()] = "",
    body: Annotated[CleanText, Form()] = "",
    audience: Annotated[str, Form(pattern="^(public|internal|team)$")] = "internal",
    team: Annotated[CleanLine, Form(max_length=200)] = "",
    products: Annotated[CleanLine, Form(max_length=2000)] = "",
    topics: Annotated[CleanLine, Form(max_length=2000)] = "",
    governance: Annotated[str, Form(pattern="^((experience|compliance) based)?$")] = "",
    locale: Annotated[CleanLine, Form(max_length=35)] = "",
    checked: Annotated[str, Form(max_length=3)] = "",
) -> Written:
    # Browsers send lines with CR LF; what is stored has LF.
    text = body.replace("\r\n", "\n")
    return Written(title, summary, text, version, audience, team, products, topics, governance, locale, bool(checked))


Posted = Annotated[Written, Depends(_form)]


@router.get("/articles/{slug:path}/edit")
def edit(request: Request, session: Records, viewer: Staff, slug: str) -> Response:
    return _show(request, session, viewer, slug)


@router.post("/articles/{slug:path}/preview")
def preview(request: Request, session: Records, viewer: Staff, slug: str, written: Posted) -> Response:
    """How it will look, and what looks personal in the text as it is now."""
    return _show(request, session, viewer, slug, written=written, preview=True)


@router.post("/articles/{slug:path}/save")
def save(request: Request, session: Records, viewer: Staff, now: Now, slug: str, written: Posted) -> Response:
    try:
        _saved(session, viewer, slug, written, now)
    except (ConflictError, InvalidError) as error:
        return _refused(request, session, viewer, slug, written, error)
    return RedirectResponse(f"{article_edit_address(slug)}?done=saved", 303)


@router.post("/articles/{slug:path}/publish")
def publish(request: Request, session: Records, viewer: Staff, now: Now, slug: str, written: Posted) -> Response:
    """Save what was changed and publish it."""
    personal = _personal(written)
    if personal and not written.checked and written.audience == "public":
        trouble = Trouble("checked", _("Some of this looks like personal data. Take it out, or say that it may stay."))
        return _show(request, session, viewer, slug, written=written, troubles=(trouble,), status=422)
    shelving = Shelving(
        written.audience, written.team or None, _names(written.products), _names(written.topics),
        written.governance or None, written.locale,
    )  # fmt: skip
    try:
        version = _saved(session, viewer, slug, written, now)
        publish_newest(session, viewer, slug, version, shelving, now)
    except (ConflictError, InvalidError, NotAllowedError) as error:
        return _refused(request, session, viewer, slug, written, error)
    return RedirectResponse(f"{article_edit_address(slug)}?done=published", 303)


@router.post("/articles/{slug:path}/rephrase")
def rephrase(
    request: Request, desk: TheDesk, session: Records, viewer: Staff, now: Now, slug: str,
    version: Annotated[int, Form(ge=0, lt=2**63)],
) -> Response:  # fmt: skip
    """Let the operator's language model say the saved text better, as a new version."""
    if desk.language_model is None:
        raise NotFoundError("There is no language model here.")
    try:
        found = editing.rephrase(session, viewer, desk.language_model, slug, version, now)
    except ConflictError as error:
        session.rollback()
        return _show(request, session, viewer, slug, clash=_(error.message), status=409)
    return _show(request, session, viewer, slug, struck=found.struck)


@router.post("/articles/{slug:path}/archive")
def archive(
    session: Records, viewer: Lead, now: Now, slug: str, version: Annotated[int, Form(ge=0, lt=2**63)]
) -> Response:
    archive_article(session, viewer, slug, version, now)
    return RedirectResponse("/desk/articles?done=archived", 303)


def _saved(session: Records, viewer: Viewer, slug: str, written: Written, now: datetime) -> int:
    """The version that holds what was written; an unchanged text makes no new one."""
    held = editing.editable(session, viewer, slug)
    same = (held.title, held.summary, held.body) == (written.title, written.summary, written.body)
    if same and held.version == written.version:
        return held.version
    text = Text(written.title, written.summary, written.body, held.body_format)
    return editing.save(session, viewer, slug, text, written.version, now)


def _refused(
    request: Request, session: Records, viewer: Viewer, slug: str, written: Written,
    error: ConflictError | InvalidError | NotAllowedError,
) -> Response:  # fmt: skip
    session.rollback()
    if not isinstance(error, ConflictError):
        trouble = trouble_of(error, "audience")
        return _show(request, session, viewer, slug, written=written, troubles=(trouble,), status=status_of(error))
    return _show(request, session, viewer, slug, written=written, clash=_(error.message), status=409)


def _show(
    request: Request,
    session: Records,
    viewer: Viewer,
    slug: str,
    *,
    written: Written | None = None,
    preview: bool = False,
    troubles: tuple[Trouble, ...] = (),
    clash: str = "",
    struck: tuple[str, ...] = (),
    status: int = 200,
) -> Response:
    article = editing.editable(session, viewer, slug)
    # After a conflict the next save starts from what the other person wrote, now that it was shown.
    typed = replace(written, version=article.version) if written and clash else written or _as_held(article)
    page = EditPage(
        title=_("Edit: %(title)s") % {"title": article.title}, article=article, written=typed,
        personal=_personal(typed), troubles=troubles, clash=clash,
        rephrases=request.app.state.desk.language_model is not None and article.body_format != "html", struck=struck,
        changes=compare(article.published_body, typed.body) if article.published_body is not None else (),
        theirs=compare(article.body, typed.body) if clash else (),
        preview_html=rendered(typed.body, article.body_format) if preview else "",
        teams=tuple(team.name for team in teams.teams(session, viewer)),
    )  # fmt: skip
    return render(request, page, status=status)


def _as_held(article: EditView) -> Written:
    return Written(
        article.title, article.summary, article.body, article.version, article.audience, article.team or "",
        ", ".join(article.products), ", ".join(article.topics), article.governance, article.locale,
    )  # fmt: skip


def _personal(written: Written) -> tuple[Personal, ...]:
    found: list[Personal] = []
    for text in (written.title, written.summary, written.body):
        pieces = spans(text)
        for at, (piece, kind) in enumerate(pieces):
            if kind:
                before = "".join(part for part, _kind in pieces[max(0, at - 2) : at])[-AROUND:]
                after = "".join(part for part, _kind in pieces[at + 1 : at + 3])[:AROUND]
                found.append(Personal(kind, before, piece, after))
    return tuple(found)


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip()[:200] for name in text.split(",") if name.strip()))[:NAMES_KEPT]
