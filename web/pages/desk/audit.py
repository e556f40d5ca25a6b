"""Who did what. Invariant: the export holds what the filters show, and no cell runs in a spreadsheet."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, ClassVar, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from kb.services import deeds
from kb.services.deeds import PAGE, DeedFilter
from kb.services.status import Deed
from web.csv_cells import csv_text
from web.dependencies import Records, Staff
from web.locales import gettext as _
from web.questions import CleanLine
from web.rendering import Page, render

router = APIRouter()
FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2200


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters as the address has them."""

    action: str = ""
    actor: str = ""
    subject: str = ""
    since: str = ""
    until: str = ""

    @property
    def query(self) -> str:
        named = {name: getattr(self, name) for name in ("action", "actor", "subject", "since", "until")}
        return urlencode({name: value for name, value in named.items() if value})

    @property
    def wanted(self) -> DeedFilter:
        last = _day(self.until)
        return DeedFilter(
            self.action, self.actor, self.subject, _day(self.since), last + timedelta(days=1) if last else None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage(Page):
    """Deeds, newest first."""

    template: ClassVar[str] = "desk/audit.html"
    asked: Asked
    deeds: tuple[Deed, ...]
    actions: tuple[str, ...]
    total: int
    page: int
    pages: int


def _asked(
    action: CleanLine = "", actor: CleanLine = "", subject: CleanLine = "", since: CleanLine = "", until: CleanLine = ""
) -> Asked:
    return Asked(
        action[:100], actor[:320], subject[:200], since if _day(since) else "", until if _day(until) else ""
    )  # fmt: skip


Filters = Annotated[Asked, Depends(_asked)]


@router.get("/audit")
def log(
    request: Request,
    session: Records,
    viewer: Staff,
    asked: Filters,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    found = deeds.page(session, viewer, asked.wanted, offset=(page - 1) * PAGE)
    return render(request, AuditPage(
        title=_("Audit log"), asked=asked, deeds=found.deeds, actions=found.actions, total=found.total, page=page,
        pages=max(1, -(-found.total // PAGE)),
    ))  # fmt: skip


@router.get("/audit.csv")
def export(session: Records, viewer: Staff, asked: Filters) -> Response:
    """Everything the filters show, as a file."""
    rows = (
        (deed.at.isoformat(), deed.actor, deed.action, deed.subject, json.dumps(deed.details, ensure_ascii=False))
        for deed in deeds.export(session, viewer, asked.wanted)
    )
    text = csv_text(("at", "actor", "action", "subject", "details"), rows)
    return Response(
        text, media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="deflect-audit.csv"', "cache-control": "no-store"},
    )  # fmt: skip


def _day(text: str) -> datetime | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return datetime.combine(day, time(), UTC) if FIRST_YEAR <= day.year <= LAST_YEAR else None
