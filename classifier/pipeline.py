"""The fitted parts of one model version. Invariant: frozen once trained; predicting never changes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.calibration import platt, prediction_set, softmax
from classifier.contract import Prediction, Reason, TeamShare, TicketFeatures
from classifier.features import Matrix, TicketVectorizer
from classifier.reasons import contributions, in_words
from classifier.threshold import Threshold

TEAMS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Whether:
    """Will it escalate: a linear model, and what makes its score a probability and a decision."""

    coefficients: NDArray[np.float64]
    intercept: float
    slope: float
    offset: float
    threshold: Threshold

    def chances(self, rows: Matrix) -> NDArray[np.float64]:
        """Shape (n,)."""
        return platt(rows @ self.coefficients + self.intercept, self.slope, self.offset)


@dataclass(frozen=True, slots=True)
class Where:
    """Which of several: a linear model a class, a temperature, and the mass that a set must gather."""

    names: tuple[str, ...]
    coefficients: NDArray[np.float32]
    intercepts: NDArray[np.float64]
    temperature: float
    mass: float

    def chances(self, rows: Matrix) -> NDArray[np.float64]:
        """Shape (n, classes)."""
        return softmax(np.asarray(rows @ self.coefficients.T, dtype=np.float64) + self.intercepts, self.temperature)


@dataclass(frozen=True, slots=True)
class Model:
    """Everything a version needs to predict."""

    vectorizer: TicketVectorizer
    whether: Whether | None
    teams: Where | None
    levels: Where | None

    def predict(self, tickets: Sequence[TicketFeatures], version: str) -> tuple[Prediction, ...]:
        """One prediction a ticket, in order."""
        if not tickets:
            return ()
        rows = self.vectorizer.transform(tickets)
        chances = self.whether.chances(rows) if self.whether else None
        teams = self.teams.chances(rows) if self.teams else None
        levels = self.levels.chances(rows) if self.levels else None
        return tuple(
            self._one(ticket, version, None if chances is None else float(chances[n]),
                      None if teams is None else teams[n], None if levels is None else levels[n])
            for n, ticket in enumerate(tickets)
        )  # fmt: skip

    def _one(
        self,
        ticket: TicketFeatures,
        version: str,
        chance: float | None,
        teams: NDArray[np.float64] | None,
        levels: NDArray[np.float64] | None,
    ) -> Prediction:
        shares: tuple[TeamShare, ...] = ()
        team_set: tuple[str, ...] = ()
        if self.teams is not None and teams is not None:
            order = np.argsort(-teams)[:TEAMS_SHOWN]
            shares = tuple(TeamShare(self.teams.names[n], round(float(teams[n]), 6)) for n in order)
            team_set = tuple(self.teams.names[n] for n in prediction_set(teams, self.teams.mass))
        whether = self.whether
        reasons: tuple[Reason, ...] = ()
        if whether is not None:
            reasons = in_words(contributions(self.vectorizer, whether.coefficients * whether.slope, ticket))
        return Prediction(
            id=ticket.id,
            probability=chance,
            threshold=whether.threshold.at if whether else None,
            decision=whether.threshold.decide(chance) if whether and chance is not None else None,
            reasons=reasons,
            teams=shares,
            team_set=team_set,
            model=version,
            level=self.levels.names[int(np.argmax(levels))] if self.levels and levels is not None else None,
        )

    def to_parts(self) -> dict[str, Any]:
        """Plain containers, arrays and the vectorizer, as the registry stores them."""
        parts: dict[str, Any] = {"vectorizer": self.vectorizer}
        if self.whether:
            w = self.whether
            parts["whether"] = {
                "coefficients": w.coefficients, "intercept": w.intercept, "slope": w.slope, "offset": w.offset,
                "at": w.threshold.at, "band": w.threshold.band,
            }  # fmt: skip
        for name, where in (("teams", self.teams), ("levels", self.levels)):
            if where:
                parts[name] = {
                    "names": list(where.names), "coefficients": where.coefficients, "intercepts": where.intercepts,
                    "temperature": where.temperature, "mass": where.mass,
                }  # fmt: skip
        return parts

    @classmethod
    def from_parts(cls, parts: dict[str, Any]) -> Model:
        """What `to_parts` made; KeyError or TypeError where it is something else."""
        whether = parts.get("whether")
        made = None
        if whether:
            threshold = Threshold(whether["at"], whether["band"])
            made = Whether(
                whether["coefficients"], whether["intercept"], whether["slope"], whether["offset"], threshold
            )
        wheres = {
            name: Where(tuple(p["names"]), p["coefficients"], p["intercepts"], p["temperature"], p["mass"])
            for name in ("teams", "levels")
            if (p := parts.get(name))
        }
        return cls(parts["vectorizer"], made, wheres.get("teams"), wheres.get("levels"))
