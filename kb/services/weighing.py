"""What the models would mean: how good what serves is, what another version or another threshold would change.

Invariant: only looks; every figure is of tickets that the judging models had not seen, and names them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from classifier.contract import (
    Choice,
    ChoiceError,
    Comparison,
    Consequence,
    Difference,
    Drift,
    EscalationEngine,
    NoModelError,
    Tenth,
    Week,
)
from kb.errors import InvalidError, NotFoundError, UnavailableError
from kb.services.promoting import ModelsView, ModelView
from kb.viewers import Viewer, require

__all__ = [
    "Consequence", "Drift", "Figure", "Kind", "Swap", "Tenth", "Week", "consequence", "named", "reliability", "swap",
]  # fmt: skip

Kind = Literal["balance", "cost", "capacity"]
LESS_IS_BETTER: Final = ("calibration error", "Brier")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure before and after; `low` and `high` bound after minus before (95 %)."""

    name: str
    before: float
    after: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """``better`` or ``worse`` where chance hardly makes the difference, else ``alike``."""
        low, high = (-self.high, -self.low) if self.name in LESS_IS_BETTER else (self.low, self.high)
        return "better" if low > 0 else "worse" if high < 0 else "alike"


@dataclass(frozen=True, slots=True)
class Swap:
    """What would change if `after` served instead of `before`, on later tickets that neither had learned from."""

    before: str
    after: str
    tickets: int
    first: str
    """Day of the earliest of those tickets (YYYY-MM-DD); empty where they are not dated. `last` likewise."""
    last: str
    figures: tuple[Figure, ...]


def named(models: ModelsView, version: str) -> ModelView:
    """The stored version of that name; NotFoundError where there is none."""
    for one in models.versions:
        if one.version == version:
            return one
    raise NotFoundError("There is no such model.")


def swap(models: ModelsView, version: str) -> Swap | None:
    """That version in the place of what serves; None where the two were never judged on the same tickets."""
    there = named(models, version).comparison
    if there is not None and there.champion == models.serving:
        figures = tuple(_figure(name, one) for name, one in there.differences.items())
        return _swap(models.serving, version, there, figures)
    back = next((one.comparison for one in models.versions if one.version == models.serving), None)
    if back is not None and back.champion == version:
        return _swap(models.serving, version, back, tuple(_turned(name, d) for name, d in back.differences.items()))
    return None


def consequence(
    escalation: EscalationEngine, viewer: Viewer, kind: Kind = "balance", *, miss: float = 1.0, per_day: float = 0.0
) -> Consequence | None:
    """What alarms by that rule would have meant; None where what serves does not say whether a ticket escalates.

    ``balance`` is the rule by which what serves was trained. For ``cost``, a miss weighs as much as `miss` false alarms.

    Raises:
        InvalidError: the rule cannot be followed; the message says why.
        UnavailableError: nothing serves, or what serves cannot be read.
    """
    require(viewer, "lead")
    try:
        return escalation.consequence(Choice(kind, miss=miss, per_day=per_day))
    except ChoiceError as error:
        raise InvalidError(str(error), field="per_day" if kind == "capacity" else "miss") from error
    except NoModelError as error:
        raise UnavailableError(str(error)) from error


def reliability(escalation: EscalationEngine, viewer: Viewer) -> tuple[Tenth, ...]:
    """Whether what serves says what happens, on tickets it had not seen; empty where nothing can be read or judged."""
    require(viewer, "lead")
    try:
        return escalation.reliability()
    except NoModelError:
        return ()


def _swap(before: str, after: str, judged: Comparison, figures: tuple[Figure, ...]) -> Swap:
    return Swap(before, after, judged.tickets, judged.first, judged.last, figures)


def _figure(name: str, one: Difference) -> Figure:
    return Figure(name, one.champion, one.challenger, one.low, one.high)


def _turned(name: str, one: Difference) -> Figure:
    return Figure(name, one.challenger, one.champion, 0.0 - one.high, 0.0 - one.low)
