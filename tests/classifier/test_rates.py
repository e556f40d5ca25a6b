from __future__ import annotations

import numpy as np
import pytest

from classifier.rates import STRENGTH, Rates, When, fit_rates, learned_with, telling_pairs, together

VALUES = ["a", "b", "a", "a", "b", "a"]
LABELS = np.array([1, 0, 0, 1, 1, 1])
HOURS = 3600.0 * np.arange(6)
BASE = float(LABELS.mean())


def rate(yes: float, seen: float, base: float = BASE) -> float:
    return (yes + STRENGTH * base) / (seen + STRENGTH)


def test_rates_are_drawn_towards_the_usual_one() -> None:
    found = fit_rates(("colour",), VALUES, LABELS).of(["a", "b", "never seen"])
    assert found[:, 0] == pytest.approx([rate(3, 4), rate(1, 2), BASE])
    assert found[:, 1] == pytest.approx(np.log1p([4, 2, 0]))


def test_a_ticket_is_learned_with_what_was_known_before_it() -> None:
    found = learned_with(VALUES, LABELS, When(np.arange(6), HOURS, HOURS))
    assert found[:, 0] == pytest.approx([BASE, BASE, rate(1, 1), rate(1, 2), rate(0, 1), rate(2, 3)])


def test_an_outcome_counts_from_when_it_was_known() -> None:
    late = HOURS.copy()
    late[0] = HOURS[4] + 1
    found = learned_with(VALUES, LABELS, When(np.arange(6), HOURS, late))
    assert found[:, 0] == pytest.approx([BASE, BASE, BASE, rate(0, 1), rate(0, 1), rate(2, 3)])


def test_of_one_moment_none_knows_the_others() -> None:
    found = learned_with(["a"] * 4, np.array([1, 0, 1, 1]), When(np.arange(4), np.zeros(4), np.zeros(4)))
    assert (found[:, 1] == 0).all()


def test_deleting_the_future_changes_nothing() -> None:
    chance = np.random.default_rng(0)
    values, labels = chance.choice(list("abcdef"), 300).tolist(), chance.integers(0, 2, 300)
    times = np.sort(chance.random(300)) * 1e6
    known = times + chance.random(300) * 1e5
    whole = learned_with(values, labels, When(np.arange(300), times, known))
    for cut in (50, 150, 250):
        # The usual rate is the desk's own and so another one; what was seen before is the same.
        part = learned_with(values[:cut], labels[:cut], When(np.arange(cut), times[:cut], known[:cut]))
        assert (part[:, 1] == whole[:cut, 1]).all()
        base_of = {len(labels): float(labels.mean()), cut: float(labels[:cut].mean())}
        seen = np.expm1(whole[:cut, 1])
        assert (whole[:cut, 0] * (seen + STRENGTH) - STRENGTH * base_of[300]) == pytest.approx(
            part[:, 0] * (seen + STRENGTH) - STRENGTH * base_of[cut], abs=1e-9
        )


def test_undated_no_ticket_knows_itself_nor_its_copies() -> None:
    groups = np.array([0, 1, 2, 0, 3, 4])
    flipped = LABELS.copy()
    flipped[[0, 3]] = 1 - flipped[[0, 3]]
    flipped[2] = 0
    usual = learned_with(VALUES, LABELS, When(groups))[[0, 3]]
    other = learned_with(VALUES, np.where(np.isin(np.arange(6), [0, 3]), flipped, LABELS), When(groups))[[0, 3]]
    seen = np.expm1(usual[:, 1])
    base, base_other = LABELS.mean(), np.where(np.isin(np.arange(6), [0, 3]), flipped, LABELS).mean()
    assert usual[:, 0] * (seen + STRENGTH) - STRENGTH * base == pytest.approx(
        other[:, 0] * (seen + STRENGTH) - STRENGTH * base_other
    )


def test_a_pair_that_tells_is_found_and_no_other() -> None:
    chance = np.random.default_rng(0)
    one, two, three = (chance.integers(0, 4, 3000) for _ in range(3))
    labels = ((one + two) % 2).astype(np.int64)
    values = {name: [str(v) for v in row] for name, row in (("one", one), ("two", two), ("three", three))}
    values["copy of two"] = [f"again {v}" for v in two]
    pairs = telling_pairs(values, labels, When(np.arange(3000)))
    assert len(pairs) == 1
    assert "one" in pairs[0]
    assert "three" not in pairs[0]


def test_parts_make_the_same_rates() -> None:
    pair = fit_rates(("x", "y"), together(VALUES, VALUES), LABELS)
    again = Rates.from_parts(pair.to_parts())
    asked = together(["a", "b", "z"], ["a", "b", "a"])
    assert (again.of(asked) == pair.of(asked)).all()


def test_older_tickets_count_less() -> None:
    weight = When(np.arange(3), np.array([0.0, 50.0, 100.0]), np.zeros(3)).recency()
    assert weight is not None
    assert weight[2] / weight[0] == pytest.approx(8)
    assert When(np.arange(3)).recency() is None
