"""The living sheet of components. Invariant: what is shown here is what pages use, from the same macros and styles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from fastapi import APIRouter, Request
from starlette.responses import Response

from kb.services.asking import Hit
from kb.services.predictions import ChangeView, PredictionView, ReasonView, TeamView
from kb.services.reading import ArticleCard
from kb.services.reviewing import VerdictView
from kb.services.similar import SimilarTicket
from web.comparing import Line, compare
from web.dependencies import Now, Staff
from web.locales import gettext as _
from web.pages.desk.suggested import Offer
from web.rendering import Page, render

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternsPage(Page):
    """One of each, with made-up content."""

    template: ClassVar[str] = "patterns/page.html"
    hit: Hit
    card: ArticleCard
    offer: Offer
    predictions: tuple[PredictionView, ...]
    case: SimilarTicket
    verdict: VerdictView
    lines: tuple[Line, ...]


@router.get("/patterns")
def patterns(request: Request, viewer: Staff, now: Now) -> Response:
    del viewer
    page = PatternsPage(
        title=_("Patterns"), hit=_hit(now), card=_card(now), offer=Offer(_hit(now), "", False, "#content", True),
        predictions=tuple(_prediction(now, decision) for decision in ("escalate", "unsure", "keep")),
        case=SimilarTicket(
            "T-1", "Reader blinks red", "A new reader.", 0.87, True, "Hardware", (("pair-a-reader", "Pair it"),), now
        ),
        verdict=VerdictView(1, "team changed", "Ada", "Payments", None, "Theirs since May.", now),
        lines=compare("Hold the button.\nWait.\nDone.", "Hold the button for four seconds.\nWait.\nDone."),
    )  # fmt: skip
    return render(request, page)


def _prediction(now: datetime, decision: str) -> PredictionView:
    return PredictionView(
        id=1, decision=decision, probability=0.74, threshold=0.5, teams=(TeamView("Payments", 0.6),), model="m-1",
        reasons=(ReasonView("mentions a chargeback", 0.8), ReasonView("was answered before", -0.3)),
        team_set=("Payments",), at=now, level="L2", notes=("The ticket has no text to go by.",),
        changes=(ChangeView("priority", "high", "low", 0.31),),
    )  # fmt: skip


def _hit(now: datetime) -> Hit:
    return Hit(
        rank=1, article_id=1, slug="pair-a-reader", title="Pair a card reader", summary="Two minutes, once.",
        heading="Hold the button", anchor="hold-the-button", passage="Hold the button until the light turns blue.",
        audience="internal", products=("Reader",), updated_at=now, score=0.9, solved_similar=14, answers=True,
        why="solved 14 similar tickets",
    )  # fmt: skip


def _card(now: datetime) -> ArticleCard:
    return ArticleCard(
        "pair-a-reader", "Pair a card reader", "Two minutes, once.", ("Reader",), ("Cards",), "team", now
    )
