"""The pages of the desk: agents, leads, operators. Invariant: each asks for its role, and the services ask again."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from web.dependencies import Staff
from web.pages.desk.about import router as about
from web.pages.desk.administration import router as administration
from web.pages.desk.answers import router as answers
from web.pages.desk.articles import router as articles
from web.pages.desk.audit import router as audit
from web.pages.desk.bulk import router as bulk
from web.pages.desk.deciding import router as deciding
from web.pages.desk.drafting import router as drafting
from web.pages.desk.editing import router as editing
from web.pages.desk.gaps import router as gaps
from web.pages.desk.handling import router as handling
from web.pages.desk.keeping import router as keeping
from web.pages.desk.models import router as models
from web.pages.desk.queue import router as queue
from web.pages.desk.replying import router as replying
from web.pages.desk.requests import router as requests
from web.pages.desk.review import router as review
from web.pages.desk.suggestions import router as suggestions
from web.pages.desk.synonyms import router as synonyms
from web.pages.desk.teams import router as teams
from web.pages.desk.ticket import router as ticket

router = APIRouter(prefix="/desk")
# A ticket's reference may hold a slash, so what is done to it comes before looking at it.
for part in (queue, replying, suggestions, handling, drafting, ticket, bulk, requests, deciding, review):
    router.include_router(part)
for part in (articles, about, keeping, editing, gaps, synonyms, administration, models, answers, audit, teams):
    router.include_router(part)


@router.get("")
def front(viewer: Staff) -> Response:
    """Where each of them begins."""
    return RedirectResponse("/desk/review" if viewer.leads else "/desk/queue", 303)
