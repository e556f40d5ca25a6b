"""The fitted parts of one model version. Invariant: frozen once trained; predicting never changes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from classifier.calibration import Floats, Platt, prediction_set, softmax
from classifier.consequences import Unseen
from classifier.contract import Choice, Consequence, Prediction, Reason, TeamShare, TicketFeatures
from classifier.features import Matrix, TicketVectorizer
from classifier.reasons import Explainer
from classifier.threshold import Threshold

TEAMS_SHOWN: Final = 10
AT_ONCE: Final = 512
"""Tickets in memory at a time."""


@dataclass(frozen=True, slots=True)
class Whether:
    """Will it escalate: a linear model, and what makes its score a probability and a decision."""

    coefficients: Floats
    intercept: float
    platt: Platt
    threshold: Threshold
    unseen: Unseen

    def chances(self, rows: Matrix) -> Floats:
        """Calibrated probabilities, shape (n,)."""
        return self.platt(np.asarray(rows @ self.coefficients) + self.intercept)


@dataclass(frozen=True, slots=True)
class Where:
    """Which of several: a linear score a class, the temperature that calibrates them, and what belongs to a set."""

    names: tuple[str, ...]
    coefficients: NDArray[np.float32]
    """Shape (classes, features)."""
    intercepts: Floats
    temperature: float
    least: float
    """The least probability of a member of the set (see `calibration.fit_sets`)."""

    def chances(self, rows: Matrix) -> Floats:
        """Calibrated probabilities, shape (n, classes)."""
        scores = np.asarray(rows @ self.coefficients.T, dtype=np.float64) + self.intercepts
        return softmax(scores, self.temperature)

    def shares(self, chances: Floats) -> tuple[TeamShare, ...]:
        """The best classes of one ticket, best first."""
        order = np.argsort(-chances, kind="stable")[:TEAMS_SHOWN]
        return tuple(TeamShare(self.names[n], float(chances[n])) for n in order)

    def set_of(self, chances: Floats) -> tuple[str, ...]:
        """The classes that hold the truth with the stated coverage, best first."""
        return tuple(self.names[n] for n in prediction_set(chances, self.least))


@dataclass(frozen=True)
class Model:
    """Everything a version needs to predict."""

    vectorizer: TicketVectorizer
    whether: Whether | None
    teams: Where | None
    levels: Where | None
    explainer: Explainer | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        w = self.whether
        explainer = Explainer(self.vectorizer, w.coefficients * w.platt.slope) if w else None
        object.__setattr__(self, "explainer", explainer)

    def predict(
        self, tickets: Sequence[TicketFeatures], version: str, choice: Choice | None = None
    ) -> tuple[Prediction, ...]:
        """One prediction a ticket, in order; the same ticket gives the same prediction whatever stands beside it."""
        threshold = self.whether.threshold if self.whether else None
        if self.whether and choice:
            threshold = self.whether.unseen.threshold(choice)
        found: list[Prediction] = []
        for start in range(0, len(tickets), AT_ONCE):
            found += self._some(tickets[start : start + AT_ONCE], version, threshold)
        return tuple(found)

    def consequence(self, choice: Choice) -> Consequence | None:
        """What that choice would have meant; None without an escalation model."""
        return self.whether.unseen.consequence(choice) if self.whether else None

    def _some(self, tickets: Sequence[TicketFeatures], version: str, threshold: Threshold | None) -> list[Prediction]:
        rows = self.vectorizer.transform(tickets)
        chances = self.whether.chances(rows) if self.whether else None
        teams = self.teams.chances(rows) if self.teams else None
        levels = self.levels.chances(rows) if self.levels else None
        return [
            self._one(
                ticket,
                rows[n],
                version,
                threshold,
                None if chances is None else float(chances[n]),
                None if teams is None else teams[n],
                None if levels is None else levels[n],
            )
            for n, ticket in enumerate(tickets)
        ]

    def _one(
        self,
        ticket: TicketFeatures,
        row: Matrix,
        version: str,
        threshold: Threshold | None,
        chance: float | None,
        teams: Floats | None,
        levels: Floats | None,
    ) -> Prediction:
        where = self.teams
        reasons: tuple[Reason, ...] = self.explainer.reasons(ticket, row) if self.explainer else ()
        return Prediction(
            id=ticket.id,
            probability=chance,
            threshold=threshold.at if threshold else None,
            decision=threshold.decide(chance) if threshold and chance is not None else None,
            reasons=reasons,
            teams=where.shares(teams) if where and teams is not None else (),
            team_set=where.set_of(teams) if where and teams is not None else (),
            model=version,
            level=self.levels.names[int(np.argmax(levels))] if self.levels and levels is not None else None,
        )

    def to_parts(self) -> dict[str, Any]:
        """Plain containers, strings and arrays, as the registry stores them."""
        parts: dict[str, Any] = {"vectorizer": self.vectorizer.to_parts()}
        if self.whether:
            w = self.whether
            parts["whether"] = {
                "coefficients": w.coefficients, "intercept": w.intercept, "slope": w.platt.slope,
                "offset": w.platt.offset, "at": w.threshold.at, "low": w.threshold.low, "high": w.threshold.high,
                "unseen": w.unseen.to_parts(),
            }  # fmt: skip
        for name, where in (("teams", self.teams), ("levels", self.levels)):
            if where:
                parts[name] = {
                    "names": list(where.names), "coefficients": where.coefficients, "intercepts": where.intercepts,
                    "temperature": where.temperature, "least": where.least,
                }  # fmt: skip
        return parts

    @classmethod
    def from_parts(cls, parts: dict[str, Any]) -> Model:
        """What `to_parts` made; KeyError or TypeError where it is something else."""
        made = None
        if w := parts.get("whether"):
            platt, threshold = Platt(w["slope"], w["offset"]), Threshold(w["at"], w["low"], w["high"])
            made = Whether(w["coefficients"], w["intercept"], platt, threshold, Unseen(**w["unseen"]))
        wheres = {
            name: Where(tuple(p["names"]), p["coefficients"], p["intercepts"], p["temperature"], p["least"])
            for name in ("teams", "levels")
            if (p := parts.get(name))
        }
        return cls(TicketVectorizer.from_parts(parts["vectorizer"]), made, wheres.get("teams"), wheres.get("levels"))
