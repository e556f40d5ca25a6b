from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from classifier.contract import Seen
from classifier.drift import shift, watch

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LAST = NOW - timedelta(weeks=2)


def weeks(count: int = 10, a_week: int = 40, seed: int = 0) -> list[Seen]:
    chance = np.random.default_rng(seed)
    found = []
    for number in range(count * a_week):
        probability = float(chance.beta(2, 5))
        right = chance.random() < 0.9
        found.append(Seen(
            NOW - timedelta(weeks=count) * (1 - (number + 1) / (count * a_week)), probability, probability > 0.5, 0.8,
            "Network" if right else "Billing", bool(chance.random() < probability), "Network",
        ))  # fmt: skip
    return found


def lately(change: dict[str, object]) -> list[Seen]:
    return [replace(one, **change) if one.at > LAST else one for one in weeks()]  # type: ignore[arg-type]


def test_nothing_seen_nothing_said() -> None:
    assert watch([]).weeks == ()


def test_like_weeks_are_listed_and_warn_nobody() -> None:
    for seed in range(5):
        found = watch(weeks(seed=seed))
        assert found.warnings == ()
        assert [week.start for week in found.weeks] == sorted(week.start for week in found.weeks)
        assert sum(week.tickets for week in found.weeks) == 400


def test_other_probabilities_are_told() -> None:
    changed = [
        replace(one, probability=min(0.99, (one.probability or 0) + 0.4)) if one.at > LAST else one for one in weeks()
    ]
    told = watch(changed).warnings
    assert any(one.startswith("Probabilities of the last two weeks") for one in told)


def test_attributes_that_vanish_are_told() -> None:
    (told,) = watch(lately({"given": 0.3})).warnings
    assert "only 30% of the attributes, before it was 80%" in told


def test_probabilities_that_no_longer_hold_are_told() -> None:
    told = watch(lately({"escalated": False})).warnings
    assert any("0% escalated where" in one for one in told)


def test_teams_that_are_wrong_more_often_are_told() -> None:
    told = watch(lately({"right_team": "Storage"})).warnings
    assert any("was right for 0%" in one for one in told)


def test_a_handful_of_tickets_warns_nobody() -> None:
    few = [replace(one, escalated=True, given=0.0) if one.at > LAST else one for one in weeks(a_week=10)]
    assert watch(few).warnings == ()


def test_unknown_outcomes_are_not_taken_for_no() -> None:
    found = watch(lately({"escalated": None, "right_team": None}))
    assert found.warnings == ()
    assert found.weeks[-1].known == 0
    assert found.weeks[-1].gap is None


def test_the_same_distribution_has_no_shift() -> None:
    some = np.random.default_rng(0).beta(2, 5, 500)
    assert shift(some, some) < 0.01
    assert shift(some, 1 - some) > 1


def teamwise(last_right: float, *, a_week: int = 8, teams: int = 3) -> list[Seen]:
    """Ten weeks of several teams, each foreseen for nine in ten of its tickets; the first one's last two weeks are another."""
    found = []
    for team in range(teams):
        for number in range(10 * a_week):
            at = NOW - timedelta(weeks=10) * (1 - (number + 1) / (10 * a_week))
            every = round(1 / (1 - last_right)) if team == 0 and at > LAST else 10
            named = "Other" if number % every == 0 else f"Team {team}"
            found.append(Seen(at, 0.2, alarm=False, given=0.8, team=named, right_team=f"Team {team}"))
    return found


def test_each_team_is_counted_week_by_week() -> None:
    found = watch([*teamwise(0.9), Seen(NOW, 0.1, alarm=False, given=1.0, team="Team 1"), Seen(NOW, 0.1, False, 1.0)])
    assert [one.team for one in found.teams] == ["Team 0", "Team 1", "Team 2"]
    first = found.teams[0]
    assert [week.start for week in first.weeks] == [week.start for week in found.weeks]
    assert sum(week.tickets for week in first.weeks) == first.tickets == first.before.tickets + first.last.tickets == 80
    assert sum(week.right for week in first.weeks) == first.before.right + first.last.right == 72
    assert first.last.tickets == 16
    assert first.weeks[0].share == first.weeks[0].right / first.weeks[0].tickets
    assert found.warnings == ()
    assert replace(first.weeks[0], tickets=0, right=0).share is None


def test_a_team_that_is_foreseen_less_often_is_named_and_no_other() -> None:
    told = watch(teamwise(0.5)).warnings
    assert [one for one in told if one.startswith("Team")] == [
        "Team 0: of its 16 tickets of the last two weeks 50% were foreseen to be its own, before 89% of 64."
    ]


def test_a_team_with_few_tickets_warns_nobody_and_many_teams_need_more() -> None:
    assert [one for one in watch(teamwise(0.5, a_week=4)).warnings if one.startswith("Team")] == []
    some, many = (watch(teamwise(2 / 3, teams=teams)).warnings for teams in (1, 40))
    assert [one for one in many if one.startswith("Team")] == []
    assert all(one.startswith("Team 0") for one in some if one.startswith("Team"))
