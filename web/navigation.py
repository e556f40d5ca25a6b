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


@dataclass(frozen=True, slots=True)
class Item:
    """One place."""

    address: str
    name: str
    here: bool


def items(viewer: Viewer, path: str) -> tuple[Item, ...]:
    """The places for this viewer, the one they are at marked."""
    rank = RANKS[viewer.role]
    return tuple(
        Item(address, _(name), path == address or path.startswith(f"{address}/"))
        for address, name, lowest, highest in PLACES
        if RANKS[lowest] <= rank <= RANKS[highest]
    )
