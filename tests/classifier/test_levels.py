"""Teams that have levels: a rare team leans on its level, and the gate looks at levels too."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np

from classifier import gate
from classifier.contract import Example, Outcome, Prediction
from classifier.engine import Engine
from classifier.placing import LEVELS
from classifier.training import train
from tests.classifier.desk import START, ticket

SIGNS = {"L1": "password printer mouse keyboard", "L2": "outage cluster replica failover", "vendor": "warranty firmware chip recall"}  # fmt: skip
COMMON, RARE = 30, 4


def examples(seed: int = 0) -> list[Example]:
    """Two common and four rare teams a level; words tell the level, and the team less surely."""
    chance = np.random.default_rng(seed)
    found: list[Example] = []
    for level, words in SIGNS.items():
        for number in range(6):
            team = f"{level} team {number}"
            for _ in range(COMMON if number < 2 else RARE):
                said = " ".join(chance.permutation(words.split())[:2])
                own = f"area{level}{number}" if chance.random() < 0.6 else "area"
                made = ticket(len(found), said, f"{own} note {chance.integers(0, 10**6)} {chance.integers(0, 10**6)}")
                found.append(Example(made, Outcome(level in {"L2", "vendor"}, team, level)))
    return [found[n] for n in chance.permutation(len(found)).tolist()]


def without_levels(some: list[Example]) -> list[Example]:
    return [replace(one, outcome=replace(one.outcome, level=None)) for one in some]


def on_its_level(said: tuple[Prediction, ...], later: list[Example]) -> float:
    """Mean probability that falls on teams of the right level, over tickets of rare teams."""
    found = [
        sum(share.probability for share in one.teams if share.team.startswith(f"{right.outcome.level} "))
        for one, right in zip(said, later, strict=True)
        if int((right.outcome.team or "0")[-1]) >= 2
    ]
    return float(np.mean(found))


def test_a_rare_team_leans_on_its_level() -> None:
    known, later = examples(), examples(seed=9)
    with_them, alone = train(known).model, train(without_levels(known)).model
    assert with_them.teams is not None
    assert alone.teams is not None
    assert LEVELS in with_them.teams.members.names
    assert LEVELS not in alone.teams.members.names
    tickets = [one.ticket for one in later]
    leaning = on_its_level(with_them.predict(tickets, ""), later)
    assert leaning > on_its_level(alone.predict(tickets, ""), later)
    assert leaning > 0.8


def test_it_is_stored_and_says_the_same(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    made = engine.train(examples(), now=START)
    assert made.trained == ("escalation", "team", "level")
    tickets = [one.ticket for one in examples(seed=3)[:20]]
    assert Engine(tmp_path).predict(tickets) == engine.predict(tickets)


def test_where_each_level_is_one_team_nothing_leans() -> None:
    known = [replace(one, outcome=replace(one.outcome, team=one.outcome.level)) for one in examples()]
    model = train(known).model
    assert model.teams is not None
    assert LEVELS not in model.teams.members.names


def level_said(level: str) -> Prediction:
    return Prediction("x", None, None, None, (), (), (), "m", level)


def test_the_gate_names_a_level_that_got_worse() -> None:
    right = Outcome(level="L2")
    said = [(level_said("L2"), level_said("L2" if n % 3 else "L1"), right) for n in range(90)]
    found = gate.compare("champion", said)
    assert found is not None
    assert found.differences["level accuracy"].champion == 1.0
    assert any(one.startswith("level accuracy fell") for one in found.worse)
    same = gate.compare("champion", [(old, old, outcome) for old, _, outcome in said])
    assert same is not None
    assert same.worse == ()


def test_a_challenger_is_compared_on_levels_as_well(tmp_path: Path) -> None:
    engine, known = Engine(tmp_path), examples()
    engine.train(known, now=START)
    again = engine.train(known, now=START + timedelta(days=1))
    assert again.comparison is not None
    assert "level accuracy" in again.comparison.differences
