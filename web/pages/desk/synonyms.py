"""Words that mean the same, as a lead keeps them. Invariant: what rephrased searches propose serves only once it was accepted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from kb.errors import InvalidError
from kb.services import synonyms
from kb.services.synonyms import LONGEST, MOST_WORDS, Proposal, Synonyms
from kb.viewers import Viewer
from web.dependencies import Lead, Now, Records
from web.locales import gettext as _
from web.pages.desk.trouble import Trouble, status_of, trouble_of
from web.questions import CleanText, Number, clean
from web.rendering import Page, render

router = APIRouter(prefix="/synonyms")
BETWEEN: Final = re.compile(r"[,;\n\r]+")
LONGEST_LIST: Final = 2 * LONGEST * MOST_WORDS
"""Letters of a whole group, with room for what is between the words."""

Listed = Annotated[CleanText, Form(max_length=LONGEST_LIST)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SynonymsPage(Page):
    """What serves, what is proposed and how often it was seen, what was declined; one group may be open for changes."""

    template: ClassVar[str] = "desk/synonyms.html"
    groups: tuple[Synonyms, ...]
    proposals: tuple[Proposal, ...]
    declined: tuple[Synonyms, ...]
    editing: int
    typed: str
    """What stands in the field to be corrected, or to be put back after it was removed."""
    troubles: tuple[Trouble, ...] = ()
    longest: int = LONGEST_LIST


@router.get("")
def every_group(
    request: Request, session: Records, viewer: Lead, now: Now, edit: Annotated[int, Query(ge=0, le=2**31)] = 0,
    again: Annotated[str, Query(max_length=LONGEST_LIST)] = "",
) -> Response:  # fmt: skip
    return _show(request, session, viewer, now, editing=edit, typed=clean(again))


@router.post("")
def save(
    request: Request, session: Records, viewer: Lead, now: Now, words: Listed = "",
    number: Annotated[int, Form(ge=0, le=2**31)] = 0,
) -> Response:  # fmt: skip
    """Add a group, change one, or accept a proposal."""
    try:
        synonyms.save(session, viewer, BETWEEN.split(words), now, number or None)
    except InvalidError as error:
        session.rollback()
        trouble = trouble_of(error, "words")
        return _show(
            request, session, viewer, now, editing=number, typed=words, trouble=trouble, status=status_of(error)
        )
    return RedirectResponse("/desk/synonyms?done=synonyms-saved", 303)


@router.post("/decline")
def decline(session: Records, viewer: Lead, now: Now, words: Listed = "") -> Response:
    """Do not propose those again."""
    synonyms.decline(session, viewer, BETWEEN.split(words), now)
    return RedirectResponse("/desk/synonyms?done=synonyms-declined", 303)


@router.post("/{number}/remove")
def remove(session: Records, viewer: Lead, now: Now, number: Number) -> Response:
    """Take a group away; its words stand in the field to be added again."""
    words = next((group.words for group in synonyms.listed(session, viewer) if group.id == number), ())
    synonyms.remove(session, viewer, number, now)
    left = urlencode({"done": "synonyms-removed", "again": ", ".join(words)})
    return RedirectResponse(f"/desk/synonyms?{left}", 303)


@router.post("/{number}/reconsider")
def reconsider(session: Records, viewer: Lead, now: Now, number: Number) -> Response:
    """Take a refusal back."""
    synonyms.reconsider(session, viewer, number, now)
    return RedirectResponse("/desk/synonyms?done=undone", 303)


def _show(
    request: Request, session: Records, viewer: Viewer, now: Now, *, editing: int, typed: str,
    trouble: Trouble | None = None, status: int = 200,
) -> Response:  # fmt: skip
    page = SynonymsPage(
        title=_("Synonyms"), groups=synonyms.listed(session, viewer), proposals=synonyms.proposals(session, viewer, now),
        declined=synonyms.declined(session, viewer), editing=editing, typed=typed,
        troubles=(trouble,) if trouble else (),
    )  # fmt: skip
    return render(request, page, status=status)
