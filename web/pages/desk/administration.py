"""How the desk stands, and who is on it. Invariant: counts, dates and names; no text of a ticket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from kb.services import accounts, status
from kb.services.accounts import Person
from kb.services.status import GivenUp, Status
from kb.viewers import require
from web.backups import history
from web.backups.history import Event
from web.dependencies import Lead, Now, Records, Staff, TheDesk
from web.locales import gettext as _
from web.readiness import Readiness
from web.rendering import Page, render

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Model:
    """A stored version of the escalation model."""

    version: str
    active: bool
    created_at: str
    trained: tuple[str, ...]
    examples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPage(Page):
    """What runs, what waits, what was kept safe."""

    template: ClassVar[str] = "desk/status.html"
    status: Status
    generation: str
    models: tuple[Model, ...]
    lacking: tuple[str, ...]
    warm: bool
    given_up: tuple[GivenUp, ...]
    backup: Event | None
    restore_test: Event | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePage(Page):
    """Everybody by role."""

    template: ClassVar[str] = "desk/people.html"
    people: tuple[Person, ...]
    customers: int


@router.get("/status")
def desk_status(request: Request, desk: TheDesk, session: Records, viewer: Lead) -> Response:
    readiness: Readiness = request.app.state.readiness
    home = desk.settings.home
    return render(request, StatusPage(
        title=_("Status"), status=status.status(session), lacking=readiness.lacking, warm=readiness.warm,
        generation=(desk.search.generation or "") if readiness.warm else "",
        models=tuple(
            Model(one.version, one.active, one.created_at, tuple(one.trained), one.examples)
            for one in desk.escalation.versions()
        ),
        given_up=status.given_up(session, viewer), backup=history.last(home, "backup"),
        restore_test=history.last(home, "restore test"),
    ))  # fmt: skip


@router.post("/status/retry")
def retry(session: Records, viewer: Staff, now: Now) -> Response:
    """Give errands that were given up another round."""
    status.retry(session, viewer, now)
    return RedirectResponse("/desk/status?done=retried", 303)


@router.get("/people")
def people(request: Request, session: Records, viewer: Staff) -> Response:
    require(viewer, "operator")
    everybody = accounts.people(session)
    staff = tuple(person for person in everybody if person.role != "customer")
    return render(request, PeoplePage(title=_("People"), people=staff, customers=len(everybody) - len(staff)))
