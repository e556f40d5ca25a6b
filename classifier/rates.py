"""How often tickets with a certain attribute escalated.

Invariant: no ticket's own outcome, nor that of a copy or of a later ticket, is part of the rate that it is learned
with. Rates are drawn towards the desk's own rate, the more the fewer tickets there are (as `STRENGTH` tickets would).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

STRENGTH: Final = 10.0
PARTS: Final = 5
PAIRS: Final = 24
"""Most pairs of attributes that are read together."""
TOO_MANY: Final = 24
"""Attributes of which pairs are tried; the ones that tell most by themselves."""
GAIN: Final = 0.001
"""Log loss that a pair must save beside its two attributes."""
APART: Final = "\x1f"


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates of the values of one attribute, or of one pair of them."""

    names: tuple[str, ...]
    places: Mapping[str, int]
    yes: Floats
    seen: Floats
    base: float

    def of(self, values: Sequence[str]) -> Floats:
        """(rate, log of one more than the tickets seen) of each value, shape (n, 2); unseen ones have the base rate."""
        at = np.array([self.places.get(value, -1) for value in values], dtype=np.int64)
        known = at >= 0
        yes, seen = np.where(known, self.yes[at], 0.0), np.where(known, self.seen[at], 0.0)
        return np.stack([_shrunk(yes, seen, self.base), np.log1p(seen)], axis=1)

    def to_parts(self) -> dict[str, Any]:
        """Plain strings and arrays. No value holds the mark between two, nor a line break."""
        return {"names": list(self.names), "values": "\n".join(self.places), "yes": self.yes, "seen": self.seen,
                "base": self.base}  # fmt: skip

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any]) -> Rates:
        """What `to_parts` made."""
        places = {value: n for n, value in enumerate(parts["values"].split("\n"))}
        return cls(tuple(parts["names"]), places, parts["yes"], parts["seen"], float(parts["base"]))


def fit_rates(names: tuple[str, ...], values: Sequence[str], labels: Codes) -> Rates:
    """From the values of tickets and their 0/1 `labels`."""
    different, codes = np.unique(np.asarray(values, dtype=object), return_inverse=True)
    places = {str(value): n for n, value in enumerate(different)}
    return Rates(
        names, places, np.bincount(codes, labels, len(different)).astype(np.float64),
        np.bincount(codes, minlength=len(different)).astype(np.float64), float(labels.mean()),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class When:
    """When tickets came and when their outcomes were known, in seconds; `groups` number what are copies of each other.

    `times` and `known` are empty where a ticket is not dated.
    """

    groups: Codes
    times: Floats = field(default_factory=lambda: np.zeros(0))
    known: Floats = field(default_factory=lambda: np.zeros(0))

    def __getitem__(self, rows: NDArray[Any]) -> When:
        dated = len(self.times) > 0
        return When(
            self.groups[rows], self.times[rows] if dated else self.times, self.known[rows] if dated else self.known
        )

    def recency(self) -> Floats | None:
        """How much each ticket counts: half for each third of the whole time that it lies back; None where undated."""
        if not len(self.times) or np.ptp(self.times) <= 0:
            return None
        weight = 0.5 ** (3 * (self.times.max() - self.times) / np.ptp(self.times))
        return np.asarray(weight / weight.mean())


def learned_with(values: Sequence[str], labels: Codes, when: When) -> Floats:
    """What each ticket is learned with, in the form of `Rates.of`: by time where dated, else by the other groups."""
    _, codes = np.unique(np.asarray(values, dtype=object), return_inverse=True)
    dated = len(when.times) > 0
    yes, seen = _before(codes, labels, when.times, when.known) if dated else _by_others(codes, labels, when.groups)
    return np.stack([_shrunk(yes, seen, float(labels.mean())), np.log1p(seen)], axis=1)


def together(one: Sequence[str], other: Sequence[str]) -> list[str]:
    """The values of two attributes as those of one."""
    return [f"{a}{APART}{b}" for a, b in zip(one, other, strict=True)]


def telling_pairs(
    values: Mapping[str, Sequence[str]], labels: Codes, when: When, most: int = PAIRS
) -> list[tuple[str, str]]:
    """Pairs of attributes that say more together than both of them one after the other; best first.

    An attribute that says exactly what another one says is tried once.
    """
    undated = When(when.groups)
    alone = {name: learned_with(row, labels, undated)[:, 0] for name, row in values.items()}
    losses = {name: _loss(rate, labels) for name, rate in alone.items()}
    names = _different(values, sorted(values, key=lambda name: losses[name]))[:TOO_MANY]
    odds = {name: _odds(alone[name]) for name in names}
    base, found = _odds(np.array([float(labels.mean())]))[0], []
    for one, other in combinations(names, 2):
        rate = learned_with(together(values[one], values[other]), labels, undated)[:, 0]
        sum_ = 1 / (1 + np.exp(-(odds[one] + odds[other] - base)))
        gain = min(losses[one], losses[other], _loss(sum_, labels)) - _loss(rate, labels)
        if gain > GAIN:
            found.append((gain, one, other))
    return [(one, other) for _, one, other in sorted(found, reverse=True)[:most]]


def _different(values: Mapping[str, Sequence[str]], names: Sequence[str]) -> list[str]:
    """Names without those whose values are another's under other words."""
    seen: set[bytes] = set()
    kept = []
    for name in names:
        _, first, codes = np.unique(np.asarray(values[name], dtype=object), return_index=True, return_inverse=True)
        form = first[codes].tobytes()
        if form not in seen:
            seen.add(form)
            kept.append(name)
    return kept


def _before(codes: Codes, labels: Codes, times: Floats, known: Floats) -> tuple[Floats, Floats]:
    """(escalated, seen) among the tickets of the same code whose outcome was known strictly before the ticket came."""
    first = min(times.min(), known.min()) if len(times) else 0.0
    width = (max(times.max(), known.max()) - first + 1.0) if len(times) else 1.0
    at, when = codes * width + (times - first), codes * width + (known - first)
    order = np.argsort(when, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(labels[order])])
    end, start = np.searchsorted(when[order], at, side="left"), np.searchsorted(when[order], codes * width, side="left")
    return total[end] - total[start], (end - start).astype(np.float64)


def _by_others(codes: Codes, labels: Codes, groups: Codes) -> tuple[Floats, Floats]:
    """(escalated, seen) among the tickets of the same code outside the ticket's part; copies share a part."""
    part = groups % PARTS
    width = int(codes.max()) + 1 if len(codes) else 0
    yes = np.bincount(codes * PARTS + part, labels, width * PARTS).reshape(width, PARTS)
    seen = np.bincount(codes * PARTS + part, minlength=width * PARTS).reshape(width, PARTS)
    return yes.sum(1)[codes] - yes[codes, part], (seen.sum(1)[codes] - seen[codes, part]).astype(np.float64)


def _shrunk(yes: Floats, seen: Floats, base: float) -> Floats:
    return np.asarray((yes + STRENGTH * base) / (seen + STRENGTH), dtype=np.float64)


def _odds(rate: Floats) -> Floats:
    safe = np.clip(rate, 1e-3, 1 - 1e-3)
    return np.asarray(np.log(safe / (1 - safe)))


def _loss(rate: Floats, labels: Codes) -> float:
    safe = np.clip(rate, 1e-3, 1 - 1e-3)
    return float(-np.mean(np.where(labels == 1, np.log(safe), np.log(1 - safe))))
