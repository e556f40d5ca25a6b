"""What comes in badly is answered with a note, and never with a default "no"."""

from __future__ import annotations

from dataclasses import replace

import pytest

from classifier.contract import Choice
from classifier.pipeline import Model
from classifier.training import train
from tests.classifier import desk


@pytest.fixture(scope="module")
def model() -> Model:
    return train(desk.with_embeddings(desk.examples(240))).model


def whole() -> desk.TicketFeatures:
    return desk.with_embeddings(desk.examples(1, seed=5))[0].ticket


def test_a_usual_ticket_needs_no_note(model: Model) -> None:
    (prediction,) = model.predict([whole()], "v")
    assert prediction.notes == ()
    assert prediction.values["product"] in ("Portal", "Desk")
    assert not any("room" in str(value) for value in prediction.values.values())


def test_an_attribute_that_vanished_is_told(model: Model) -> None:
    ticket = whole()
    (prediction,) = model.predict([replace(ticket, attributes={"channel": "mail"})], "v")
    assert prediction.probability is not None
    assert prediction.notes == ("Not given, though nearly every earlier ticket had it: product, requester.",)


def test_no_text_and_no_embedding_are_told(model: Model) -> None:
    (prediction,) = model.predict([desk.ticket(1, product="Portal", requester="user-1")], "v")
    assert len(prediction.notes) == 2
    assert prediction.probability is not None
    assert prediction.teams


def test_a_set_that_holds_each_team_is_no_smaller(model: Model) -> None:
    tickets = [example.ticket for example in desk.with_embeddings(desk.examples(60, seed=9))]
    usual, each = model.predict(tickets, "v"), model.predict(tickets, "v", Choice(each_team=True))
    assert [p.teams for p in usual] == [p.teams for p in each]
    assert all(p.team_set for p in each)


def test_a_team_never_seen_before_is_never_proposed_and_stops_nothing(model: Model) -> None:
    (prediction,) = model.predict([desk.ticket(1, "quantum flux capacitor leaks", "unheard of")], "v")
    assert {share.team for share in prediction.teams} == {*desk.HARD, "Service desk"}
    assert sum(share.probability for share in prediction.teams) == pytest.approx(1)
