"""The living sheet of components. Invariant: what is shown here is what pages use, from the same macros and styles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from fastapi import APIRouter, Request
from starlette.responses import Response

from kb.services.asking import Hit
from kb.services.reading import ArticleCard
from web.dependencies import Now, Staff
from web.locales import gettext as _
from web.rendering import Page, render

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternsPage(Page):
    """One of each, with made-up content."""

    template: ClassVar[str] = "patterns/page.html"
    hit: Hit
    card: ArticleCard


@router.get("/patterns")
def patterns(request: Request, viewer: Staff, now: Now) -> Response:
    del viewer
    return render(request, PatternsPage(title=_("Patterns"), hit=_hit(now), card=_card(now)))


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
