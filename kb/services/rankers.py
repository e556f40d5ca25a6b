"""Which learned ranker of suggestions serves, with the encoder tuned for it.

Invariant: of two who decide at once the second is refused, and both are in the audit log; whoever calls commits even
where a `ConflictError` is raised.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from kb.errors import ConflictError, NotFoundError
from kb.services import audit
from kb.viewers import Viewer, require
from search.contract import RankerConflictError, RankerVersion, SearchEngine, SearchError

__all__ = ["RankerVersion", "listed", "serve"]


def listed(search: SearchEngine, viewer: Viewer) -> tuple[RankerVersion, ...]:
    """Those that are stored, newest first."""
    require(viewer, "lead")
    return search.ranker_versions()


def serve(session: Session, search: SearchEngine, viewer: Viewer, name: str, expected: str, now: datetime) -> None:
    """Rank by that version from the next question on, or by the fixed rule where `name` is empty, if `expected` serves.

    Raises:
        ConflictError: another one serves meanwhile; commit all the same.
        NotFoundError: there is no such version, or it is damaged.
    """
    require(viewer, "lead")
    subject = f"ranker:{name[:100] or 'fixed rule'}"
    try:
        search.serve_ranker(name, expected)
    except RankerConflictError as error:
        audit.record(session, viewer, "ranker refused", subject, now, expected=expected[:100])
        raise ConflictError(str(error)) from error
    except SearchError as error:
        raise NotFoundError(str(error)) from error
    audit.record(session, viewer, "ranker promoted", subject, now, before=expected[:100])
