"""Which model serves, how good it is, what another would change, and whether predictions still fit.

Invariant: a lead sees what changes before it does; of two who decide at once the second is told, and both are written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Final

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from kb.errors import ConflictError, InvalidError, UnavailableError
from kb.services import blind, choosing, promoting, retraining, runs, weighing
from kb.services.blind import BlindAudit
from kb.services.choosing import Chosen, Wanted
from kb.services.firstdays import FirstDays, first_days
from kb.services.promoting import ModelsView, ModelView
from kb.services.runs import RunView
from kb.services.weighing import Consequence, Drift, Figure, Kind, Swap, Tenth
from kb.viewers import Viewer
from web.dependencies import Lead, Now, Records, TheDesk
from web.desk import Desk
from web.locales import N_
from web.locales import gettext as _
from web.pages.desk.figures import Card, Standing, card_of, compared, standing_of
from web.questions import CleanLine
from web.rendering import Page, render
from web.training import quiet_machine

router = APIRouter()
PER_DAY: Final = 20.0
MISS: Final = 5.0
MEANWHILE: Final = N_("Somebody else changed meanwhile which model serves. Look again before you decide.")
CHOSEN_MEANWHILE: Final = N_("Somebody else changed meanwhile how alarms are decided. Look again before you decide.")
DAMAGED: Final = N_("What serves cannot be read, so nothing is predicted. Let another version serve, or train again.")


@dataclass(frozen=True, slots=True)
class Wish:
    """A rule for alarms that a lead tries out."""

    kind: Kind | None = None
    per_day: float = PER_DAY
    miss: float = MISS
    each_team: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsPage(Page):
    """What serves, what is stored, how training went, whether predictions fit, and what the list misses."""

    template: ClassVar[str] = "desk/models.html"
    models: ModelsView
    card: Card | None
    """Of what serves; `back` of what a rollback brings back."""
    back: Card | None
    standing: Standing | None
    """By the choice of alarms that counts."""
    chosen: Chosen
    reliability: tuple[Tenth, ...]
    wish: Wish
    wished: Consequence | None
    runs: tuple[RunView, ...]
    drift: Drift
    blind: BlindAudit
    first_days: FirstDays | None
    """While labels are few."""
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPage(Page):
    """One stored version, and what would change if it served."""

    template: ClassVar[str] = "desk/model.html"
    model: ModelView
    card: Card
    serving: str
    now: Card | None
    """The card of what serves, where that is another."""
    swap: Swap | None
    figures: tuple[tuple[str, Figure], ...]
    trouble: str = ""


def _wish(
    kind: Annotated[Kind | None, Query()] = None,
    per_day: Annotated[float, Query(ge=0, le=1_000_000)] = PER_DAY,
    miss: Annotated[float, Query(ge=0, le=1_000_000)] = MISS,
    each_team: Annotated[bool, Query()] = False,
) -> Wish:
    return Wish(kind, per_day, miss, each_team)


@router.get("/models")
def stored(
    request: Request, desk: TheDesk, session: Records, viewer: Lead, now: Now, wish: Annotated[Wish, Depends(_wish)]
) -> Response:
    return _stored(request, desk, session, viewer, now, wish=wish)


@router.post("/models/rollback")
def go_back(
    request: Request, desk: TheDesk, session: Records, viewer: Lead, now: Now,
    expected: Annotated[CleanLine, Form(max_length=100)],
) -> Response:  # fmt: skip
    """Let what served before serve again."""
    try:
        promoting.rollback(session, desk.escalation, viewer, expected, now)
    except ConflictError:
        # No error leaves this route, so the refusal that was written down is committed.
        return _stored(request, desk, session, viewer, now, trouble=_(MEANWHILE), status=409)
    return RedirectResponse("/desk/models?done=rolled-back", 303)


@router.post("/models/alarms")
def choose(
    request: Request, desk: TheDesk, session: Records, viewer: Lead, now: Now,
    kind: Annotated[Kind, Form()],
    number: Annotated[int, Form(ge=0, le=2**53)],
    per_day: Annotated[float, Form(ge=0, le=1_000_000)] = PER_DAY,
    miss: Annotated[float, Form(ge=0, le=1_000_000)] = MISS,
    each_team: Annotated[bool, Form()] = False,
) -> Response:  # fmt: skip
    """Decide alarms so from now on; `number` is that of the choice that was seen."""
    wish = Wish(kind, per_day, miss, each_team)
    wanted = Wanted(kind, miss, per_day, each_team)
    try:
        choosing.choose(session, desk.escalation, viewer, wanted, number, now)
    except ConflictError:
        return _stored(request, desk, session, viewer, now, wish=wish, trouble=_(CHOSEN_MEANWHILE), status=409)
    except InvalidError as error:
        return _stored(request, desk, session, viewer, now, wish=wish, trouble=_(error.message), status=422)
    return RedirectResponse("/desk/models?done=alarms-chosen#wish-title", 303)


@router.get("/models/{version}")
def one(request: Request, desk: TheDesk, viewer: Lead, version: str) -> Response:
    return _one(request, desk, viewer, version)


@router.post("/models/{version}/promote")
def promote(
    request: Request, desk: TheDesk, session: Records, viewer: Lead, now: Now, version: str,
    expected: Annotated[CleanLine, Form(max_length=100)] = "",
) -> Response:  # fmt: skip
    """Let that version serve, if `expected` does (empty: none)."""
    try:
        promoting.promote(session, desk.escalation, viewer, version, expected, now)
    except ConflictError:
        return _one(request, desk, viewer, version, trouble=_(MEANWHILE), status=409)
    return RedirectResponse("/desk/models?done=promoted", 303)


def _stored(
    request: Request,
    desk: Desk,
    session: Records,
    viewer: Viewer,
    now: Now,
    *,
    wish: Wish | None = None,
    trouble: str = "",
    status: int = 200,
) -> Response:
    models, standing, wished = promoting.models(desk.escalation, viewer), None, None
    chosen = choosing.chosen(session, desk.escalation)
    wish = wish or Wish()
    try:
        if models.serving:
            weighing.consequence(desk.escalation, viewer)  # what cannot be read is told
            standing = standing_of(choosing.meaning(session, desk.escalation, viewer))
        if models.serving and wish.kind:
            wished = weighing.consequence(desk.escalation, viewer, wish.kind, miss=wish.miss, per_day=wish.per_day)
    except InvalidError as error:
        trouble, status = _(error.message), 422
    except UnavailableError:
        trouble = trouble or _(DAMAGED)
    page = ModelsPage(
        title=_("Models"), models=models, card=_known(desk, models, models.serving),
        back=_known(desk, models, models.previous), standing=standing, chosen=chosen, wish=wish, wished=wished,
        runs=runs.recent(session, quiet=quiet_machine(desk), now=now), reliability=weighing.reliability(desk.escalation, viewer), drift=retraining.drift(session, desk.escalation, now),
        blind=blind.blind_audit(session, viewer), first_days=first_days(session, desk.escalation, viewer), trouble=trouble,
    )  # fmt: skip
    return render(request, page, status=status)


def _one(
    request: Request, desk: Desk, viewer: Viewer, version: str, *, trouble: str = "", status: int = 200
) -> Response:
    models = promoting.models(desk.escalation, viewer)
    model = weighing.named(models, version)
    swap = None if model.active else weighing.swap(models, version)
    page = ModelPage(
        title=_("Model %(version)s") % {"version": version}, model=model, card=card_of(desk, version),
        serving=models.serving, now=None if model.active else _known(desk, models, models.serving), swap=swap,
        figures=tuple((words, one) for one in (swap.figures if swap else ()) if (words := compared(one.name))),
        trouble=trouble,
    )  # fmt: skip
    return render(request, page, status=status)


def _known(desk: Desk, models: ModelsView, version: str) -> Card | None:
    """The card of a version that may not be stored any more."""
    return card_of(desk, version) if any(one.version == version for one in models.versions) else None
