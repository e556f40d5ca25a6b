"""Why, over all models of the blend.

Invariant: the weights of one ticket's reasons add up, with one starting point that is the same for all tickets, to the
log-odds of the probability shown (to within `reasons.LEAST`). Nothing but the ticket's own words is quoted, and no
other ticket's.

A blend is a weighted sum of its members' scores. The line's share is given back to words and attributes (`reasons`);
the trees' to the columns they asked; neighbours and likely teams are one reason each, measured from what is usual.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from classifier.blending import Blend
from classifier.contract import Reason, TicketFeatures
from classifier.members import Seen, WhetherMembers
from classifier.neighbours import NOBODY
from classifier.reading import Read, Reader
from classifier.reasons import LONGEST_QUOTE, UNNAMED, LineExplainer, attribute_in_words
from classifier.table import CALENDAR
from classifier.tone import NAMES

Floats = NDArray[np.float64]
DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MANNER: Final = frozenset(NAMES)


class Explainer:
    """Reasons of tickets as they were read. Safe to call from several threads."""

    def __init__(
        self,
        reader: Reader,
        members: WhetherMembers,
        blend: Blend,
        usual: Floats,
        teams: Sequence[str],
        rates: Floats | None,
    ) -> None:
        self._members = members
        self._weights = blend.weights
        self._usual = usual
        self._teams = teams
        self._rates = rates
        self.line = LineExplainer(reader.vectorizer, members.lines[0].coefficients * float(blend.weights[0]))
        sources = members.table.sources()
        # What is left of the columns is the gist of the text and of its meaning.
        self._sources = [*sources, *[""] * (members.forests[0].n_features_in_ - len(sources))]

    def reasons(self, read: Read, seen: Seen, scores: Floats, teams: Floats | None) -> list[tuple[Reason, ...]]:
        """Of each ticket; `seen` by the members, `scores` as they were blended, `teams` the teams' probabilities."""
        shares = seen.shares * float(self._weights[1])
        near = [[_counted(name, row) for row in codes] for name, codes in seen.escalated.items()]
        found = []
        for n, ticket in enumerate(read.tickets):
            extra: dict[str, float] = defaultdict(float)
            attributes, gist = self._by_source(ticket, shares[n], extra)
            for place, counted in enumerate(near, start=2):
                extra[counted[n]] += self._measured(scores, n, place)
            if teams is not None and self._rates is not None:
                share = self._measured(scores, n, scores.shape[1] - 1)
                extra[f"reads like a ticket for {self._pulling(teams[n], self._rates, share)}"] += share
            found.append(self.line.reasons(ticket, read.rows[n], attributes, gist, extra))
        return found

    def _measured(self, scores: Floats, row: int, member: int) -> float:
        return float(self._weights[member] * (scores[row, member] - self._usual[member]))

    def _pulling(self, chances: Floats, rates: Floats, share: float) -> str:
        """The team that moves the ticket most the way it goes: the likeliest one may pull the other way."""
        pull = chances * (rates - expit(self._usual[-1])) * np.sign(share)
        return self._teams[int(np.argmax(pull))][:LONGEST_QUOTE]

    def _by_source(
        self, ticket: TicketFeatures, shares: Floats, extra: dict[str, float]
    ) -> tuple[dict[str, float], float]:
        """The trees' shares of single attributes and of the gist; of all others in words, into `extra`."""
        attributes: dict[str, float] = defaultdict(float)
        gist = 0.0
        for source, share in zip(self._sources, shares.tolist(), strict=True):
            if not share:
                continue
            if source in self._members.table.codes:
                attributes[source] += share
            elif source:
                extra[in_words(source, ticket)] += share
            else:
                gist += share
        return attributes, gist


def _counted(name: str, escalated: NDArray[np.int32]) -> str:
    known = escalated[escalated != NOBODY]
    if not len(known):
        return UNNAMED
    alike = "worded" if name == "text" else "meant"
    return f"of the {len(known)} past tickets {alike} most alike, {int(known.sum())} escalated"


def in_words(source: str, ticket: TicketFeatures) -> str:
    """A column of the table that is no single attribute."""
    if " + " in source:
        return " and ".join(_of_pair(name, ticket.attributes.get(name, "")) for name in source.split(" + "))
    if source in CALENDAR:
        return _moment(source, ticket)
    if source in MANNER:
        return f"how the text is written: {source}"
    value = ticket.numbers.get(source)
    return f"{source}: {value:.3g}" if value is not None else f"{source}: not known"


def _of_pair(name: str, value: str) -> str:
    # What a requester's tickets did is said of both together, so neither is said to have gone one way by itself.
    return "this requester" if name == "requester" and value else attribute_in_words(name, value, 0.0)


def _moment(source: str, ticket: TicketFeatures) -> str:
    if ticket.created_at is None:
        return "no date is given"
    day = DAYS[ticket.created_at.weekday()]
    return f"written at {ticket.created_at:%H} o'clock" if source == CALENDAR[0] else f"written on a {day}"
