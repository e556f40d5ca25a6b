"""The models of where a ticket belongs, one score a class, which are blended.

Invariant: each is learned from the tickets given and from nothing else; a class that they do not hold has a score too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from classifier.features import Matrix, times
from classifier.likeness import NET, neighbours_of, net_of
from classifier.lines import WORST, Lines
from classifier.neighbours import FAR, Neighbours
from classifier.nets import SmallNet
from classifier.rates import When
from classifier.reading import Read
from classifier.table import Table, fit_table
from classifier.trees import MOST_VALUES, BoostedTrees

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Scores = NDArray[np.float32]
TREES_IN_ALL: Final = 4_000
"""Most trees over all classes."""
DOUBT: Final = 1.0
"""Tickets that the classes' shares weigh beside a requester's own."""
NEVER: Final = -14.0
"""Log of the probability of a class that trees have not seen."""
LEVELS: Final = "lines of the levels"


@dataclass(frozen=True, slots=True)
class Past:
    """How the tickets of one attribute's values were shared out among the classes. `counts`: (values, classes), sparse."""

    name: str
    places: Mapping[str, int]
    counts: csr_matrix

    def scores(self, read: Read, shares: Floats) -> Floats:
        """Log of each class's share, drawn towards that of all tickets; shape (n, classes)."""
        empty = self.counts.shape[0] - 1
        at = [self.places.get(ticket.attributes.get(self.name, ""), empty) for ticket in read.tickets]
        seen = self.counts[at].toarray()
        return np.asarray(np.log((seen + DOUBT * shares) / (seen.sum(axis=1, keepdims=True) + DOUBT)))

    def to_parts(self) -> dict[str, Any]:
        """Plain strings and arrays."""
        return {
            "name": self.name, "places": "\n".join(self.places), "data": self.counts.data, "shape": self.counts.shape,
            "indices": self.counts.indices, "starts": self.counts.indptr,
        }  # fmt: skip

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any]) -> Past:
        """What `to_parts` made; KeyError or ValueError where it is something else."""
        counts = csr_matrix((parts["data"], parts["indices"], parts["starts"]), shape=tuple(parts["shape"]))
        return cls(parts["name"], {value: n for n, value in enumerate(parts["places"].split("\n"))}, counts)


@dataclass(frozen=True, slots=True)
class Above:
    """Broader classes (the levels of teams), which have more tickets each: a rare class leans on what is above it.

    `of` has shape (classes,): the column of the broader class, below zero where none is known.
    """

    of: Labels
    lines: Lines

    def scores(self, rows: Matrix) -> Floats:
        """Distance from the line of each class's broader class, shape (n, classes); their mean where it has none."""
        found = _all_lines(self.lines, rows)
        place = {int(one): n for n, one in enumerate(self.lines.classes_)}
        known = np.array([place.get(int(one), -1) for one in self.of], dtype=np.int64)
        return np.where(known >= 0, found[:, known], found.mean(axis=1, keepdims=True))

    def to_parts(self) -> dict[str, Any]:
        """Plain arrays."""
        return {"of": self.of, **_line_parts(self.lines)}

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any]) -> Above:
        """What `to_parts` made; KeyError where it is something else."""
        return cls(parts["of"], _line(parts))


@dataclass(frozen=True, slots=True)
class WhereMembers:
    """Models of which class of several. `shares` has shape (classes,): how the tickets learned from were shared out."""

    shares: Floats
    lines: Mapping[str, Lines]
    near: Mapping[str, Neighbours]
    past: tuple[Past, ...]
    table: Table | None
    trees: BoostedTrees | None
    above: Above | None = None
    net: SmallNet | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """In the order of the scores."""
        near = [f"{what} neighbours by {name}" for name in self.near for what in ("votes of", "nearest of")]
        past = [f"past of the {one.name}" for one in self.past]
        trees, above = ("boosted trees",) if self.trees else (), (LEVELS,) if self.above else ()
        return ("shares", *self.lines, *near, *past, *trees, *above, *((NET,) if self.net else ()))

    def keeping(self, names: Sequence[str]) -> WhereMembers:
        """Without the members that are not among `names`: what was judged by nobody has no place in a blend."""
        near = {name: one for name, one in self.near.items() if f"votes of neighbours by {name}" in names}
        past = tuple(one for one in self.past if f"past of the {one.name}" in names)
        trees, above = self.trees if "boosted trees" in names else None, self.above if LEVELS in names else None
        net = self.net if NET in names else None
        return replace(self, near=near, past=past, trees=trees, above=above, net=net)

    def scores(self, read: Read) -> Scores:
        """Shape (n, classes, members)."""
        width = len(self.shares)
        columns: list[Floats] = [np.tile(np.log(self.shares), (len(read), 1))]
        columns += [_full(width, line.classes_, _all_lines(line, read.rows), WORST) for line in self.lines.values()]
        for name, near in self.near.items():
            found = near.look(getattr(read, name))
            columns.append(_full(width, near.classes_, np.log(np.clip(found.votes, 1e-6, None)), NEVER))
            columns.append(_full(width, near.classes_, found.nearest, FAR))
        columns += [one.scores(read, self.shares) for one in self.past]
        if self.trees and self.table:
            chances = self.trees.predict_proba(self.table.rows(read))
            columns.append(_full(width, self.trees.classes_, np.log(np.clip(chances, 1e-6, None)), NEVER))
        if self.above:
            columns.append(self.above.scores(read.rows))
        if self.net:
            columns.append(_full(width, self.net.classes_, self.net.log_chances(read.gist()), NEVER))
        return np.stack(columns, axis=2).astype(np.float32)

    def to_parts(self) -> dict[str, Any]:
        """As the registry stores them."""
        return {
            "shares": self.shares,
            "lines": {name: _line_parts(line) for name, line in self.lines.items()},
            "near": {name: near.to_parts() for name, near in self.near.items()},
            "past": [one.to_parts() for one in self.past],
            "table": self.table.to_parts() if self.table else None,
            "trees": self.trees.to_parts() if self.trees else None,
            "above": self.above.to_parts() if self.above else None,
            "net": self.net.to_parts() if self.net else None,
        }

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any]) -> WhereMembers:
        """What `to_parts` made; KeyError or TypeError where it is something else."""
        past = tuple(Past.from_parts(one) for one in parts["past"])
        return cls(
            parts["shares"], {name: _line(one) for name, one in parts["lines"].items()},
            {name: Neighbours.from_parts(one) for name, one in parts["near"].items()}, past,
            Table.from_parts(parts["table"]) if parts["table"] else None,
            BoostedTrees.from_parts(parts["trees"]) if parts["trees"] else None,
            Above.from_parts(above) if (above := parts.get("above")) else None,
            SmallNet.from_parts(net) if (net := parts.get("net")) else None,
        )  # fmt: skip


def fit_where(
    read: Read, labels: Labels, classes: int, when: When, names: Sequence[str], broader: Labels | None = None
) -> WhereMembers:
    """From tickets and the column of each one's class, at least two of which occur.

    `broader` holds the column of each ticket's broader class, below zero where it is not known.
    """
    counts = np.bincount(labels, minlength=classes) + 0.5
    lines = {"lines": Lines(0.4), "lines, rare classes weighing alike": Lines(0.3, balanced=True)}
    for line in lines.values():
        line.fit(read.rows, labels)
        line.coef_ = line.coef_.astype(np.float32)
    table, trees = None, None
    if len(names) + len({name for ticket in read.tickets for name in ticket.numbers}) >= 2:
        table, rows = fit_table(read, names, None, when, gist=False)
        rounds = int(np.clip(TREES_IN_ALL // classes, 20, 100))
        trees = BoostedTrees(table.categories, rounds=rounds, rate=0.1, least=5, share=1.0).fit(rows, labels)
    past = tuple(_past(name, read, labels, classes) for name in names if _many_valued(name, read))
    above = None if broader is None else _above(read, labels, classes, broader)
    return WhereMembers(
        counts / counts.sum(), lines, neighbours_of(read, labels), past, table, trees, above,
        net_of(read, labels),
    )  # fmt: skip


def _above(read: Read, labels: Labels, classes: int, broader: Labels) -> Above | None:
    """None where there are not two broader classes, or where each of them has one class only."""
    known = np.flatnonzero(broader >= 0)
    kinds = np.unique(broader[known])
    if len(kinds) < 2:
        return None
    seen = np.zeros((classes, int(kinds.max()) + 1), dtype=np.int64)
    np.add.at(seen, (labels[known], broader[known]), 1)
    of = np.where(seen.any(axis=1), seen.argmax(axis=1), -1).astype(np.int64)
    if np.bincount(of[of >= 0]).max() < 2:
        return None
    lines = Lines(0.4).fit(read.rows[known], broader[known])
    lines.coef_ = lines.coef_.astype(np.float32)
    return Above(of, lines)


def _many_valued(name: str, read: Read) -> bool:
    """Whether trees cannot tell all values apart."""
    return len({ticket.attributes.get(name, "") for ticket in read.tickets}) > MOST_VALUES


def _past(name: str, read: Read, labels: Labels, classes: int) -> Past:
    values = np.array([ticket.attributes.get(name, "").replace("\n", " ") for ticket in read.tickets], dtype=object)
    different, codes = np.unique(values, return_inverse=True)
    counts = csr_matrix((np.ones(len(codes)), (codes, labels)), shape=(len(different) + 1, classes))
    return Past(name, {str(value): n for n, value in enumerate(different)}, counts)


def _line_parts(line: Lines) -> dict[str, Any]:
    return {"classes": line.classes_, "coef": line.coef_.astype(np.float32), "intercept": line.intercept_}


def _line(parts: Mapping[str, Any]) -> Lines:
    made = Lines()
    made.classes_, made.coef_, made.intercept_ = parts["classes"], parts["coef"], parts["intercept"]
    made.n_features_in_ = made.coef_.shape[1]
    return made


def _all_lines(line: Lines, rows: Matrix) -> Floats:
    return times(rows, line.coef_.T) + np.asarray(line.intercept_, dtype=np.float64)


def _full(width: int, classes: NDArray[Any], scores: Floats, low: float) -> Floats:
    """The scores in their classes' columns, `low` in all others."""
    found = np.full((len(scores), width), low)
    found[:, classes] = scores
    return found
