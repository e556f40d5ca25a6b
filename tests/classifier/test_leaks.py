from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from classifier import leaks
from classifier.contract import Example, TicketFeatures
from classifier.engine import Engine
from tests.classifier import desk

SOME = desk.examples(200, dated=True)


def given(example: Example, **attributes: str) -> Example:
    ticket: TicketFeatures = example.ticket
    return replace(example, ticket=replace(ticket, attributes={**ticket.attributes, **attributes}))


def halves(examples: list[Example]) -> tuple[list[Example], list[Example]]:
    return examples[:120], examples[120:]


def test_what_people_know_beforehand_is_left_alone() -> None:
    found = leaks.find(*halves(SOME))
    assert not found.features
    assert not found.words


def test_an_attribute_that_was_filled_in_afterwards_is_named() -> None:
    told = [given(e, closed_as="handed on" if e.outcome.escalated else "fixed") for e in SOME]
    found = leaks.find(*halves(told))
    assert set(found.features) == {"closed_as"}
    assert "AUC 1.000" in found.features["closed_as"]
    assert leaks.find(*halves(told), trusted=["closed_as"]).features == {}


def test_an_attribute_that_names_the_team_is_named() -> None:
    told = [given(e, queue=f"Q-{e.outcome.team}") for e in SOME]
    found = leaks.find(*halves(told))
    assert "right team for 100.0%" in found.features["queue"]


def test_a_number_that_counts_what_came_after_is_named() -> None:
    told = [
        replace(e, ticket=replace(e.ticket, numbers={"handoffs": float(bool(e.outcome.escalated)), "length": 3.0}))
        for e in SOME
    ]
    assert set(leaks.find(*halves(told)).features) == {"handoffs"}


def test_a_word_that_was_written_afterwards_is_reported() -> None:
    told = [
        replace(e, ticket=replace(e.ticket, body=desk.Text(f"{e.ticket.body.redacted} handed")))
        if e.outcome.escalated
        else e
        for e in SOME
    ]
    found = leaks.find(*halves(told))
    assert set(found.words) == {"handed"}
    assert not found.features


def test_a_dozen_tickets_accuse_nobody() -> None:
    told = [given(e, closed_as=str(e.outcome.escalated)) for e in SOME]
    assert leaks.find(told[:100], told[100:112]).features == {}


def test_training_leaves_it_out_and_says_so(tmp_path: Path) -> None:
    told = [given(e, closed_as="handed on" if e.outcome.escalated else "fixed") for e in SOME]
    engine = Engine(tmp_path)
    made = engine.train(told, now=desk.START)
    assert set(made.left_out) == {"closed_as"}
    assert made.promoted
    ticket = told[0].ticket
    plain, lying = engine.predict([
        ticket, replace(ticket, attributes={**ticket.attributes, "closed_as": "handed on"})
    ])  # fmt: skip
    assert plain.probability == lying.probability
    assert "from closed_as" in engine.card(made.version).skipped
