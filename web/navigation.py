"""Where one can go from every page, by role. Invariant: it shows what is open to the viewer; the services decide again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kb.viewers import RANKS, Viewer
from web.locales import N_
from web.locales import gettext as _

PLACES: Final = (
    ("/browse", N_("Browse"), "anonymous", "customer"),
    ("/tickets", N_("My tickets"), "customer", "customer"),
    ("/desk/queue", N_("Queue"), "agent", "operator"),
    ("/desk/review", N_("Review"), "lead", "operator"),
    ("/desk/articles", N_("Articles"), "agent", "operator"),
    ("/desk/gaps", N_("Gaps"), "lead", "operator"),
    ("/desk/status", N_("Status"), "lead", "operator"),
)
"""Address, name, from which role, up to which role."""
UNDER: Final = {
    "/desk/synonyms": "/desk/gaps", "/desk/health": "/desk/articles", "/desk/duplicates": "/desk/articles",
    "/desk/submissions": "/desk/articles", "/desk/became": "/desk/articles", "/desk/models": "/desk/status",
    "/desk/answers": "/desk/status", "/desk/people": "/desk/status", "/desk/audit": "/desk/status",
    "/desk/tickets": "/desk/queue",
}  # fmt: skip
"""Pages that are reached from one of the places and bear another address."""


@dataclass(frozen=True, slots=True)
class Item:
    """One place."""

    address: str
    name: str
    here: bool


def _below(address: str) -> tuple[str, ...]:
    return tuple(page for page, place in UNDER.items() if place == address)


def items(viewer: Viewer, path: str) -> tuple[Item, ...]:
    """The places for this viewer, the one they are at marked."""
    rank = RANKS[viewer.role]
    return tuple(
        Item(address, _(name), any(path == root or path.startswith(f"{root}/") for root in (address, *_below(address))))
        for address, name, lowest, highest in PLACES
        if RANKS[lowest] <= rank <= RANKS[highest]
    )
