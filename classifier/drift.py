"""Whether the last weeks are like those before.

Invariant: pure; a warning needs enough tickets and a difference that chance hardly makes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import numpy as np

from classifier.calibration import Floats
from classifier.contract import Drift, Seen, Week
from classifier.teamwise import by_team, monday, team_warnings

LAST: Final = timedelta(weeks=2)
"""What is compared with all before it."""
ENOUGH_BEFORE: Final = 100
ENOUGH_LAST: Final = 40
SHIFTED: Final = 0.25
"""Population stability index from which on a distribution counts as another one (the credit industry's own rule)."""
BINS: Final = 10
SURE: Final = 3.0
"""Standard deviations; chance alone warns about once in 370 looks."""
CALIBRATION_GAP: Final = 0.05
LESS_GIVEN: Final = 0.15
LESS_RIGHT: Final = 0.10


def watch(seen: Sequence[Seen]) -> Drift:
    """Weeks, oldest first, and what differs in the last two."""
    if not seen:
        return Drift((), ())
    newest = max(one.at for one in seen)
    last = [one for one in seen if one.at > newest - LAST]
    before = [one for one in seen if one.at <= newest - LAST]
    weeks = _weeks(seen, before)
    teams = by_team(before, last, [week.start for week in weeks])
    return Drift(weeks, (*_warnings(before, last), *team_warnings(teams)), teams)


def shift(before: Floats, after: Floats) -> float:
    """Population stability index of two lists of probabilities, over ten bins that hold equally many of `before`."""
    edges = np.unique(np.quantile(before, np.linspace(0, 1, BINS + 1)[1:-1]))
    # Half a ticket in each bin, so that an empty one does not count for infinity.
    old, new = (np.bincount(np.searchsorted(edges, some), minlength=len(edges) + 1) + 0.5 for some in (before, after))
    old, new = old / old.sum(), new / new.sum()
    return float(((new - old) * np.log(new / old)).sum())


def _weeks(seen: Sequence[Seen], before: Sequence[Seen]) -> tuple[Week, ...]:
    by_week: dict[date, list[Seen]] = defaultdict(list)
    for one in seen:
        by_week[monday(one.at)].append(one)
    reference = _probabilities(before)
    return tuple(_week(start, some, reference) for start, some in sorted(by_week.items()))


def _week(start: date, some: Sequence[Seen], reference: Floats) -> Week:
    chances = _probabilities(some)
    known = [one for one in some if one.escalated is not None and one.probability is not None]
    named = [one for one in some if one.team and one.right_team]
    enough = len(reference) >= ENOUGH_BEFORE and len(chances) >= BINS
    return Week(
        start=start.isoformat(), tickets=len(some), probability=float(chances.mean()) if len(chances) else None,
        alarms=sum(one.alarm for one in some) / len(some), given=sum(one.given for one in some) / len(some),
        shift=shift(reference, chances) if enough else None, known=len(known),
        gap=_gap(known)[0] if known else None,
        team_accuracy=sum(one.team == one.right_team for one in named) / len(named) if named else None,
    )  # fmt: skip


def _probabilities(some: Sequence[Seen]) -> Floats:
    return np.array([one.probability for one in some if one.probability is not None], dtype=np.float64)


def _gap(known: Sequence[Seen]) -> tuple[float, float]:
    """(share that escalated minus mean probability, in how many standard deviations)."""
    chances = _probabilities(known)
    labels = np.array([bool(one.escalated) for one in known], dtype=np.float64)
    spread = float(np.sqrt((chances * (1 - chances)).sum())) or 1.0
    return float((labels - chances).mean()), float((labels - chances).sum()) / spread


def _warnings(before: Sequence[Seen], last: Sequence[Seen]) -> tuple[str, ...]:
    if len(before) < ENOUGH_BEFORE or len(last) < ENOUGH_LAST:
        return ()
    checks = (_shifted(before, last), _less_given(before, last), _badly_calibrated(last), _less_right(before, last))
    return tuple(one for one in checks if one)


def _shifted(before: Sequence[Seen], last: Sequence[Seen]) -> str:
    old, new = _probabilities(before), _probabilities(last)
    if len(old) < ENOUGH_BEFORE or len(new) < ENOUGH_LAST or shift(old, new) < SHIFTED:
        return ""
    return (
        f"Probabilities of the last two weeks ({len(new)} tickets) differ from those before: {new.mean():.0%} on average "
        f"instead of {old.mean():.0%}."
    )


def _less_given(before: Sequence[Seen], last: Sequence[Seen]) -> str:
    old, new = (sum(one.given for one in some) / len(some) for some in (before, last))
    if old - new < LESS_GIVEN:
        return ""
    return (
        f"Tickets of the last two weeks hold only {new:.0%} of the attributes, before it was {old:.0%}. "
        "Has a form or an import changed?"
    )


def _badly_calibrated(last: Sequence[Seen]) -> str:
    known = [one for one in last if one.escalated is not None and one.probability is not None]
    if len(known) < ENOUGH_LAST:
        return ""
    gap, deviations = _gap(known)
    if abs(gap) < CALIBRATION_GAP or abs(deviations) < SURE:
        return ""
    said = float(_probabilities(known).mean())
    return f"Of {len(known)} tickets of the last two weeks {said + gap:.0%} escalated where {said:.0%} were foreseen."


def _less_right(before: Sequence[Seen], last: Sequence[Seen]) -> str:
    old, new = ([one.team == one.right_team for one in some if one.team and one.right_team] for some in (before, last))
    if len(old) < ENOUGH_BEFORE or len(new) < ENOUGH_LAST:
        return ""
    was, now = sum(old) / len(old), sum(new) / len(new)
    pooled = (sum(old) + sum(new)) / (len(old) + len(new))
    spread = float(np.sqrt(pooled * (1 - pooled) * (1 / len(old) + 1 / len(new)))) or 1.0
    if was - now < LESS_RIGHT or (was - now) / spread < SURE:
        return ""
    return f"The team named first was right for {now:.0%} of {len(new)} tickets of the last two weeks, before for {was:.0%}."
