"""A ticket as one row of a table: attributes, how often they escalated, numbers, calendar, manner and gist.

Invariant: rates of the tickets learned from are those of `rates.learned_with` (no ticket knows its own outcome, nor a
later one); what is not known is NaN, never zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from classifier.contract import TicketFeatures
from classifier.rates import Rates, When, fit_rates, learned_with, telling_pairs, together
from classifier.reading import Read
from classifier.tone import NAMES
from classifier.trees import MOST_VALUES

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
GIST: Final = 60
"""Leading numbers of the condensed text, and as many of the embedding."""
CALENDAR: Final = ("hour of the day", "day of the week")
HIDDEN: Final = 7
"""Of how many tickets one is learned without its numbers."""
FEWEST: Final = 20
"""Tickets that must have a number before it is read."""


@dataclass(frozen=True)
class Table:
    """What was learned of the columns. `meaning_axes` has shape (embedding, up to 60)."""

    attributes: tuple[str, ...]
    codes: Mapping[str, Mapping[str, int]]
    rates: tuple[Rates, ...]
    numbers: tuple[str, ...]
    meaning_axes: NDArray[np.float32]
    gist: bool

    @property
    def categories(self) -> int:
        """Leading columns that hold codes."""
        return len(self.attributes)

    def sources(self) -> list[str]:
        """Of each column, what it is read from: an attribute, a pair "a + b", a number, or "" for the gist."""
        rated = [" + ".join(rates.names) for rates in self.rates for _ in range(2)]
        rest = [*self.numbers, *CALENDAR, *NAMES] if self.gist else [*self.numbers, *CALENDAR]
        return [*self.attributes, *rated, *rest]

    def rows(self, read: Read) -> Floats:
        """Shape (n, columns)."""
        values = _values(read.tickets, {name for rates in self.rates for name in rates.names} | set(self.attributes))
        return self._joined(read, values, [rates.of(_of(values, rates.names)) for rates in self.rates])

    def _joined(self, read: Read, values: Mapping[str, Sequence[str]], rated: Sequence[Floats]) -> Floats:
        codes = [
            np.array([self.codes[name].get(value, np.nan) for value in values[name]], dtype=np.float64)
            for name in self.attributes
        ]
        numbers = [
            np.array([ticket.numbers.get(name, np.nan) for ticket in read.tickets], dtype=np.float64)
            for name in self.numbers
        ]
        parts = [
            *(code[:, None] for code in codes),
            *rated,
            *(one[:, None] for one in numbers),
            _calendar(read.tickets),
        ]
        if self.gist:
            # Not by the library's matrix product: a row's sum must not depend on how many rows there are.
            meaning = np.einsum("nd,dg->ng", read.meaning, self.meaning_axes)
            parts += [read.tone, np.hstack([read.text[:, :GIST], meaning]).astype(np.float64)]
        return np.hstack(parts)

    def to_parts(self) -> dict[str, Any]:
        """Plain strings and arrays."""
        return {
            "attributes": list(self.attributes), "codes": {name: "\n".join(known) for name, known in self.codes.items()},
            "rates": [rates.to_parts() for rates in self.rates], "numbers": list(self.numbers),
            "meaning": self.meaning_axes, "gist": self.gist,
        }  # fmt: skip

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any]) -> Table:
        """What `to_parts` made; KeyError or TypeError where it is something else."""
        codes = {name: {v: n for n, v in enumerate(known.split("\n"))} for name, known in parts["codes"].items()}
        rates = tuple(Rates.from_parts(one) for one in parts["rates"])
        return cls(
            tuple(parts["attributes"]), codes, rates, tuple(parts["numbers"]), parts["meaning"], bool(parts["gist"])
        )


def fit_table(
    read: Read, names: Sequence[str], labels: Labels | None, when: When, *, gist: bool
) -> tuple[Table, Floats]:
    """The table and the rows that a model learns from.

    `labels` (0/1) give rates of attributes and of telling pairs of them; without labels there are none. `gist` says
    whether manner, condensed text and embedding are columns too.
    """
    values = _values(read.tickets, names)
    codes = {name: _codes(values[name]) for name in names}
    rates: list[Rates] = []
    rated: list[Floats] = []
    if labels is not None:
        for one in [*((name,) for name in names), *telling_pairs(values, labels, when)]:
            rates.append(fit_rates(one, _of(values, one), labels))
            rated.append(learned_with(_of(values, one), labels, when))
    table = Table(tuple(names), codes, tuple(rates), _numbers(read.tickets), _axes(read, gist=gist), gist)
    rows = table._joined(read, values, rated)
    # A few learn without their numbers, so that a ticket of which the record says nothing is no stranger.
    first = len(names) + 2 * len(rates)
    rows[::HIDDEN, first : first + len(table.numbers)] = np.nan
    return table, rows


def _values(tickets: Sequence[TicketFeatures], names: Sequence[str] | set[str]) -> dict[str, list[str]]:
    return {name: [ticket.attributes.get(name, "").replace("\n", " ") for ticket in tickets] for name in names}


def _of(values: Mapping[str, Sequence[str]], names: tuple[str, ...]) -> Sequence[str]:
    return values[names[0]] if len(names) == 1 else together(values[names[0]], values[names[1]])


def _codes(values: Sequence[str]) -> dict[str, int]:
    """The most frequent values."""
    counted = sorted(Counter(values).items(), key=lambda one: (-one[1], one[0]))[:MOST_VALUES]
    return {value: n for n, (value, _) in enumerate(counted)}


def _numbers(tickets: Sequence[TicketFeatures]) -> tuple[str, ...]:
    counted = Counter(name for ticket in tickets for name in ticket.numbers)
    return tuple(sorted(name for name, count in counted.items() if count >= FEWEST))


def _axes(read: Read, *, gist: bool) -> NDArray[np.float32]:
    """Principal axes of the embeddings (they are measured from their mean already)."""
    width = read.meaning.shape[1]
    if not gist or not width or len(read) <= GIST:
        return np.zeros((width, 0), dtype=np.float32)
    _, vectors = np.linalg.eigh(read.meaning.T.astype(np.float64) @ read.meaning.astype(np.float64))
    return np.asarray(vectors[:, ::-1][:, :GIST], dtype=np.float32)


def _calendar(tickets: Sequence[TicketFeatures]) -> Floats:
    dates = [ticket.created_at for ticket in tickets]
    return np.array(
        [(np.nan, np.nan) if one is None else (one.hour + one.minute / 60, float(one.weekday())) for one in dates],
        dtype=np.float64,
    ).reshape(len(dates), 2)
