"""The models of whether a ticket escalates, whose scores are blended.

Invariant: each is learned from the tickets given and from nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from classifier.features import Matrix
from classifier.likeness import neighbours_of
from classifier.neighbours import Neighbours
from classifier.rates import When
from classifier.reading import Read
from classifier.table import Table, fit_table
from classifier.trees import BoostedTrees

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
SHOWN: Final = 10
"""Nearest past tickets that are counted for a reason."""
MANY: Final = 2_000
"""Tickets from which on more trees pay."""
MIDDLING: Final = 10
"""Leaves of a tree from which on it learns faster."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Variants of a kind of which the one with the least log loss on unseen tickets is kept."""

    strengths: tuple[float, ...] = (0.1, 0.3, 1.0)
    """Inverse of the line's regularisation."""
    leaves: tuple[int, ...] = (8, 15)
    """Most leaves of a tree."""


@dataclass(frozen=True, slots=True)
class Line:
    """Logistic regression on everything. `coefficients` has shape (features,)."""

    strength: float
    coefficients: Floats
    intercept: float

    def scores(self, rows: Matrix) -> Floats:
        """Log-odds before calibration, shape (n,)."""
        return np.asarray(rows @ self.coefficients) + self.intercept


@dataclass(frozen=True, slots=True)
class Seen:
    """Of tickets: the members' `scores` (n, members), the trees' `shares` of each column of the table, and whether each
    of the nearest past tickets escalated (1 or 0, best first), by what was compared.
    """

    scores: Floats
    shares: Floats
    escalated: Mapping[str, NDArray[np.int32]]


@dataclass(frozen=True, slots=True)
class WhetherMembers:
    """Models of one yes-or-no question."""

    lines: tuple[Line, ...]
    table: Table
    forests: tuple[BoostedTrees, ...]
    near: Mapping[str, Neighbours]
    """By what is compared: ``text``, ``meaning``."""

    @property
    def names(self) -> tuple[str, ...]:
        """In the order of the scores."""
        lines = (f"logistic regression, C {line.strength:g}" for line in self.lines)
        trees = (f"boosted trees of {one.leaves} leaves" for one in self.forests)
        return (*lines, *trees, *(f"neighbours by {name}" for name in self.near))

    def look(self, read: Read) -> Seen:
        """Every score of every ticket, and what it came from."""
        columns = [line.scores(read.rows) for line in self.lines]
        shares, rows = np.zeros((len(read), 0)), self.table.rows(read)
        for forest in self.forests:
            shares = forest.contributions(rows)
            columns.append(shares.sum(axis=1) + float(forest.start_[0]))
        escalated = {}
        for name, near in self.near.items():
            found = near.look(getattr(read, name))
            columns.append(np.asarray(np.log(found.votes[:, 1] / found.votes[:, 0])))
            escalated[name] = found.codes[:, :SHOWN]
        return Seen(np.stack(columns, axis=1), shares, escalated)

    def to_parts(self) -> dict[str, Any]:
        """As the registry stores them."""
        return {
            "lines": [{"strength": o.strength, "coefficients": o.coefficients, "intercept": o.intercept} for o in self.lines],
            "table": self.table.to_parts(), "forests": [one.to_parts() for one in self.forests],
            "near": {name: near.to_parts() for name, near in self.near.items()},
        }  # fmt: skip

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any]) -> WhetherMembers:
        """What `to_parts` made; KeyError or TypeError where it is something else."""
        return cls(
            tuple(Line(**one) for one in parts["lines"]), Table.from_parts(parts["table"]),
            tuple(BoostedTrees.from_parts(one) for one in parts["forests"]),
            {name: Neighbours.from_parts(one) for name, one in parts["near"].items()},
        )  # fmt: skip


def fit_whether(read: Read, labels: Labels, when: When, names: Sequence[str], tried: Candidates) -> WhetherMembers:
    """From tickets and 0/1 `labels`, both of which occur; `names` are the attributes that differ between tickets."""
    weight = when.recency()
    lines = []
    for strength in tried.strengths:
        model = LogisticRegression(C=strength, max_iter=1000, tol=1e-3).fit(read.rows, labels, weight)
        lines.append(Line(strength, np.asarray(model.coef_[0]), float(model.intercept_[0])))
    gist = read.text.shape[1] > 0 or read.meaning.shape[1] > 0
    table, rows = fit_table(read, names, labels, when, gist=gist)
    rounds = 300 if len(labels) >= MANY else 100
    forests = tuple(
        BoostedTrees(table.categories, rounds=rounds, leaves=leaves, rate=0.03 if leaves < MIDDLING else 0.05).fit(
            rows, labels, weight
        )
        for leaves in tried.leaves
    )
    return WhetherMembers(tuple(lines), table, forests, neighbours_of(read, labels))
