"""Which model serves, and how that came about.

Invariant: of two promotions at once one wins and the other is refused, and both are in the audit log. A refusal is
written down too, so whoever calls commits even where a `ConflictError` is raised.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from classifier.contract import Comparison, EscalationEngine, ModelVersion, NoModelError, PromotionConflictError
from kb.errors import ConflictError, NotFoundError
from kb.services import audit
from kb.viewers import Viewer, require

NONE_YET: Final = "Nothing is predicted: no model has been trained yet."
UNREADABLE: Final = "Nothing is predicted just now: the model that serves cannot be read."


@dataclass(frozen=True, slots=True)
class ModelView:
    """A stored version as a lead sees it; `comparison` is with what served when it was trained."""

    version: str
    active: bool
    created_at: str
    trained: tuple[str, ...]
    examples: int
    figures: dict[str, float]
    comparison: Comparison | None


@dataclass(frozen=True, slots=True)
class ModelsView:
    """All versions, newest first. `serving` goes back with a promotion, `previous` is what a rollback brings back."""

    serving: str
    previous: str
    versions: tuple[ModelView, ...]


def models(escalation: EscalationEngine, viewer: Viewer) -> ModelsView:
    """What there is."""
    require(viewer, "lead")
    found = tuple(_view(escalation, one) for one in escalation.versions())
    return ModelsView(escalation.version or "", escalation.previous() or "", found)


def unusable(escalation: EscalationEngine) -> str:
    """Why nothing is predicted just now, in words; empty where what serves can be read."""
    if escalation.version is None:
        return NONE_YET
    try:
        escalation.refresh()
    except NoModelError:
        return UNREADABLE
    return ""


def promote(
    session: Session, escalation: EscalationEngine, viewer: Viewer, version: str, expected: str, now: datetime
) -> None:
    """Serve that version, if `expected` serves now (empty: none).

    Raises:
        ConflictError: somebody else changed it meanwhile; commit all the same.
        NotFoundError: there is no such version, or it cannot be used.
    """
    require(viewer, "lead")
    try:
        escalation.promote(version, expected=expected)
    except PromotionConflictError as error:
        audit.record(
            session, viewer, "model promotion refused", _subject(version), now, serving=escalation.version or ""
        )
        raise ConflictError(str(error)) from error
    except NoModelError as error:
        raise NotFoundError(str(error)) from error
    audit.record(session, viewer, "model promoted", _subject(version), now, before=expected)


def rollback(session: Session, escalation: EscalationEngine, viewer: Viewer, expected: str, now: datetime) -> str:
    """Serve again what served before `expected`; which version that is. Raises as `promote` does."""
    require(viewer, "lead")
    try:
        version = escalation.rollback(expected=expected)
    except PromotionConflictError as error:
        audit.record(
            session, viewer, "model rollback refused", _subject(expected), now, serving=escalation.version or ""
        )
        raise ConflictError(str(error)) from error
    except NoModelError as error:
        raise NotFoundError(str(error)) from error
    audit.record(session, viewer, "model rolled back", _subject(version), now, before=expected)
    return version


def _view(escalation: EscalationEngine, one: ModelVersion) -> ModelView:
    try:
        comparison = escalation.comparison(one.version)
    except NoModelError:
        comparison = None
    return ModelView(
        one.version, one.active, one.created_at, one.trained, one.examples, dict(one.figures), comparison
    )  # fmt: skip


def _subject(version: str) -> str:
    return f"model:{version[:100]}"
