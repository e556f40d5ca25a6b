"""The audit log as an operator reads it. Invariant: it is only read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from kb.queries import audit as audit_q
from kb.queries.audit import DeedFilter as DeedFilter  # pages name it from here
from kb.services.status import Deed
from kb.viewers import Viewer, require

PAGE: Final = 100
MOST: Final = 100_000
"""Rows of one export."""


@dataclass(frozen=True, slots=True)
class Deeds:
    """One page of the log."""

    deeds: tuple[Deed, ...]
    total: int
    actions: tuple[str, ...]
    """Kinds to choose from."""


def page(session: Session, viewer: Viewer, wanted: DeedFilter, *, offset: int = 0) -> Deeds:
    """Deeds, newest first."""
    require(viewer, "operator")
    return Deeds(_found(session, wanted, PAGE, offset), audit_q.count(session, wanted), tuple(audit_q.actions(session)))


def export(session: Session, viewer: Viewer, wanted: DeedFilter) -> tuple[Deed, ...]:
    """The same without pages, at most `MOST` of them."""
    require(viewer, "operator")
    return _found(session, wanted, MOST, 0)


def _found(session: Session, wanted: DeedFilter, limit: int, offset: int) -> tuple[Deed, ...]:
    return tuple(
        Deed(entry.at, entry.actor, entry.action, entry.subject, {k: str(v) for k, v in entry.details.items()})
        for entry in audit_q.entries(session, wanted, limit=limit, offset=offset)
    )
