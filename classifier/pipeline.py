"""The fitted parts of one model version. Invariant: frozen once trained; predicting never changes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from classifier.blending import Blend, ClassBlend
from classifier.calibration import Floats, prediction_set
from classifier.changing import changes
from classifier.consequences import Unseen
from classifier.contract import (
    Change,
    Choice,
    Consequence,
    Prediction,
    Reason,
    TeamShare,
    Tenth,
    TicketFeatures,
)
from classifier.explaining import Explainer
from classifier.features import TicketVectorizer
from classifier.members import WhetherMembers
from classifier.notes import notes, values
from classifier.placing import WhereMembers
from classifier.reading import Read, Reader
from classifier.threshold import Threshold

TEAMS_SHOWN: Final = 10
AT_ONCE: Final = 512
"""Tickets in memory at a time."""


@dataclass(frozen=True, slots=True)
class Whether:
    """Will it escalate: models, what makes one probability of their scores, and what makes a decision of that."""

    members: WhetherMembers
    blend: Blend
    """Of the members and, where `rates` are known, of what the likely teams' rates imply."""
    usual: Floats
    """Mean of each score, over tickets that the members had not seen."""
    rates: Floats | None
    """Share of each team's tickets that escalated; None where teams are no part of it."""
    threshold: Threshold
    unseen: Unseen

    def scores(self, scores: Floats, teams: Floats | None) -> Floats:
        """What is blended, shape (n, members); `teams` are the probabilities of the teams, shape (n, teams)."""
        return scores if self.rates is None or teams is None else np.column_stack([scores, implied(teams, self.rates)])


@dataclass(frozen=True, slots=True)
class Where:
    """Which of several: models, what makes probabilities of their scores, and what belongs to a set."""

    names: tuple[str, ...]
    members: WhereMembers
    blend: ClassBlend
    least: float
    """The least probability of a member of the set (see `calibration.fit_sets`)."""
    leasts: Floats
    """The same where each class is to be held as often as stated, shape (classes,)."""

    def chances(self, read: Read) -> Floats:
        """Calibrated probabilities, shape (n, classes)."""
        return self.blend(self.members.scores(read))

    def shares(self, chances: Floats) -> tuple[TeamShare, ...]:
        """The best classes of one ticket, best first."""
        return shares(self.names, chances)

    def set_of(self, chances: Floats, *, each: bool = False) -> tuple[str, ...]:
        """The classes that hold the truth with the stated coverage, over all tickets or over those of `each` class."""
        return tuple(self.names[n] for n in prediction_set(chances, self.leasts if each else self.least))


@dataclass(frozen=True)
class Model:
    """Everything a version needs to predict."""

    reader: Reader
    whether: Whether | None
    teams: Where | None
    levels: Where | None
    explainer: Explainer | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        w = self.whether
        made = (
            Explainer(self.reader, w.members, w.blend, w.usual, self.teams.names if self.teams else (), w.rates)
            if w
            else None
        )
        object.__setattr__(self, "explainer", made)

    @property
    def vectorizer(self) -> TicketVectorizer:
        """The words and attribute values that are known."""
        return self.reader.vectorizer

    def predict(
        self, tickets: Sequence[TicketFeatures], version: str, choice: Choice | None = None
    ) -> tuple[Prediction, ...]:
        """One prediction a ticket, in order; the same ticket gives the same prediction whatever stands beside it."""
        threshold = self.whether.threshold if self.whether else None
        if self.whether and choice:
            threshold = self.whether.unseen.threshold(choice)
        found: list[Prediction] = []
        for start in range(0, len(tickets), AT_ONCE):
            found += self._some(
                tickets[start : start + AT_ONCE], version, threshold, each=bool(choice and choice.each_team)
            )
        return tuple(found)

    def changes(self, ticket: TicketFeatures) -> tuple[Change, ...]:
        """What would be said if an attribute that people set were another; nothing without an escalation model."""
        whether = self.whether
        if whether is None:
            return ()

        def chances(tickets: Sequence[TicketFeatures]) -> Floats:
            # Without saying why, which costs as much again.
            read = self.reader.read(tickets)
            teams = self.teams.chances(read) if self.teams else None
            return whether.blend(whether.scores(whether.members.look(read).scores, teams))

        known = {name: tuple(codes) for name, codes in whether.members.table.codes.items()}
        return changes(ticket, chances, known)

    def consequence(self, choice: Choice) -> Consequence | None:
        """What that choice would have meant; None without an escalation model."""
        return self.whether.unseen.consequence(choice) if self.whether else None

    def reliability(self) -> tuple[Tenth, ...]:
        """Whether what it says is what happens; empty without an escalation model."""
        return self.whether.unseen.tenths() if self.whether else ()

    def _some(
        self, tickets: Sequence[TicketFeatures], version: str, threshold: Threshold | None, *, each: bool
    ) -> list[Prediction]:
        read = self.reader.read(tickets)
        teams = self.teams.chances(read) if self.teams else None
        levels = self.levels.chances(read) if self.levels else None
        chances: Floats | None = None
        reasons: list[tuple[Reason, ...]] = [()] * len(tickets)
        if self.whether and self.explainer:
            seen = self.whether.members.look(read)
            scores = self.whether.scores(seen.scores, teams)
            chances = self.whether.blend(scores)
            reasons = self.explainer.reasons(read, seen, scores, teams)
        where = self.teams
        return [
            Prediction(
                id=ticket.id,
                probability=None if chances is None else float(chances[n]),
                threshold=threshold.at if threshold else None,
                decision=threshold.decide(float(chances[n])) if threshold and chances is not None else None,
                reasons=reasons[n],
                teams=where.shares(teams[n]) if where and teams is not None else (),
                team_set=where.set_of(teams[n], each=each) if where and teams is not None else (),
                model=version,
                level=self.levels.names[int(np.argmax(levels[n]))] if self.levels and levels is not None else None,
                notes=notes(ticket, self.reader),
                values=values(ticket),
            )
            for n, ticket in enumerate(tickets)
        ]

    def to_parts(self) -> dict[str, Any]:
        """Plain containers, strings and arrays, as the registry stores them."""
        parts: dict[str, Any] = {"reader": self.reader.to_parts()}
        if self.whether:
            w = self.whether
            parts["whether"] = {
                "members": w.members.to_parts(), "weights": w.blend.weights, "offset": w.blend.offset, "usual": w.usual,
                "rates": w.rates, "at": w.threshold.at, "low": w.threshold.low, "high": w.threshold.high,
                "unseen": w.unseen.to_parts(),
            }  # fmt: skip
        for name, where in (("teams", self.teams), ("levels", self.levels)):
            if where:
                parts[name] = {
                    "names": list(where.names), "members": where.members.to_parts(), "weights": where.blend.weights,
                    "least": where.least, "leasts": where.leasts,
                }  # fmt: skip
        return parts

    @classmethod
    def from_parts(cls, parts: dict[str, Any]) -> Model:
        """What `to_parts` made; KeyError or TypeError where it is something else."""
        made = None
        if w := parts.get("whether"):
            made = Whether(
                WhetherMembers.from_parts(w["members"]), Blend(w["weights"], w["offset"]), w["usual"], w["rates"],
                Threshold(w["at"], w["low"], w["high"]), Unseen(**w["unseen"]),
            )  # fmt: skip
        wheres = {
            name: Where(
                tuple(p["names"]),
                WhereMembers.from_parts(p["members"]),
                ClassBlend(p["weights"]),
                p["least"],
                p["leasts"],
            )
            for name in ("teams", "levels")
            if (p := parts.get(name))
        }
        return cls(Reader.from_parts(parts["reader"]), made, wheres.get("teams"), wheres.get("levels"))


def implied(teams: Floats, rates: Floats) -> Floats:
    """Log-odds of escalating, were it known only which teams are how likely; shape (n,)."""
    chance = np.clip((teams * rates).sum(axis=1), 1e-3, 1 - 1e-3)
    return np.asarray(np.log(chance / (1 - chance)))


def shares(names: Sequence[str], chances: NDArray[np.float64]) -> tuple[TeamShare, ...]:
    """The best classes of one ticket, best first."""
    order = np.argsort(-chances, kind="stable")[:TEAMS_SHOWN]
    return tuple(TeamShare(names[n], float(chances[n])) for n in order)
