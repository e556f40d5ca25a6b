"""Whether each team's tickets are still foreseen to be its own.

Invariant: pure; a team is judged on the tickets that it solved, and one that has few of them warns nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
from scipy.stats import norm

from classifier.contract import Seen, TeamWeek, TeamWeeks

ENOUGH_BEFORE: Final = 40
ENOUGH_LAST: Final = 15
LESS_RIGHT: Final = 0.15
CHANCE: Final = 0.00135
"""That chance alone warns of any team: as often as three standard deviations on one side. Each team has its part of it."""


def monday(at: datetime) -> date:
    """The first day of its week."""
    day = at.date()
    return day - timedelta(days=day.weekday())


def by_team(before: Sequence[Seen], last: Sequence[Seen], starts: Sequence[str]) -> tuple[TeamWeeks, ...]:
    """Each team that solved a ticket for which one was named, in the weeks that begin at `starts`; most tickets first."""
    old, new = _of_teams(before), _of_teams(last)
    found = []
    for team in sorted({*old, *new}):
        weeks: dict[str, list[Seen]] = defaultdict(list)
        for one in (*old[team], *new[team]):
            weeks[monday(one.at).isoformat()].append(one)
        rows = tuple(_counted(start, weeks[start]) for start in starts)
        found.append(TeamWeeks(team, rows, _counted(starts[0], old[team]), _counted(starts[-1], new[team])))
    return tuple(sorted(found, key=lambda one: (-one.tickets, one.team)))


def team_warnings(teams: Sequence[TeamWeeks]) -> tuple[str, ...]:
    """Teams whose last weeks are surely worse, in words; the more teams are compared, the surer it must be."""
    enough = [one for one in teams if one.before.tickets >= ENOUGH_BEFORE and one.last.tickets >= ENOUGH_LAST]
    sure = float(norm.isf(CHANCE / max(1, len(enough))))
    return tuple(_warning(one) for one in enough if _fell(one, sure))


def _of_teams(seen: Sequence[Seen]) -> dict[str, list[Seen]]:
    found: dict[str, list[Seen]] = defaultdict(list)
    for one in seen:
        if one.team and one.right_team:
            found[one.right_team].append(one)
    return found


def _counted(start: str, some: Sequence[Seen]) -> TeamWeek:
    return TeamWeek(start, len(some), sum(one.team == one.right_team for one in some))


def _fell(team: TeamWeeks, sure: float) -> bool:
    before, last = team.before, team.last
    pooled = (before.right + last.right) / team.tickets
    spread = float(np.sqrt(pooled * (1 - pooled) * (1 / before.tickets + 1 / last.tickets))) or 1.0
    fallen = before.right / before.tickets - last.right / last.tickets
    return fallen >= LESS_RIGHT and fallen / spread >= sure


def _warning(team: TeamWeeks) -> str:
    before, last = team.before, team.last
    return (
        f"{team.team}: of its {last.tickets} tickets of the last two weeks {last.right / last.tickets:.0%} were foreseen to be "
        f"its own, before {before.right / before.tickets:.0%} of {before.tickets}."
    )
