"""Errors as people and programs see them. Invariant: one status a name, one JSON shape, one page, never a traceback."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import ClassVar, Final
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from classifier.contract import ClassifierError
from kb import errors
from kb.viewers import ANONYMOUS
from search.contract import SearchError
from web.cookies import holder
from web.desk import Desk
from web.locales import N_
from web.locales import gettext as _
from web.rendering import Page, render

TROUBLE: Final = logging.getLogger("deflect.trouble")
API: Final = "/api"
RETRY_SECONDS: Final = 2
UNEXPECTED: Final = N_("Something went wrong on our side. Nothing you wrote was sent.")
BUSY: Final = N_("The desk is busy at the moment. Please try again in a few seconds.")


class TooLargeError(errors.DeflectError):
    """A body larger than anything a person writes."""

    code = "too_large"

    def __init__(self) -> None:
        super().__init__(N_("That is too large to be sent. Please shorten it."))


class ForeignOriginError(errors.DeflectError):
    """A change asked for by a page of another site."""

    code = "foreign_origin"

    def __init__(self) -> None:
        super().__init__(
            "This request came from another site and was refused. Please open the page here and try again."
        )


class TooManyRequestsError(errors.DeflectError):
    """More than one person does by hand."""

    code = "too_many_requests"

    def __init__(self) -> None:
        super().__init__(N_("That was too often in a short time. Please wait a minute and try again."))


STATUSES: Final[dict[type[errors.DeflectError], HTTPStatus]] = {
    errors.NotFoundError: HTTPStatus.NOT_FOUND,
    errors.NotAllowedError: HTTPStatus.FORBIDDEN,
    errors.TooManyAttemptsError: HTTPStatus.TOO_MANY_REQUESTS,
    errors.SignInError: HTTPStatus.UNAUTHORIZED,
    errors.ConflictError: HTTPStatus.CONFLICT,
    errors.InvalidError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.RecordsError: HTTPStatus.SERVICE_UNAVAILABLE,
    TooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ForeignOriginError: HTTPStatus.FORBIDDEN,
    TooManyRequestsError: HTTPStatus.TOO_MANY_REQUESTS,
    errors.DeflectError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
WAITING: Final = {HTTPStatus.TOO_MANY_REQUESTS: 60, HTTPStatus.SERVICE_UNAVAILABLE: RETRY_SECONDS}
OTHER_CODES: Final = {404: "not_found", 405: "method_not_allowed", 401: "not_signed_in", 403: "not_allowed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FailurePage(Page):
    """A plain page: what happened, a reference to give to a person, and the ways on."""

    template: ClassVar[str] = "failure/page.html"
    message: str
    reference: str
    status: int


def for_programs(path: str) -> bool:
    """Whether a path speaks JSON."""
    return path == API or path.startswith(f"{API}/")


def status_of(error: errors.DeflectError) -> HTTPStatus:
    """The status of the nearest named class."""
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def respond(request: Request, error: errors.DeflectError) -> Response:
    """The reply for an error we know by name; a page that needs signing in leads there."""
    status = status_of(error)
    viewer = getattr(request.state, "viewer", ANONYMOUS)
    wants_sign_in = isinstance(error, errors.NotAllowedError | errors.SignInError) and not viewer.signed_in
    if wants_sign_in and request.method == "GET" and not for_programs(request.url.path):
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?next={quote(here, safe='')}", HTTPStatus.SEE_OTHER)
    return _reply(request, status, error.code, error.message, error.field)


def unexpected(request: Request) -> Response:
    """The reply for what nobody foresaw."""
    return _reply(request, HTTPStatus.INTERNAL_SERVER_ERROR, "unexpected", UNEXPECTED)


def _reply(request: Request, status: int, code: str, message: str, field: str | None = None) -> Response:
    reference = getattr(request.state, "reference", "")
    headers = {"retry-after": str(WAITING[HTTPStatus(status)])} if status in WAITING else {}
    if for_programs(request.url.path):
        body = {"code": code, "message": message, "field": field, "reference": reference}
        return JSONResponse({"error": body}, status, headers)
    title = {404: _("This page is not here"), 403: _("This is not open to you")}.get(status, _("That did not work"))
    page = FailurePage(title=title, message=_(message), reference=reference, status=status)
    return render(request, page, status=status, headers=headers)


def _known(request: Request, error: Exception) -> Response:
    assert isinstance(error, errors.DeflectError)  # noqa: S101 - registered for nothing else
    return respond(request, error)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return respond(request, TooLargeError())
    message = {
        404: N_("There is nothing at this address. It may have moved, or it may not be open to you."),
        405: N_("This address cannot be used in that way."),
    }.get(error.status_code, HTTPStatus(error.status_code).phrase + ".")
    _recognise(request)
    return _reply(request, error.status_code, OTHER_CODES.get(error.status_code, "refused"), message)


def _recognise(request: Request) -> None:
    """No route was run, so nobody has looked yet whose page this is; where that cannot be told it is anybody's."""
    desk: Desk = request.app.state.desk
    if for_programs(request.url.path) or not request.cookies:
        return
    with suppress(SQLAlchemyError, errors.DeflectError), desk.reading() as reading:
        request.state.viewer = holder(request, desk, reading, datetime.now(UTC))


def _invalid(request: Request, error: Exception) -> Response:
    """The first field that does not hold what it should. What was sent is never repeated: it may not even be JSON."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for nothing else
    first = error.errors()[0]
    where = [str(part) for part in first["loc"][1:]]
    message = f"{'.'.join(where)}: {first['msg']}" if where else str(first["msg"])
    clean = message.encode("utf-8", "replace").decode()
    return _reply(request, HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", clean, ".".join(where) or None)


def _records(request: Request, error: Exception) -> Response:
    if isinstance(error, IntegrityError | StaleDataError):
        return respond(request, errors.ConflictError("Somebody else changed this meanwhile. Nothing was overwritten."))
    if isinstance(error, OperationalError | NoConnectionError):
        # Such an error speaks of the database, never of a row.
        cause = str(getattr(error, "orig", None) or error).partition("\n")[0]
        TROUBLE.warning("request %s: the database does not answer: %s", request.state.reference, cause)
        return respond(request, errors.UnavailableError(BUSY))
    raise error


def _engine(request: Request, error: Exception) -> Response:
    """An engine without an index or a model. Its own words name files, so they stay in the log."""
    what = "Predictions are" if isinstance(error, ClassifierError) else "Search is"
    return respond(request, errors.UnavailableError(f"{what} not available at the moment. Everything else works."))


def install(app: FastAPI) -> None:
    """Register every rendering."""
    app.add_exception_handler(errors.DeflectError, _known)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(SQLAlchemyError, _records)
    app.add_exception_handler(StaleDataError, _records)
    app.add_exception_handler(SearchError, _engine)
    app.add_exception_handler(ClassifierError, _engine)
