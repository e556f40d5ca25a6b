"""Articles and past tickets for a ticket. Invariant: what is lacking is said, and nobody waits for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fastapi import Request

from kb.services import suggesting
from kb.services.asking import Asked, Hit
from kb.services.seeing import TicketView
from kb.services.similar import SimilarTicket, similar_tickets
from kb.viewers import Viewer
from web.addresses import article_address
from web.dependencies import Records
from web.desk import Desk
from web.locales import gettext as _
from web.questions import find, keep
from web.readiness import Readiness


@dataclass(frozen=True, slots=True)
class Offer:
    """One suggested article and what can be done with it."""

    hit: Hit
    verdict: str
    linked: bool
    address: str
    guarded: bool
    """Not for customers: its words and its address stay out of a reply to one."""


@dataclass(frozen=True, slots=True)
class Suggested:
    """What was found. `weak` are guesses that are shown only to whoever asks for them."""

    offers: tuple[Offer, ...]
    weak: tuple[Offer, ...]
    note: str
    key: str
    words: str
    """The agent's own words; empty where the ticket's were used."""
    similar: tuple[SimilarTicket, ...]


def suggested(
    request: Request, desk: Desk, session: Records, viewer: Viewer, now: datetime, ticket: TicketView, words: str
) -> Suggested:
    """Suggestions for a ticket, or for an agent's own words about it."""
    readiness: Readiness = request.app.state.readiness
    if not readiness.warm:
        return Suggested((), (), _("Suggestions are being loaded. Reload the page in a moment."), "", words, ())
    asked = Asked(
        words or ticket.subject, "" if words else ticket.body, ticket.product, ticket.topic, surface="agent",
        ticket_id=ticket.id, locale=ticket.locale,
    )  # fmt: skip
    answer = find(desk, session, asked, viewer, now, limit=desk.settings.suggestions)
    key = (
        suggesting.key_of(session, viewer, asked, answer)
        or keep(desk, session, asked, answer, viewer, now).question_key
    )
    said = suggesting.verdicts(session, viewer, key)
    linked = {link.slug for link in ticket.links}
    offers = tuple(_offer(hit, said.get(hit.rank, ""), hit.slug in linked) for hit in answer.hits)
    similar = similar_tickets(session, answer.candidates, viewer) if answer.candidates else ()
    good = offers if answer.answered else ()
    return Suggested(good, () if answer.answered else offers, _(answer.note), key, words, similar)


def _offer(hit: Hit, verdict: str, linked: bool) -> Offer:
    return Offer(hit, verdict, linked, article_address(hit.slug, hit.anchor), hit.audience != "public")


def insertion(offer: Offer, origin: str) -> str:
    """What goes into a reply: the passage and where the rest is."""
    return f"{offer.hit.passage.strip()}\n\n{offer.hit.title}\n{origin}{offer.address}"


def citation(offer: Offer, origin: str) -> str:
    """Only where it is."""
    return f"{offer.hit.title}\n{origin}{offer.address}"
