from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from classifier.assessment import NEW, OURS, REGULAR, assess
from classifier.baselines import MAJORITY, PLAIN, STRATIFIED
from classifier.contract import Example, Outcome, Prediction, TeamShare
from tests.classifier import desk

LEARN = desk.examples(120, dated=True)
JUDGE = desk.examples(200, seed=4, dated=True)


def oracle(examples: list[Example], wrong_for: str = "") -> list[Prediction]:
    """Knows everything, but is the other way round for one product."""
    found = []
    for one in examples:
        turned = one.ticket.attributes["product"] == wrong_for
        chance = 0.9 if bool(one.outcome.escalated) != turned else 0.1
        team = TeamShare(str(one.outcome.team), 0.9)
        found.append(Prediction(one.ticket.id, chance, "escalate", 0.5, (), (team,), (team.team,), "v"))
    return found


def test_ours_stands_beside_the_simple_methods() -> None:
    found = assess(LEARN, JUDGE, oracle(JUDGE), resamples=10)
    assert list(found.methods) == [OURS, MAJORITY, STRATIFIED, PLAIN]
    assert found.methods[OURS].whether["AUC"].value == 1
    assert found.methods[MAJORITY].whether["AUC"].value == 0.5
    assert 0.3 < found.methods[STRATIFIED].whether["AUC"].value < 0.7
    assert 0.7 < found.methods[PLAIN].whether["AUC"].value < 1
    assert found.methods[OURS].where["set coverage"].value == 1
    assert (found.tickets, found.first, found.last) == (200, "2025-03-01", "2025-03-09")


def test_capacity_counts_days() -> None:
    found = assess((), JUDGE, oracle(JUDGE), per_day=6, resamples=2)
    base = sum(bool(e.outcome.escalated) for e in JUDGE) / 200
    assert found.capacity is not None
    assert found.capacity.looked_at == round(6 * 199 / 24)
    assert found.capacity.precision == 1
    assert found.capacity.recall == pytest.approx(found.capacity.looked_at / (base * 200))
    assert found.capacity.lift == pytest.approx(1 / base)
    assert found.tenth is not None
    assert found.tenth.looked_at == 20


def test_without_dates_there_is_no_number_a_day() -> None:
    some = desk.examples(60)
    found = assess((), some, oracle(some), resamples=2)
    assert found.capacity is None
    assert found.tenth is not None
    assert found.first == ""


def test_the_kind_of_ticket_that_goes_wrong_is_seen() -> None:
    found = assess((), JUDGE, oracle(JUDGE, wrong_for="Portal"), resamples=2)
    by = {(one.name, one.value): one for one in found.slices}
    assert by["product", "Portal"].whether_wrong == 1
    assert by["product", "Desk"].whether_wrong == 0
    low, high = by["product", "Desk"].whether_wrong_between or (1, 0)
    assert low == 0 < high < 0.1
    assert by["product", "Portal"].team_wrong == 0
    assert not any(one.name == "channel" for one in found.slices)


def test_seniority_counts_what_was_there_before() -> None:
    later = [
        replace(
            e, ticket=replace(e.ticket, attributes={**e.ticket.attributes, "requester": f"new-{n}" if n % 2 else "old"})
        )
        for n, e in enumerate(JUDGE)
    ]
    found = assess((), later, oracle(later), resamples=2)
    counts = {one.value: one.tickets for one in found.slices if one.name == "requester"}
    assert counts == {NEW: 101, REGULAR: 95}


def test_few_of_a_kind_are_not_a_slice() -> None:
    few = [replace(e, ticket=replace(e.ticket, attributes={"product": "rare"})) for e in JUDGE[:19]]
    found = assess((), few + JUDGE[19:], oracle(JUDGE), resamples=2)
    assert "rare" not in {one.value for one in found.slices}


def test_the_curves_agree_with_the_figures() -> None:
    found = assess((), JUDGE, oracle(JUDGE), resamples=2).curves
    assert found.recall[-1] == 1
    assert found.precision[0] == 1
    assert len(found.chances_escalated) + len(found.chances_kept) == 200
    assert found.said[0] == pytest.approx(0.1)
    assert found.seen[0] == 0


def test_unknown_outcomes_and_missing_models_leave_gaps_not_noes() -> None:
    unknown = [replace(e, outcome=Outcome(None, e.outcome.team)) for e in JUDGE]
    mute = [replace(p, probability=None, decision=None) for p in oracle(JUDGE)]
    for examples, said in ((unknown, oracle(JUDGE)), (JUDGE, mute)):
        found = assess((), examples, said, resamples=2)
        assert not found.methods[OURS].whether
        assert found.methods[OURS].where["accuracy"].value == 1
        assert found.capacity is found.tenth is None
        assert found.curves.precision == ()


def test_dates_may_lie_within_a_day() -> None:
    soon = [
        replace(e, ticket=replace(e.ticket, created_at=desk.START + timedelta(minutes=n))) for n, e in enumerate(JUDGE)
    ]
    found = assess((), soon, oracle(soon), per_day=7, resamples=2).capacity
    assert found is not None
    assert found.looked_at == 7
