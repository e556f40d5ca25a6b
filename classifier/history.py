"""What a version had learned from, and what it said of tickets that it had not.

Invariant: tickets are known by marks, never by their text; what is kept here was said before the outcome was learned.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from classifier.contract import Comparison, Difference, Prediction, TeamShare, TicketFeatures
from classifier.wording import text_of

BEST: Final = 3
"""Teams that are kept of each prediction."""
Predicts = Callable[[Sequence[TicketFeatures]], Sequence[Prediction]]


@dataclass(frozen=True, slots=True)
class History:
    """A version's past. `judged` holds what a model of all earlier tickets said of the latest ones, by their mark."""

    learned: frozenset[str] = frozenset()
    judged: Mapping[str, Prediction] = field(default_factory=dict)
    comparison: Comparison | None = None

    def honest(self, tickets: Sequence[TicketFeatures], predicts: Predicts) -> dict[int, Prediction]:
        """By row, what the version says without having seen the outcome; rows that it learned from otherwise are left out."""
        marks = [mark(ticket) for ticket in tickets]
        found = {row: self.judged[one] for row, one in enumerate(marks) if one in self.judged}
        new = [row for row, one in enumerate(marks) if one not in self.judged and one not in self.learned]
        return found | dict(zip(new, predicts([tickets[row] for row in new]), strict=True))

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "learned": sorted(self.learned),
            "judged": {one: _short(said) for one, said in self.judged.items()},
            "comparison": asdict(self.comparison) if self.comparison else None,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> History:
        """What `to_json` made; KeyError, TypeError or ValueError where it is something else."""
        return cls(
            frozenset(values["learned"]),
            {one: _long(one, said) for one, said in values["judged"].items()},
            _comparison(values["comparison"]),
        )


def mark(ticket: TicketFeatures) -> str:
    """The same for the same ticket with the same text; nothing can be read from it."""
    return hashlib.sha256(f"{ticket.id}\x1f{text_of(ticket)}".encode("utf-8", "replace")).hexdigest()[:20]


def marks(tickets: Iterable[TicketFeatures]) -> frozenset[str]:
    """Of several."""
    return frozenset(mark(ticket) for ticket in tickets)


def _short(said: Prediction) -> list[Any]:
    teams = [[share.team, round(share.probability, 4)] for share in said.teams[:BEST]]
    return [said.probability, said.decision, teams, list(said.team_set), said.level]


def _long(one: str, said: Sequence[Any]) -> Prediction:
    probability, decision, teams, team_set, *level = said
    shares = tuple(TeamShare(str(team), float(chance)) for team, chance in teams)
    return Prediction(one, probability, decision, None, (), shares, tuple(team_set), "", *level)


def _comparison(values: Mapping[str, Any] | None) -> Comparison | None:
    if values is None:
        return None
    differences = {name: Difference(**one) for name, one in values["differences"].items()}
    return Comparison(**{**values, "differences": differences, "worse": tuple(values["worse"])})
