from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np

from classifier import gate
from classifier.contract import Example, Outcome, Prediction, TeamShare
from classifier.engine import Engine
from classifier.registry import MODEL
from tests.classifier import desk

TEAMS = ("Billing", "Network", "Storage")


def said(chance: float, team: str) -> Prediction:
    return Prediction(
        "", chance, "escalate" if chance > 0.5 else "keep", 0.5, (), (TeamShare(team, 0.9),), (team,), "v"
    )


def triples(
    count: int, *, wrong: float, wrong_team: str = "", seed: int = 0
) -> list[tuple[Prediction, Prediction, Outcome]]:
    """A champion that is right nine times in ten, and a challenger that is wrong in a share `wrong` of the tickets."""
    chance = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        outcome = Outcome(bool(chance.random() < 0.4), str(chance.choice(TEAMS)))
        right = 0.9 if outcome.escalated else 0.1
        flip = chance.random() < wrong
        team = "Billing" if outcome.team == wrong_team else str(outcome.team)
        champion = said(right if chance.random() < 0.9 else 1 - right, str(outcome.team))
        found.append((champion, said(1 - right if flip else right, team), outcome))
    return found


def test_as_good_is_good_enough() -> None:
    comparison = gate.compare("A", triples(300, wrong=0.1))
    assert comparison is not None
    assert comparison.worse == ()
    assert comparison.tickets == 300
    assert set(comparison.differences) == {
        "average precision", "calibration error", "Brier", "team accuracy",
        "recall of Billing", "recall of Network", "recall of Storage",
    }  # fmt: skip


def test_worse_is_named_with_both_figures_and_the_interval() -> None:
    comparison = gate.compare("A", triples(300, wrong=0.4))
    assert comparison is not None
    assert any(one.startswith("average precision fell from 0.") for one in comparison.worse)
    assert any(one.startswith("calibration error rose from 0.") for one in comparison.worse)
    precision = comparison.differences["average precision"]
    assert precision.low < precision.challenger - precision.champion < precision.high < 0


def test_one_team_forgotten_is_enough() -> None:
    comparison = gate.compare("A", triples(300, wrong=0.1, wrong_team="Storage"))
    assert comparison is not None
    assert [one.split(" fell")[0] for one in comparison.worse] == ["team accuracy", "recall of Storage"]
    assert comparison.differences["recall of Storage"].challenger == 0


def test_what_chance_explains_decides_nothing() -> None:
    compared = [gate.compare("A", triples(60, wrong=0.1, seed=seed)) for seed in range(12)]
    assert sum(one is not None and one.worse == () for one in compared) >= 10


def test_too_few_known_outcomes_are_no_comparison() -> None:
    some = triples(9, wrong=0.0)
    unknown = [(old, new, Outcome()) for old, new, _ in triples(50, wrong=0.0)]
    assert gate.compare("A", some + unknown) is None


def test_a_past_day_knows_nothing_of_later() -> None:
    some = desk.examples(300, dated=True)
    late = replace(some[10], known_at=desk.START + timedelta(hours=290))
    day = gate.split([*some[:10], late, *some[11:]])
    assert day.moment == desk.START + timedelta(hours=240)
    assert 10 not in day.earlier
    assert max(day.earlier) < min(day.later) == 240
    assert len(day.later) == 60


def test_copies_of_an_earlier_text_are_not_judged() -> None:
    some = desk.examples(100, dated=True)
    twin = replace(some[0].ticket, id="twin", created_at=desk.START + timedelta(hours=99, minutes=1))
    day = gate.split([*some, Example(twin, some[0].outcome)])
    assert 100 not in set(day.later.tolist()) | set(day.earlier.tolist())


def test_without_dates_the_same_texts_are_judged_however_many_come_along() -> None:
    some = desk.examples(1000)
    few, many = gate.split(some[:400]), gate.split(some)
    assert few.moment is many.moment is None
    assert set(few.later.tolist()) == {n for n in many.later.tolist() if n < 400}
    assert 0.1 < len(many.later) / 1000 < 0.3


def turned_round(examples: list[Example]) -> list[Example]:
    """History rewritten so that it teaches the opposite, but for the latest tickets."""
    early = examples[: len(examples) * 7 // 10]
    return [replace(e, outcome=Outcome(not e.outcome.escalated, "Service desk")) for e in early] + examples[
        len(early) :
    ]


def test_a_worse_model_is_stored_but_does_not_serve(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    good = desk.examples(200, dated=True)
    first = engine.train(good, now=desk.START)
    assert first.promoted
    assert first.comparison is None
    before = engine.predict([one.ticket for one in good])
    second = engine.train(turned_round(good), now=desk.START + timedelta(days=20))
    assert not second.promoted
    assert any(one.startswith(("average precision fell", "calibration error rose")) for one in second.held)
    assert any("tickets written 2025-" in one for one in second.held)
    assert engine.version == first.version
    assert engine.predict([one.ticket for one in good]) == before
    assert engine.comparison(second.version) == second.comparison
    assert second.comparison is not None
    assert second.comparison.champion == first.version


def test_the_same_history_again_may_serve(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    engine.train(desk.examples(150, dated=True), now=desk.START)
    again = engine.train(desk.examples(170, dated=True), now=desk.START + timedelta(days=9))
    assert again.promoted
    assert again.comparison is not None
    assert again.comparison.tickets >= 30


def test_an_answer_that_is_lost_holds_the_challenger_back(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    some = desk.examples(120, dated=True)
    engine.train(some, now=desk.START)
    mute = [replace(one, outcome=replace(one.outcome, escalated=None)) for one in some]
    held = engine.train(mute, now=desk.START + timedelta(days=9)).held
    assert any("no longer answers escalation" in one for one in held)


def test_a_champion_that_cannot_be_read_holds_nobody_back(folder: Path) -> None:
    engine = Engine(folder)
    (folder / "versions" / str(engine.version) / MODEL).write_bytes(b"")
    made = engine.train(desk.examples(60), now=desk.START + timedelta(days=1))
    assert made.promoted
    assert engine.predict([desk.ticket(1, "vpn", "")])


def test_who_was_first_serves(folder: Path) -> None:
    engine, lead = Engine(folder), Engine(folder)
    other = engine.train(desk.examples(60, seed=3), now=desk.START + timedelta(days=1)).version

    def meanwhile(step: str, done: int, total: int) -> None:
        del step
        if done == total:
            lead.promote(other)

    made = engine.train(desk.examples(240), now=desk.START + timedelta(days=2), progress=meanwhile)
    assert made.held == ("another version was promoted while this one was trained",)
    assert engine.version == other
