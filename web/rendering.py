"""From a typed context to a page. Invariant: a template sees one frozen `page`, the `shell` around it, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import ClassVar, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from kb.excerpts import excerpt_with_matches
from kb.viewers import ANONYMOUS, Viewer
from web import assets, locales, navigation
from web.locales import N_, Speech

KEY: Final = 100
"""Letters of a question's key that are read from an address."""
TEMPLATES: Final = Path(__file__).parent / "templates"
NOTICES: Final = {
    "signed-out": N_("You are signed out."),
    "sent": N_("Your reply was sent."),
    "solved": N_("Marked as solved. Thank you for telling us."),
    "thanks": N_("Thank you, your answer was kept."),
    "reopened": N_("The ticket is open again."),
    "manager": N_("A lead will look at it and answer you."),
    "noted": N_("The internal note was kept."),
    "taken": N_("The ticket is yours now."),
    "given-back": N_("The ticket is back in the queue."),
    "assigned": N_("The ticket was assigned."),
    "moved": N_("The ticket was moved to the other team."),
    "escalated": N_("The ticket was handed up."),
    "resolved": N_("The ticket is resolved, and remembered for the next one like it."),
    "judged": N_("Your verdict on the prediction was kept."),
    "marked": N_("Your verdict on the article was kept."),
    "unmarked": N_("Your verdict on the article was taken back."),
    "linked": N_("The article is linked as the answer."),
    "unlinked": N_("The article is no longer linked."),
    "approved": N_("The request was approved."),
    "declined": N_("The request was declined."),
    "decided": N_("Your verdict was kept. You can undo it for ten minutes."),
    "undone": N_("Undone. It is to be decided again."),
    "saved": N_("Saved."),
    "drafted": N_("A draft was made from what people wrote in the ticket. Check it, then publish it."),
    "published": N_("Published. It is found as soon as the index has followed, in a few seconds."),
    "archived": N_("The article was archived. It is no longer found."),
    "restored": N_("The old text was written again as the newest. Publishing it is another step."),
    "cared": N_("Kept."),
    "submitted": N_("Submitted. Somebody else reads it before it comes out."),
    "scheduled": N_("Scheduled. It comes out by itself."),
    "unscheduled": N_("Called off. It does not come out by itself."),
    "attached": N_("The file was added."),
    "detached": N_("The file was removed."),
    "merged": N_("Readers, links and votes go to the one that stays."),
    "let-out": N_("It is out, validated. It is found in a few seconds."),
    "returned": N_("It went back to its author with your reason."),
    "withdrawn": N_("You took it back."),
    "promoted": N_("That model serves now. Tickets that are not solved are predicted anew."),
    "rolled-back": N_("The model from before serves again. What it replaced is still stored."),
    "alarms-chosen": N_(
        "Alarms are decided so from now on. Tickets that are not solved are decided again in a moment."
    ),
    "risk-chosen": N_("Suggestions are called an answer at that risk from now on."),
    "ranker-serves": N_("Suggestions are ranked so from now on. What served before is still stored."),
    "synonyms-saved": N_("These words stand for each other from the next search on."),
    "synonyms-removed": N_("They no longer stand for each other. Add them again below if that was a mistake."),
    "synonyms-declined": N_("That is not proposed again, unless you take it back below."),
    "retried": N_("The errands that were given up get another round."),
}
"""What a page may say after a redirect: a closed list, so that an address cannot put words into our mouth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What every page says of itself."""

    template: ClassVar[str]
    title: str


@dataclass(frozen=True, slots=True)
class Shell:
    """What is around every page."""

    desk_name: str
    viewer: Viewer
    speech: Speech
    now: datetime
    path: str
    here: str
    """Path with query, to come back to."""
    words: str
    """What is being searched for, for the box at the top."""
    after: str
    """Key of the search that led here; the next one may put it in other words."""
    notice: str
    version: str
    public_url: str
    """Goes before a path that is to be sent to somebody; empty where the address at hand will do."""
    items: tuple[navigation.Item, ...]


@cache
def environment() -> Environment:
    """Templates: escaped always, an unknown name is an error."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, extensions=["jinja2.ext.i18n"],
    )  # fmt: skip
    made.install_gettext_callables(locales.gettext, locales.ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.filters["date"] = lambda moment: locales.current().date(moment)
    made.filters["moment"] = lambda moment: locales.current().moment(moment)
    made.filters["ago"] = lambda moment, now=None: locales.current().ago(moment, now or datetime.now(UTC))
    made.filters["number"] = lambda value: locales.current().number(value)
    made.filters["percent"] = lambda share: locales.current().percent(share)
    made.filters["marked"] = lambda text, words: excerpt_with_matches(text, [words])
    made.globals["asset"] = assets.address
    return made


def render(
    request: Request, page: Page, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    """The page as a reply. What a signed-in person sees is kept by nobody; the rest may be kept by their own browser."""
    shell = shell_of(request)
    text = environment().get_template(page.template).render(page=page, shell=shell)
    kept = "no-store" if shell.viewer.signed_in else "private, no-cache"
    return HTMLResponse(text, status, {"cache-control": kept, **(headers or {})})


def shell_of(request: Request) -> Shell:
    """What is around the page that this request asks for."""
    viewer: Viewer = getattr(request.state, "viewer", ANONYMOUS)
    query = request.query_params
    settings = request.app.state.desk.settings
    return Shell(
        desk_name=settings.desk_name, public_url=settings.public_url.rstrip("/"), viewer=viewer, speech=locales.current(),
        now=datetime.now(UTC), path=request.url.path,
        here=request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        words=query.get("q", "")[:200], after=query.get("k", "")[:KEY],
        notice=locales.gettext(NOTICES.get(query.get("done", ""), "")),
        version=request.app.version, items=navigation.items(viewer, request.url.path),
    )  # fmt: skip
