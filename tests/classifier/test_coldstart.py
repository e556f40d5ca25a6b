from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from classifier import coldstart
from classifier.asking import most_helpful
from classifier.contract import NothingToTrainError, Outcome, Pathway, Prediction, TeamShare
from classifier.engine import Engine
from tests.classifier import desk

PATHWAYS = (
    Pathway("Service desk", "L1", desk.Text("Passwords, screens, mice, printers and paper. Everything that is quick.")),
    Pathway("Network", "L2", desk.Text("VPN tunnel, firewall, wireless and roaming: whatever connects a branch.")),
    Pathway("Billing", "L2", desk.Text("Invoice, tax, refund, ledger and payment run.")),
    Pathway("Storage", "L3", desk.Text("Backup, disk array and snapshot.")),
)
TICKETS = [example.ticket for example in desk.examples(120, seed=5)]
TRUTH = [example.outcome.team for example in desk.examples(120, seed=5)]


def right(engine: Engine) -> float:
    said = engine.predict(TICKETS)
    return sum(one.teams[0].team == team for one, team in zip(said, TRUTH, strict=True)) / len(said)


def test_without_any_label_the_teams_own_words_name_the_team(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    made = engine.train([], now=desk.START, pathways=PATHWAYS)
    assert made.promoted
    assert made.trained == ("team",)
    assert "not available" in made.skipped["escalation"]
    assert right(engine) > 0.6


def test_without_labels_nothing_is_said_of_escalating(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    engine.train([], now=desk.START, pathways=PATHWAYS)
    (said,) = engine.predict([desk.ticket(1, "firewall blocks the branch", "")])
    assert (said.probability, said.decision, said.reasons) == (None, None, ())
    assert said.teams[0].team == "Network"
    assert said.team_set[0] == "Network"
    assert said.level == "L2"
    assert "too few labels" in said.notes[0]


def test_few_labels_of_both_kinds_give_a_probability_with_reasons(tmp_path: Path) -> None:
    model = coldstart.fit(desk.examples(40), PATHWAYS)
    hard, easy = model.predict(
        [desk.ticket(1, "firewall blocks vpn", ""), desk.ticket(2, "printer has no paper", "")], "v"
    )
    assert hard.probability is not None
    assert easy.probability is not None
    assert hard.probability > 0.5 > easy.probability
    assert any("Network takes" in reason.text and "firewall" in reason.text for reason in hard.reasons)
    assert model.whether is not None
    total = sum(reason.weight for reason in hard.reasons) + model.whether[2]
    assert total == pytest.approx(np.log(hard.probability / (1 - hard.probability)), abs=0.01)


def test_labels_teach(tmp_path: Path) -> None:
    blunt = [replace(one, text=desk.Text(f"{one.team} people, by mail")) for one in PATHWAYS]
    accuracies = [coldstart.accuracy(coldstart.fit(desk.examples(count), blunt)) for count in (20, 120)]
    assert accuracies[1] > accuracies[0]
    assert accuracies[1] > 0.8


def test_the_learning_curve_is_shown(tmp_path: Path) -> None:
    made = coldstart.fit(desk.examples(150), PATHWAYS)
    assert list(made.curve) == [0, 10, 25, 50, 100]
    assert made.curve[100] >= made.curve[0] > 0.3


def test_one_class_only_is_no_probability() -> None:
    alike = [replace(one, outcome=Outcome(False, one.outcome.team)) for one in desk.examples(60)]
    assert coldstart.fit(alike, PATHWAYS).predict(TICKETS[:1], "v")[0].probability is None


def test_ten_rows_are_enough_to_serve_something_honest(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    made = engine.train(desk.examples(10), now=desk.START, pathways=PATHWAYS)
    assert made.promoted
    assert all(one.decision is None for one in engine.predict(TICKETS))


def test_teams_without_words_teach_nothing() -> None:
    with pytest.raises(NothingToTrainError, match="description"):
        coldstart.fit([], [replace(one, text=desk.Text(" ")) for one in PATHWAYS])


def test_an_empty_ticket_and_an_unknown_team_are_answered() -> None:
    stranger = replace(desk.examples(1)[0], outcome=Outcome(True, "Never heard of"))
    model = coldstart.fit([*desk.examples(30), stranger], PATHWAYS)
    (said,) = model.predict([desk.ticket(1)], "v")
    assert sum(share.probability for share in said.teams) == pytest.approx(1)


def test_stored_and_loaded_says_the_same(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    engine.train(desk.with_embeddings(desk.examples(25)), now=desk.START, pathways=with_meaning())
    tickets = [one.ticket for one in desk.with_embeddings(desk.examples(40, seed=9))]
    assert Engine(tmp_path).predict(tickets) == engine.predict(tickets)


def with_meaning() -> list[Pathway]:
    chance = np.random.default_rng(2)
    vectors = [vector / np.linalg.norm(vector) for vector in chance.normal(size=(4, 8)).astype(np.float32)]
    return [replace(one, embedding=vector) for one, vector in zip(PATHWAYS, vectors, strict=True)]


def test_with_enough_labels_they_take_over(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    engine.train(desk.examples(15, dated=True), now=desk.START, pathways=PATHWAYS)
    assert engine.learning_curve() == {}
    made = engine.train(desk.examples(220, dated=True), now=desk.START + timedelta(days=9), pathways=PATHWAYS)
    assert made.promoted
    assert set(made.trained) == {"escalation", "team", "level"}
    assert engine.learning_curve() is None


def test_the_labels_asked_for_are_the_unsure_and_unlike_ones(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    engine.train([], now=desk.START, pathways=PATHWAYS)
    clear = [desk.ticket(n, "firewall vpn tunnel wireless roaming", "") for n in range(20)]
    odd = [desk.ticket(100 + n, word, "") for n, word in enumerate(("smoke", "holiday calendar", "coffee"))]
    asked = engine.most_helpful([*clear, *odd], 3)
    assert set(asked) == {"T100", "T101", "T102"}


def test_twins_are_not_both_asked_for() -> None:
    some = desk.with_embeddings(desk.examples(6))
    tickets = [one.ticket for one in some]
    twins = [replace(tickets[0], id=f"twin-{n}") for n in range(3)]
    said = coldstart.fit([], PATHWAYS).predict([*twins, *tickets[1:]], "v")
    asked = most_helpful([*twins, *tickets[1:]], said, 3)
    assert sum(one.startswith("twin") for one in asked) <= 1
    assert len(set(asked)) == 3
    assert not any(first == second for first, second in itertools.pairwise(asked))


def test_twins_without_embeddings_are_known_by_their_words() -> None:
    twins = [desk.ticket(n, "coffee machine and holiday calendar", f"thanks {n}") for n in range(3)]
    others = [desk.ticket(10, "smoke in the corridor", ""), desk.ticket(11, "", "")]
    said = coldstart.fit([], PATHWAYS).predict([*twins, *others], "v")
    asked = most_helpful([*twins, *others], said, 3)
    assert len({"T0", "T1", "T2"} & set(asked)) == 1
    assert {"T10", "T11"} < set(asked)
    assert most_helpful([], (), 3) == ()


def test_what_was_said_before_decides_which_labels_are_asked_for(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    sure = Prediction("", None, None, None, (), (TeamShare("Network", 0.9), TeamShare("Billing", 0.1)), (), "v")
    unsure = replace(sure, teams=(TeamShare("Network", 0.5), TeamShare("Billing", 0.4)))
    tickets = [desk.ticket(1, "firewall", ""), desk.ticket(2, "refund", "")]
    assert engine.most_helpful(tickets, 1, (sure, unsure)) == ("T2",)
    assert engine.most_helpful(tickets, 1, (unsure, sure)) == ("T1",)


def test_the_curve_says_on_how_many_tickets(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    assert engine.learning_curve() is None
    made = engine.train(desk.examples(40), now=desk.START, pathways=PATHWAYS)
    curve = Engine(tmp_path).learning_curve()
    assert curve is not None
    assert {labels: right / tickets for labels, (right, tickets) in curve.items()} == made.curve
    assert [(labels, tickets) for labels, (_, tickets) in curve.items()] == [(0, 13), (10, 13), (25, 13)]
