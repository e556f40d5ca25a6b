"""What a route is given. Invariant: a change is committed before its reply is sent, and only where nothing failed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session

from kb.errors import SignInError
from kb.services import accounts
from kb.viewers import Viewer, require
from web.cookies import holder
from web.desk import Desk
from web.guard import SAFE

BEARER: Final = HTTPBearer(auto_error=False, description="A key from `deflect users key`.")


def the_desk(request: Request) -> Desk:
    """The desk this app was made for."""
    desk: Desk = request.app.state.desk
    return desk


TheDesk = Annotated[Desk, Depends(the_desk)]


def the_moment() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


Now = Annotated[datetime, Depends(the_moment)]


def the_origin(request: Request, desk: TheDesk) -> str:
    """What goes before a path where a link leaves the desk. What the operator named comes before what a request says."""
    return (desk.settings.public_url or str(request.base_url)).rstrip("/")


Origin = Annotated[str, Depends(the_origin)]


def the_reading(desk: TheDesk) -> Iterator[Session]:
    """A session that only looks."""
    with desk.reading() as session:
        yield session


Reading = Annotated[Session, Depends(the_reading, scope="function")]


def the_records(request: Request, desk: TheDesk, reading: Reading) -> Iterator[Session]:
    """A session: for looking where the method is safe, for writing (and committed at the end) where it is not."""
    if request.method in SAFE:
        yield reading
        return
    with desk.writing() as session:
        yield session
        session.commit()


Records = Annotated[Session, Depends(the_records, scope="function")]


def the_viewer(
    request: Request,
    desk: TheDesk,
    reading: Reading,
    now: Now,
    key: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)],
) -> Viewer:
    """Who asks: by key, by the session that a cookie names, or nobody in particular.

    Raises:
        SignInError: a key that opens nothing. A cookie that opens nothing is only an old one.
    """
    if key is not None:
        viewer = accounts.viewer_of_key(reading, key.credentials, now)
        if viewer is None:
            raise SignInError("This key is not valid: it was mistyped, has expired or was withdrawn.")
    else:
        viewer = holder(request, desk, reading, now)
    # A request that writes needs one connection at a time, or fifteen of them would wait for each other.
    reading.rollback()
    request.state.viewer = viewer
    return viewer


Looking = Annotated[Viewer, Depends(the_viewer, scope="function")]


def _staff(viewer: Looking) -> Viewer:
    require(viewer, "agent")
    return viewer


def _lead(viewer: Looking) -> Viewer:
    require(viewer, "lead")
    return viewer


def _signed_in(viewer: Looking) -> Viewer:
    if not viewer.signed_in:
        raise SignInError("Please sign in first.")
    return viewer


SignedIn = Annotated[Viewer, Depends(_signed_in, scope="function")]
Staff = Annotated[Viewer, Depends(_staff, scope="function")]
Lead = Annotated[Viewer, Depends(_lead, scope="function")]
