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
