"""What is missing, and what is wrong, in what is known. Invariant: each line leads to where it can be mended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from kb.services import gaps, learning, recurring, synonyms
from kb.services.asking import Asked, Hit
from kb.services.gaps import Gap, Trouble
from kb.services.recurring import IssueView
from web.dependencies import Lead, Now, Records, TheDesk
from web.locales import gettext as _
from web.questions import Words, find
from web.rendering import Page, render

router = APIRouter()
NEAREST: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class GapsPage(Page):
    """Questions without an answer, articles that people turn down, escalations without an article."""

    template: ClassVar[str] = "desk/gaps.html"
    days: int
    gaps: tuple[Gap, ...]
    troubles: tuple[Trouble, ...]
    unwritten: int
    proposals: int
    """Pairs of synonyms that wait for a decision."""
    issues: tuple[IssueView, ...]
    """What keeps coming back, from tickets without an article and from questions without an answer."""


@router.get("/gaps")
def content_gaps(
    request: Request, session: Records, viewer: Lead, now: Now, days: Annotated[int, Query(ge=1, le=365)] = 90
) -> Response:
    return render(request, GapsPage(
        title=_("Content gaps"), days=days, gaps=gaps.unanswered(session, viewer, now, days=days),
        troubles=gaps.troubles(session, viewer, now), unwritten=len(learning.resolved_escalations(session, viewer)),
        issues=recurring.issues(session, viewer), proposals=len(synonyms.proposals(session, viewer, now)),
    ))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class NearPage(Page):
    """The articles that come nearest to a gap."""

    template: ClassVar[str] = "desk/near.html"
    words: str
    hits: tuple[Hit, ...]
    note: str


@router.get("/gaps/near")
def nearly_said(
    request: Request, desk: TheDesk, session: Records, viewer: Lead, now: Now, words: Words = ""
) -> Response:
    """Looked up without being kept: whoever looks at a gap must not make it larger."""
    found = find(desk, session, Asked(words, surface="agent"), viewer, now, limit=NEAREST)
    title = _("What nearly says it")
    return render(request, NearPage(title=title, words=words, hits=found.hits, note=_(found.note)))
