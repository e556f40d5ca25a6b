from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np

from classifier.splits import FEWER, FOLDS, MANY, VERY_MANY, folds_by_text, folds_by_time, text_groups
from tests.classifier import desk


def test_copies_are_one_group() -> None:
    some = [desk.ticket(1, "VPN", "down!"), desk.ticket(2, "vpn", "Down"), desk.ticket(3, "vpn", "up")]
    first, second, third = text_groups(some).tolist()
    assert first == second != third


def test_by_text_no_copy_is_on_both_sides_and_each_is_judged_once() -> None:
    some = [example.ticket for example in desk.examples(50)] * 2
    groups = text_groups(some)
    plan = folds_by_text(some)
    assert len(plan) == 5
    assert all(set(groups[fold.learn]).isdisjoint(groups[fold.judge]) for fold in plan)
    assert sorted(np.concatenate([fold.judge for fold in plan]).tolist()) == list(range(len(some)))


def test_by_text_is_the_same_each_time() -> None:
    some = [example.ticket for example in desk.examples(50)]
    assert all(
        (one.judge == two.judge).all() for one, two in zip(folds_by_text(some), folds_by_text(some), strict=True)
    )


def test_by_time_nobody_is_judged_by_what_came_later() -> None:
    some = [example.ticket for example in desk.examples(100, dated=True)]
    order = np.random.default_rng(0).permutation(len(some))
    some = [some[n] for n in order]
    times = np.array([one.created_at.timestamp() for one in some if one.created_at])
    plan = folds_by_time(some)
    assert len(plan) == 5
    assert all(times[fold.learn].max() < times[fold.judge].min() for fold in plan)
    judged = np.concatenate([fold.judge for fold in plan])
    assert len(judged) == len(set(judged.tolist())) == 50


def test_by_time_a_later_copy_is_not_judged() -> None:
    some = [example.ticket for example in desk.examples(100, dated=True)]
    some[90] = replace(some[0], created_at=some[90].created_at)
    assert 90 not in np.concatenate([fold.judge for fold in folds_by_time(some)])


def test_by_time_needs_dates_that_differ() -> None:
    some = [example.ticket for example in desk.examples(20, dated=True)]
    assert folds_by_time([]) == ()
    assert folds_by_time([replace(some[0], created_at=None), *some[1:]]) == ()
    assert folds_by_time([replace(one, created_at=desk.START) for one in some]) == ()


def test_one_text_cannot_be_split() -> None:
    assert folds_by_text([desk.ticket(n, "same", "text") for n in range(20)]) == ()


def test_many_tickets_are_judged_in_fewer_folds() -> None:
    some = [desk.ticket(n, f"the printer of room {n}") for n in range(MANY)]
    assert len(folds_by_text(some)) == FEWER
    assert len(folds_by_text(some[:100])) == FOLDS


def test_a_word_is_a_copy_only_with_the_same_attributes() -> None:
    some = [desk.ticket(1, "vpn", product="A"), desk.ticket(2, "VPN", product="A"), desk.ticket(3, "vpn", product="B")]
    first, second, third = text_groups(some).tolist()
    assert first == second != third


def test_without_text_a_ticket_is_a_copy_of_none() -> None:
    assert len(set(text_groups([desk.ticket(n, product="A") for n in range(5)]).tolist())) == 5


def test_very_many_dated_tickets_are_judged_in_two_slices() -> None:
    many = [replace(desk.ticket(n), created_at=desk.START + timedelta(minutes=n)) for n in range(VERY_MANY)]
    assert len(folds_by_time(many[:MANY])) == FEWER
    first, second = folds_by_time(many)
    assert len(first.learn) == VERY_MANY / 2
    assert second.learn.tolist() == [*first.learn.tolist(), *first.judge.tolist()]
